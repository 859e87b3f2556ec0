"""The demo's salon: invented people and a plausible half year, made through the commands."""
