"""When the house is open: while anybody works. The business has no weekly hours of its own."""

from __future__ import annotations

import datetime as dt

from bookings.wall_clock import Interval, merge, wall_seconds
from business.models import SpecialDay, SpecialDayKind
from catalogue.models import WorkingHours


def opening_week() -> list[list[Interval]]:
    """For each weekday, Monday first, from–to in seconds since midnight on the wall clock."""
    hours = WorkingHours.objects.filter(provider__archived_at__isnull=True)
    days: list[list[Interval]] = [[] for _ in range(7)]
    for weekday, starts, ends in hours.values_list("weekday", "starts", "ends"):
        days[weekday].append((wall_seconds(starts), wall_seconds(ends)))
    return [merge(day) for day in days]


def opening_on(
    week: list[list[Interval]], day: dt.date, special: SpecialDay | None
) -> list[Interval]:
    """The same for one date, with what is special about it."""
    usual = week[day.weekday()]
    if special is None:
        return usual
    if special.opens is None or special.closes is None:
        return []
    low, high = wall_seconds(special.opens), wall_seconds(special.closes)
    if special.kind == SpecialDayKind.EXTRA:
        return [(low, high)]
    return merge((max(low, starts), min(high, ends)) for starts, ends in usual)
