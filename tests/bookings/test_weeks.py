"""Weeks of classes: their names, the ones beside them, and how far an address leads."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from bookings.weeks import Week, asked_week, by_day, name_of_week, week_of

TODAY = dt.date(2025, 11, 4)


def test_week_of_a_day_knows_its_neighbours() -> None:
    week = week_of(dt.date(2026, 1, 1), TODAY)
    assert (week.monday, week.sunday) == (dt.date(2025, 12, 29), dt.date(2026, 1, 4))
    assert (week.previous, week.name, week.following) == ("2025-W52", "2026-W01", "2026-W02")
    assert (week.this, week.is_this) == ("2025-W45", False)
    assert week_of(TODAY, TODAY).is_this


@pytest.mark.parametrize(
    ("name", "monday"),
    [
        ("2025-W46", dt.date(2025, 11, 10)),
        ("2024-W01", dt.date(2025, 10, 27)),
        ("9999-W52", dt.date(2025, 11, 17)),
        ("2025-W60", dt.date(2025, 11, 3)),
        ("0000-W01", dt.date(2025, 11, 3)),
        ("", dt.date(2025, 11, 3)),
    ],
)
def test_asked_week_stays_within_sight(name: str, monday: dt.date) -> None:
    assert asked_week(name, TODAY, back=1, ahead=2) == Week(monday, TODAY)


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("en", "Mon 29 Dec 2025", "Sun 4 Jan 2026"),
        ("da", "man. 29. dec. 2025", "søn. 4. jan. 2026"),
        ("fi", "ma 29.12.2025", "su 4.1.2026"),
    ],
)
def test_a_week_between_years_shows_both(language: str, first: str, last: str) -> None:
    week = week_of(dt.date(2026, 1, 1), TODAY)
    with translation.override(language):
        assert (week.first_day, week.last_day) == (first, last)


def test_a_year_is_shown_only_where_it_is_another() -> None:
    week = week_of(dt.date(2026, 1, 7), TODAY)
    assert (week.first_day, week.last_day) == ("Mon 5 Jan", "Sun 11 Jan 2026")
    week = week_of(dt.date(2026, 1, 7), dt.date(2026, 2, 1))
    assert (week.first_day, week.last_day) == ("Mon 5 Jan", "Sun 11 Jan")
    assert name_of_week(dt.date(2026, 1, 7)) == "2026-W02"


def test_by_day_counts_the_days_of_the_business() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    late = dt.datetime(2025, 11, 4, 23, tzinfo=dt.UTC)
    early = late - dt.timedelta(hours=2)
    found = by_day([early, late], lambda each: each, zone)
    assert found == [(TODAY, [early]), (dt.date(2025, 11, 5), [late])]
