"""What is booked at a time at which nobody works any more.

Hours change after people have booked: a provider's week or one of their dates, a special day, the
business's zone. What is booked stays where it is, and staff are told what lies outside now. It is
read from the rows each time: no change of hours has to remember anything.

An appointment lies outside where it could not be booked for want of hours. A class may be planned
outside its provider's week, so that such a session is kept apart (``planned``); it lies outside as
a date of a weekly class is left out: on a day or at a time that is closed, or when its provider has
other hours on that date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.calendars import Calendar
from bookings.models import STANDING, Booking, BookingKind, ClassSession
from bookings.wall_clock import day_pieces, wall_seconds, whole_seconds, worked
from business.models import Business, SpecialDay, SpecialDayKind
from catalogue.models import DateHours, Provider, WorkingHours
from foundation import clock

# The next so many of each are looked at, and so many of them shown.
LOOKED_AT = 5_000
SHOWN = 100


class Why(models.TextChoices):
    CLOSED = "closed", _("closed on that day")
    CLOSED_THEN = "closed-then", _("closed at that time of that day")
    OWN_DATE = "own-date", _("not among the provider's hours on that date")
    WEEK = "week", _("not among the provider's weekly hours")


@dataclass(frozen=True)
class Found:
    """A booking or a class session with why it lies outside."""

    thing: Any
    why: Why


@dataclass
class Outside:
    """The first ``SHOWN`` of each, the next first, and how many there are among those looked at.

    ``looked_until`` is where looking ended, or None when everything to come was looked at.
    """

    bookings: list[Found] = field(default_factory=list)
    sessions: list[Found] = field(default_factory=list)
    planned: list[Found] = field(default_factory=list)
    booking_count: int = 0
    session_count: int = 0
    planned_count: int = 0
    looked_until: dt.datetime | None = None

    @property
    def count(self) -> int:
        """What somebody should look at."""
        return self.booking_count + self.session_count


_Row = tuple[int, int, dt.datetime, dt.datetime]


def find_outside(
    business: Business, *, providers: QuerySet[Provider] | None = None, with_things: bool = True
) -> Outside:
    """What is to come and lies outside the hours, of ``providers`` or of everybody.

    At most seven queries, however much there is; without ``with_things`` only the counts, by five.
    """
    now = clock.now()
    bookings = Booking.objects.filter(
        starts_at__gte=now, kind=BookingKind.APPOINTMENT, status__in=STANDING
    )
    sessions = ClassSession.objects.filter(starts_at__gte=now, cancelled_at__isnull=True)
    if providers is not None:
        bookings = bookings.filter(provider__in=providers)
        sessions = sessions.filter(provider__in=providers)
    booked, planned = _next(bookings), _next(sessions)
    found = Outside()
    ends = [rows[-1][2] for rows in (booked, planned) if len(rows) == LOOKED_AT]
    found.looked_until = min(ends) if ends else None
    calendar = _calendar(business, now, [*booked, *planned])
    of_bookings = _judge(calendar, booked)
    of_sessions = _judge(calendar, planned)
    by_plan = {pk: why for pk, why in of_sessions.items() if why is Why.WEEK}
    otherwise = {pk: why for pk, why in of_sessions.items() if why is not Why.WEEK}
    found.booking_count, found.session_count = len(of_bookings), len(otherwise)
    found.planned_count = len(by_plan)
    if with_things:
        whole = Booking.objects.select_related("visit__client", "provider")
        found.bookings = _with_things(whole, of_bookings)
        shown = [*list(otherwise)[:SHOWN], *list(by_plan)[:SHOWN]]
        runs = ClassSession.objects.select_related("service", "provider").in_bulk(shown)
        found.sessions = [Found(runs[pk], why) for pk, why in otherwise.items() if pk in runs]
        found.planned = [Found(runs[pk], why) for pk, why in by_plan.items() if pk in runs]
    return found


def _next(rows: QuerySet[Any]) -> list[_Row]:
    ordered = rows.order_by("starts_at", "pk")[:LOOKED_AT]
    return list(ordered.values_list("pk", "provider_id", "starts_at", "ends_at"))


def _with_things(whole: QuerySet[Any], found: dict[int, Why]) -> list[Found]:
    things = whole.in_bulk(list(found)[:SHOWN])
    return [Found(things[pk], why) for pk, why in found.items() if pk in things]


def _calendar(business: Business, now: dt.datetime, rows: Iterable[_Row]) -> Calendar:
    """The hours of everybody on the days of ``rows``."""
    zone = business.zone
    days = {starts_at.astimezone(zone).date() for _pk, _who, starts_at, _ends in rows}
    calendar = Calendar(
        business=business,
        now=now,
        lines=(),
        for_staff=True,
        pieces={day: day_pieces(zone, day) for day in days},
    )
    if not days:
        return calendar
    between = (min(days), max(days))
    for who, weekday, low, high in WorkingHours.objects.values_list(
        "provider_id", "weekday", "starts", "ends"
    ):
        week = calendar.hours.setdefault(who, {}).setdefault(weekday, [])
        week.append((wall_seconds(low), wall_seconds(high)))
    for one in DateHours.objects.filter(day__range=between):
        own = calendar.dates.setdefault(one.provider_id, {}).setdefault(one.day, [])
        if one.starts is not None and one.ends is not None:
            own.append((wall_seconds(one.starts), wall_seconds(one.ends)))
    for special in SpecialDay.objects.filter(day__range=between):
        opening = None
        if special.opens is not None and special.closes is not None:
            opening = (wall_seconds(special.opens), wall_seconds(special.closes))
        calendar.special[special.day] = (special.kind == SpecialDayKind.EXTRA, opening)
    return calendar


def _judge(calendar: Calendar, rows: Iterable[_Row]) -> dict[int, Why]:
    """Those that lie outside, by id, in the order of ``rows``."""
    zone = calendar.business.zone
    found: dict[int, Why] = {}
    for pk, who, starts_at, ends_at in rows:
        day = starts_at.astimezone(zone).date()
        why = _why(calendar, who, day, *whole_seconds(starts_at, ends_at))
        if why is not None:
            found[pk] = why
    return found


def _why(calendar: Calendar, who: int, day: dt.date, starts: int, ends: int) -> Why | None:
    if calendar.works(who, day, starts, ends):
        return None
    if day in calendar.dates.get(who, {}):
        return Why.OWN_DATE
    if day in calendar.special:
        _extra, opening = calendar.special[day]
        if opening is None:
            return Why.CLOSED
        open_then = worked(calendar.pieces[day], [opening])
        if not any(low <= starts and ends <= high for low, high in open_then):
            return Why.CLOSED_THEN
    return Why.WEEK
