"""Opening hours in words: today, the week with like days together, and what is special soon."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby

from babel.dates import get_day_names
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.opening import opening_on, opening_week
from bookings.wall_clock import Interval, wall_seconds
from business.models import Business, SpecialDay
from business.profile import local_today
from foundation import clock
from foundation.writing import locale_for, write_day, write_wall_time

SOON = dt.timedelta(days=60)


@dataclass(frozen=True)
class OpeningHours:
    """``today`` is a sentence; ``week`` has days and hours, ``special`` dates, hours and why."""

    today: str
    week: list[tuple[str, str]]
    special: list[tuple[str, str, str]]


def opening_hours(business: Business) -> OpeningHours | None:
    """None where nobody has hours yet. Two queries."""
    week = opening_week()
    if not any(week):
        return None
    today = local_today(business)
    days = SpecialDay.objects.filter(day__range=(today, today + SOON)).order_by("day")
    special = {each.day: each for each in days}
    return OpeningHours(
        today=_today(opening_on(week, today, special.get(today)), business),
        week=_week(week),
        special=[
            (write_day(day), _hours(opening_on(week, day, each)), each.name)
            for day, each in special.items()
        ],
    )


def _today(hours: list[Interval], business: Business) -> str:
    now = wall_seconds(clock.now().astimezone(business.zone).time())
    if not hours:
        return _("Closed today")
    if now >= hours[-1][1]:
        return _("Closed for today")
    if now < hours[0][0]:
        return _("Opens today at %(time)s") % {"time": _time(hours[0][0])}
    return _("Open today until %(time)s") % {"time": _time(hours[-1][1])}


def _week(week: list[list[Interval]]) -> list[tuple[str, str]]:
    names = get_day_names("abbreviated", locale=locale_for())
    rows = []
    for hours, days in groupby(range(7), key=lambda day: week[day]):
        alike = list(days)
        first, last = names[alike[0]], names[alike[-1]]
        rows.append((first if first == last else f"{first}–{last}", _hours(hours)))
    return rows


def _hours(hours: list[Interval]) -> str:
    if not hours:
        return pgettext("opening hours", "closed")
    return ", ".join(f"{_time(starts)}–{_time(ends)}" for starts, ends in hours)


def _time(seconds: int) -> str:
    return write_wall_time(dt.time(seconds // 3600, seconds // 60 % 60))
