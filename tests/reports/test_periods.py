"""From which day to which day."""

from __future__ import annotations

import datetime as dt

import pytest

from business.profile import get_business
from reports.periods import Period, preset_period, read_period

TODAY = dt.date(2025, 11, 4)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2025-11-04", "2025-11-04"),
        ("7-days", "2025-10-29", "2025-11-04"),
        ("30-days", "2025-10-06", "2025-11-04"),
        ("month", "2025-11-01", "2025-11-04"),
        ("last-month", "2025-10-01", "2025-10-31"),
    ],
)
def test_preset_period_counts_today(preset: str, first: str, last: str) -> None:
    assert preset_period(preset, TODAY) == Period(day(first), day(last), preset)


def test_last_month_in_january_is_december() -> None:
    assert preset_period("last-month", day("2025-01-31")).first == day("2024-12-01")


def test_read_period_without_anything_is_the_last_thirty_days() -> None:
    assert read_period("", None, None, today=TODAY).preset == "30-days"


def test_days_that_a_preset_filled_in_are_still_the_preset() -> None:
    asked = read_period("month", day("2025-11-01"), TODAY, today=TODAY)
    assert asked.preset == "month"


def test_days_that_were_changed_are_dates_of_ones_own() -> None:
    asked = read_period("month", day("2025-11-02"), TODAY, today=TODAY)
    assert asked == Period(day("2025-11-02"), TODAY, "")


def test_all_time_is_open_at_both_ends() -> None:
    assert preset_period("all", TODAY) == Period(None, None, "all")


@pytest.mark.django_db
def test_a_period_begins_and_ends_on_the_salons_wall_clock() -> None:
    """26 October 2025 has 25 hours in Helsinki."""
    night = day("2025-10-26")
    start, end = Period(night, night).instants(get_business())
    assert start == dt.datetime(2025, 10, 25, 21, tzinfo=dt.UTC)
    assert end == dt.datetime(2025, 10, 26, 22, tzinfo=dt.UTC)
