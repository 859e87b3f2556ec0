"""Ratios between the house and a yardstick, both measured in one run at a million rows."""
