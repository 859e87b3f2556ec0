"""Who works when on one day, whatever they do: for the desk's calendar.

``calendars.py`` knows whose hours count on a date; here it is asked about people instead of
services. Three queries, whoever is asked about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bookings.calendars import Calendar
from bookings.wall_clock import Interval, day_pieces, wall_seconds
from business.models import Business, SpecialDay, SpecialDayKind
from catalogue.models import DateHours, WorkingHours
from foundation import clock


def rota_of(
    business: Business, day: dt.date, provider_ids: Iterable[int]
) -> tuple[dict[int, list[Interval]], SpecialDay | None]:
    """When each provider works on ``day``, in whole seconds since 1970, and what is special about
    the day. Who does not work has an empty list."""
    ids = list(provider_ids)
    calendar = Calendar(
        business=business,
        now=clock.now(),
        lines=(),
        for_staff=True,
        pieces={day: day_pieces(business.zone, day)},
    )
    week = WorkingHours.objects.filter(provider_id__in=ids, weekday=day.weekday())
    for hours in week.order_by("starts"):
        stretch = (wall_seconds(hours.starts), wall_seconds(hours.ends))
        calendar.hours.setdefault(hours.provider_id, {}).setdefault(day.weekday(), []).append(
            stretch
        )
    for own in DateHours.objects.filter(provider_id__in=ids, day=day).order_by("starts"):
        stretches = calendar.dates.setdefault(own.provider_id, {}).setdefault(day, [])
        if own.starts is not None and own.ends is not None:
            stretches.append((wall_seconds(own.starts), wall_seconds(own.ends)))
    special = SpecialDay.objects.filter(day=day).first()
    if special is not None:
        opening = None
        if special.opens is not None and special.closes is not None:
            opening = (wall_seconds(special.opens), wall_seconds(special.closes))
        calendar.special[day] = (special.kind == SpecialDayKind.EXTRA, opening)
    return {pk: calendar.worked_on(pk, day) for pk in ids}, special
