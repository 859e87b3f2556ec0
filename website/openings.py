"""Free times as a page shows them: a week at a glance, and one day in three parts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from bookings.availability import Slot, free_slots
from bookings.lines import Line
from bookings.models import Hold, Visit
from bookings.waiting import furthest_day
from business.models import Business, SpecialDay, SpecialDayKind
from business.profile import local_today
from catalogue.models import Service
from foundation import clock
from website.forms_booking import PARTS_OF_DAY

# How far ahead "the next free time" looks.
LOOK_AHEAD_DAYS = 14


@dataclass(frozen=True)
class Day:
    """One day of the week strip."""

    date: dt.date
    free: int
    is_chosen: bool
    is_today: bool
    bookable: bool
    is_closed: bool


@dataclass(frozen=True)
class Choice:
    """One slot with the person's name where only one person is free then.

    ``again`` numbers the two meanings of a wall-clock time in the night when the clocks go back
    (1 and 2); 0 on all other days.
    """

    slot: Slot
    person: str
    again: int


@dataclass(frozen=True)
class Part:
    name: str | Promise
    choices: list[Choice]


@dataclass(frozen=True)
class Week:
    """A week of free times around a chosen day, and where the neighbours are."""

    chosen: dt.date
    days: list[Day]
    parts: list[Part]
    count: int
    previous: dt.date | None
    following: dt.date | None
    next_free: Slot | None
    closed: str | None
    """Why the chosen day is closed, perhaps nameless; None where the business is open."""


def last_day(lines: Sequence[Line], business: Business) -> dt.date:
    """The last day for which all of ``lines`` can be booked now."""
    return min(furthest_day(line.service, business, clock.now()) for line in lines)


def clamp(day: dt.date, lines: Sequence[Line], business: Business) -> dt.date:
    """``day`` within what can be booked, so that no address leads nowhere."""
    return min(max(day, local_today(business)), last_day(lines, business))


def week_of(
    *,
    lines: Sequence[Line],
    day: dt.date,
    business: Business,
    names: dict[int, str],
    own: Hold | None = None,
    moving: Visit | None = None,
) -> Week:
    """The week of ``day`` (clamped by the caller). ``names`` are shown where anyone will do;
    the time of the visitor's ``own`` hold, and of the visit that is ``moving``, counts as free."""
    today, latest = local_today(business), last_day(lines, business)
    monday = day - dt.timedelta(days=day.weekday())
    sunday = monday + dt.timedelta(days=6)
    free = free_slots(
        lines=lines,
        first_day=max(monday, today),
        last_day=min(sunday, latest),
        ignoring=own,
        moving=moving,
    )
    closed = closed_days(monday, sunday)
    days = [
        Day(
            date=date,
            free=len(free.get(date, [])),
            is_chosen=date == day,
            is_today=date == today,
            bookable=date in free,
            is_closed=date in closed,
        )
        for date in (monday + dt.timedelta(days=offset) for offset in range(7))
    ]
    later = [slot for date, slots in sorted(free.items()) if date > day for slot in slots]
    following = sunday + dt.timedelta(days=1)
    return Week(
        chosen=day,
        days=days,
        parts=_parts(free.get(day, []), business, names if lines[0].provider is None else {}),
        count=len(free.get(day, [])),
        previous=max(monday - dt.timedelta(days=7), today) if monday > today else None,
        following=following if following <= latest else None,
        next_free=later[0] if later else None,
        closed=closed.get(day),
    )


def closed_days(first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """The holidays between two days, both included, by their names."""
    found = SpecialDay.objects.filter(day__range=(first, last), kind=SpecialDayKind.CLOSED)
    return {each.day: each.name for each in found}


def _parts(slots: list[Slot], business: Business, names: dict[int, str]) -> list[Part]:
    walls = [slot.starts_at.astimezone(business.zone) for slot in slots]
    seen = Counter(wall.replace(tzinfo=None) for wall in walls)
    parts: list[Part] = [Part(name, []) for _hour, name in PARTS_OF_DAY]
    for slot, wall in zip(slots, walls, strict=True):
        alone = len(slot.provider_ids) == 1
        choice = Choice(
            slot=slot,
            person=names.get(slot.provider_ids[0], "") if alone else "",
            again=wall.fold + 1 if seen[wall.replace(tzinfo=None)] > 1 else 0,
        )
        index = next(i for i, (hour, _name) in enumerate(PARTS_OF_DAY) if wall.hour < hour)
        parts[index].choices.append(choice)
    return [part for part in parts if part.choices]


def first_slots(service: Service, today: dt.date, *, count: int) -> list[Slot]:
    """The first free times with anyone, not two at the same hour of one day."""
    found: list[Slot] = []
    free = free_slots(
        lines=[Line(service)],
        first_day=today,
        last_day=today + dt.timedelta(days=LOOK_AHEAD_DAYS - 1),
    )
    for _date, slots in sorted(free.items()):
        found.extend(slots[: count - len(found)])
        if len(found) >= count:
            break
    return found


def first_by_provider(line: Line, today: dt.date) -> dict[int, Slot]:
    """Each provider's first free time, from one look at the calendar for all of them."""
    found: dict[int, Slot] = {}
    free = free_slots(
        lines=[line],
        first_day=today,
        last_day=today + dt.timedelta(days=LOOK_AHEAD_DAYS - 1),
    )
    for _date, slots in sorted(free.items()):
        for slot in slots:
            for provider_id in slot.provider_ids:
                found.setdefault(provider_id, slot)
    return found
