"""A week of classes, on the website and in the panel: which one an address asks for, the weeks
beside it, and its sessions under their days.

A week is named as ISO 8601 does (``2025-W45``) and begins on a Monday. Days are the business's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from django.db import models

from bookings.models import ClassSession
from bookings.sessions import sessions_between
from business.models import Business
from business.profile import local_day_bounds
from foundation.writing import write_dated_day, write_day

_ONE = dt.timedelta(weeks=1)
Row = TypeVar("Row")


@dataclass(frozen=True)
class Week:
    """The week that begins on ``monday``, as a page shows it on ``today``."""

    monday: dt.date
    today: dt.date

    @property
    def sunday(self) -> dt.date:
        return self.monday + dt.timedelta(days=6)

    @property
    def name(self) -> str:
        return name_of_week(self.monday)

    @property
    def previous(self) -> str:
        return name_of_week(self.monday - _ONE)

    @property
    def following(self) -> str:
        return name_of_week(self.monday + _ONE)

    @property
    def this(self) -> str:
        return name_of_week(self.today)

    @property
    def is_this(self) -> bool:
        return self.monday <= self.today <= self.sunday

    @property
    def first_day(self) -> str:
        """The Monday in words; with its year where the Sunday is of another one."""
        spans_years = self.monday.year != self.sunday.year
        return write_dated_day(self.monday) if spans_years else write_day(self.monday)

    @property
    def last_day(self) -> str:
        """The Sunday in words; with its year where not the whole week is of this year."""
        is_plain = self.monday.year == self.sunday.year == self.today.year
        return write_day(self.sunday) if is_plain else write_dated_day(self.sunday)


def name_of_week(day: dt.date) -> str:
    """``2025-W45`` for any day of that week."""
    year, week, _day = day.isocalendar()
    return f"{year}-W{week:02}"


def week_of(day: dt.date, today: dt.date) -> Week:
    return Week(day - dt.timedelta(days=day.weekday()), today)


def asked_week(name: str, today: dt.date, *, back: int, ahead: int) -> Week:
    """The week called ``name``, at most so many weeks from this one; this one for nonsense."""
    this = week_of(today, today)
    try:
        monday = dt.date.fromisocalendar(int(name[:4]), int(name[6:]), 1)
    except ValueError:
        return this
    return Week(min(max(monday, this.monday - back * _ONE), this.monday + ahead * _ONE), today)


def sessions_of_week(week: Week, business: Business) -> models.QuerySet[ClassSession]:
    """Every session that begins in that week, cancelled ones too, in order."""
    first, _after = local_day_bounds(business, week.monday)
    return sessions_between(first, end_of_week(week, business))


def end_of_week(week: Week, business: Business) -> dt.datetime:
    """The instant after its Sunday."""
    return local_day_bounds(business, week.sunday)[1]


def by_day(
    rows: Iterable[Row], starts_at: Callable[[Row], dt.datetime], zone: dt.tzinfo
) -> list[tuple[dt.date, list[Row]]]:
    """``rows``, in order already, under the business's days."""

    def day(row: Row) -> dt.date:
        return starts_at(row).astimezone(zone).date()

    return [(date, list(group)) for date, group in groupby(rows, key=day)]
