"""Free times: working hours minus what is occupied, on the business's raster.

A slot is computed, never stored, and nothing here takes a lock: who books a slot finds out from the
database whether it is still free (``placing.py``). Whatever the number of days, providers, lines
and bookings, there are at most five queries, four where no resource is needed (``calendars.py``).
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from bookings.calendars import Calendar
from bookings.chains import Chains, Rank, Step
from bookings.errors import (
    InThePast,
    NotOffered,
    OutsideHours,
    SlotTaken,
    TooFar,
    TooSoon,
)
from bookings.lines import Line
from bookings.models import Hold, Occupation, OccupationKind, Visit
from bookings.reading import read_calendar
from bookings.sql import waiting_rows
from bookings.waiting import last_offer_at
from bookings.wall_clock import Interval, is_on_raster, merge, raster, to_instant
from business.models import Business
from business.profile import get_business, local_day_bounds
from catalogue.models import Provider, Service
from foundation import clock

# How far around a lost slot others are looked for.
_LOOK_BACK_DAYS, _LOOK_AHEAD_DAYS = 2, 14


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time (UTC instants) and everybody who could take its first line, in the business's
    order. ``ends_at`` is when it is over in the way that was found with the first of them."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    provider_ids: tuple[int, ...]


def _free_starts(calendar: Calendar, provider_id: int, day: dt.date) -> Iterator[int]:
    """When ``provider_id`` could begin the first line: what the raster has in each gap between two
    busy times. Most of a busy day is no gap, and is never looked at."""
    pieces, step = calendar.pieces[day], calendar.step
    busy = calendar.busy.get(provider_id, [])
    service = calendar.lines[0].service
    before, after = service.buffer_before * 60, service.buffer_after * 60
    length = calendar.takers[0][provider_id].minutes * 60
    earliest = math.ceil(calendar.earliest)
    for low, high in calendar.worked_on(provider_id, day):
        starts, latest = max(low, earliest), high - length
        position = bisect_right(busy, starts - before, key=lambda interval: interval[1])
        while starts <= latest:
            over = position == len(busy)
            until = latest if over else min(latest, busy[position][0] - after - length)
            if starts <= until:
                yield from raster(pieces, within=(starts, until + 1), step=step)
            if over:
                break
            starts = max(starts, busy[position][1] + before)
            position += 1


def _slots_of_day(calendar: Calendar, day: dt.date) -> list[Slot]:
    if not calendar.for_staff and not calendar.today <= day <= calendar.last_online_day:
        return []
    # One line that needs nothing but its provider is most of all questions: no search for those.
    is_simple = len(calendar.lines) == 1 and not calendar.needs[0]
    chains = Chains(calendar, day, within_hours=True)
    takers: dict[int, list[int]] = defaultdict(list)
    ends: dict[int, int] = {}
    for provider_id, terms in calendar.takers[0].items():
        for starts in _free_starts(calendar, provider_id, day):
            if is_simple:
                over = starts + terms.minutes * 60
            else:
                chain = chains.first(starts, provider_id=provider_id)
                if chain is None:
                    continue
                over = chain[-1].ends
            takers[starts].append(provider_id)
            ends.setdefault(starts, over)
    return [
        Slot(to_instant(starts), to_instant(ends[starts]), tuple(takers[starts]))
        for starts in sorted(takers)
    ]


def _days(first_day: dt.date, last_day: dt.date) -> list[dt.date]:
    return [first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1)]


def free_slots(
    *,
    lines: Sequence[Line],
    first_day: dt.date,
    last_day: dt.date,
    ignoring: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
    for_line: bool = False,
) -> dict[dt.date, list[Slot]]:
    """Times at which ``lines`` can follow one another, on each local day from ``first_day`` to
    ``last_day``.

    Every day of the range is a key. Where a line names nobody, anyone will do. What the hold
    ``ignoring`` and the visit ``moving`` take counts as free: it belongs to who asks. The website's
    notice and horizon do not bind staff, who are offered all that is not over. What would suit who
    waits is offered to staff and ``for_line`` only. At most five queries while nobody waits.
    """
    days = _days(first_day, last_day)
    calendar = read_calendar(
        get_business(),
        lines=lines,
        days=days,
        ignoring=ignoring,
        moving=moving,
        for_staff=for_staff,
    )
    if not for_line:
        _leave_to_the_line(calendar)
    return dict(_slots_by_day(calendar, moving))


def _slots_by_day(calendar: Calendar, moving: Visit | None) -> Iterator[tuple[dt.date, list[Slot]]]:
    """Day by day, so that who wants the first time only stops there."""
    is_offered = bool(calendar.pieces) and calendar.is_offered(moving=moving is not None)
    for day in calendar.pieces:
        yield day, _slots_of_day(calendar, day) if is_offered else []


def is_worked_on(*, line: Line, day: dt.date) -> bool:
    """Whether somebody who does ``line`` works long enough for it on that local day, taken or not:
    nobody does on a closed day. Three queries at most beside the business."""
    calendar = read_calendar(get_business(), lines=[line], days=[day])
    return any(
        high - low >= terms.minutes * 60
        for provider_id, terms in calendar.takers[0].items()
        for low, high in calendar.worked_on(provider_id, day)
    )


def first_free_slot(
    *, lines: Sequence[Line], moving: Visit | None = None, within_days: int = 14
) -> Slot | None:
    """The earliest slot that the website offers from today on, or None."""
    business, now = get_business(), clock.now()
    today = now.astimezone(business.zone).date()
    days = _days(today, today + dt.timedelta(days=within_days - 1))
    calendar = read_calendar(business, lines=lines, days=days, moving=moving, now=now)
    _leave_to_the_line(calendar)
    return next((slots[0] for _day, slots in _slots_by_day(calendar, moving) if slots), None)


def nearest_slots(
    *,
    lines: Sequence[Line],
    around: dt.datetime,
    count: int = 3,
    ignoring: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
) -> list[Slot]:
    """Up to ``count`` free slots closest to ``around``, earliest first: for who lost that time."""
    day = around.astimezone(get_business().zone).date()
    by_day = free_slots(
        lines=lines,
        first_day=day - dt.timedelta(days=_LOOK_BACK_DAYS),
        last_day=day + dt.timedelta(days=_LOOK_AHEAD_DAYS),
        ignoring=ignoring,
        moving=moving,
        for_staff=for_staff,
    )
    slots = [slot for slots in by_day.values() for slot in slots]
    slots.sort(key=lambda slot: (abs(slot.starts_at - around), slot.starts_at))
    return sorted(slots[:count], key=lambda slot: slot.starts_at)


def find_slot(
    *,
    lines: Sequence[Line],
    starts_at: dt.datetime,
    ignoring: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
) -> Slot:
    """The slot at ``starts_at``, if it is free and allowed now.

    Raises SlotTaken with the nearest free slots, or the OutsideRules that names the rule. Staff who
    name a provider may book outside the raster, the hours and what the provider usually does; the
    face warns them first. Nobody may book over something else.
    """
    calendar, day = _at(lines, starts_at, ignoring, moving, for_staff)
    _leave_to_the_line(calendar)
    starts = int(starts_at.timestamp())
    chains = Chains(calendar, day)
    found = {pk: chains.first(starts, provider_id=pk) for pk in calendar.takers[0]}
    ways = {pk: chain for pk, chain in found.items() if chain is not None}
    if not ways:
        raise SlotTaken(
            nearest=nearest_slots(lines=lines, around=starts_at, moving=moving, for_staff=for_staff)
        )
    over = next(iter(ways.values()))[-1].ends
    return Slot(starts_at, starts_at + dt.timedelta(seconds=over - starts), tuple(ways))


def find_chain(
    *,
    lines: Sequence[Line],
    starts_at: dt.datetime,
    ignoring: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
    for_line: bool = False,
    preferring: Sequence[int] = (),
) -> tuple[Calendar, list[Step]]:
    """Who would take the lines at ``starts_at``, and with which resources.

    For each line whoever has the fewest bookings and classes that day; ties keep the business's
    order, so that the same question gets the same answer. ``preferring`` says who goes before all
    others, line by line. Raises SlotTaken without ``nearest``, OutsideRules.
    """
    calendar, day = _at(lines, starts_at, ignoring, moving, for_staff)
    if not for_line:
        _leave_to_the_line(calendar)
    rank = _fairest_first(calendar, day, moving, preferring)
    chain = Chains(calendar, day, rank).first(int(starts_at.timestamp()))
    if chain is None:
        raise SlotTaken
    return calendar, chain


def keep_chain(
    *, lines: Sequence[Line], starts_at: dt.datetime, ignoring: Hold
) -> tuple[Calendar, list[Step]]:
    """The lines at ``starts_at`` with exactly whom they name, whatever the rules say by now: for
    a time that was checked when it was held. Raises SlotTaken, NotOffered."""
    business = get_business()
    day = starts_at.astimezone(business.zone).date()
    calendar = read_calendar(business, lines=lines, days=[day], ignoring=ignoring, for_staff=True)
    if not calendar.is_offered():
        raise NotOffered
    chain = Chains(calendar, day).first(int(starts_at.timestamp()))
    if chain is None or any(line.provider and line.provider.archived_at for line in lines):
        raise SlotTaken
    return calendar, chain


def is_line_unchanged(calendar: Calendar) -> bool:
    """Whether nobody joined the line since ``calendar`` was read, or got out of it: asked under
    the locks on what was decided from it."""
    if calendar.for_staff:
        return True
    return waiting_rows(calendar.pieces) == calendar.waiting


def _leave_to_the_line(calendar: Calendar) -> None:
    """Count as taken what who waits will be offered: whatever time of theirs is free belongs to
    them from the moment at which it became free, not only from the offer on."""
    if not calendar.waiting:
        return
    services = Service.objects.in_bulk({service_id for service_id, _day, _who in calendar.waiting})
    people = Provider.objects.in_bulk({who for _service, _day, who in calendar.waiting if who})
    busy, busy_resources = defaultdict(list), defaultdict(list)
    days: dict[tuple[int, int | None], list[dt.date]] = defaultdict(list)
    for service_id, day, who in calendar.waiting:
        days[service_id, who].append(day)
    for (service_id, who), their_days in days.items():
        line = Line(services[service_id], people.get(who) if who else None)
        theirs = read_calendar(calendar.business, lines=[line], days=their_days)
        rooms = {pk for kind in theirs.needs[0] for pk in kind}
        for provider_id, blocked in _offerable(theirs):
            busy[provider_id].append(blocked)
            for pk in rooms:
                busy_resources[pk].append(blocked)
    calendar.busy = _with(calendar.busy, busy)
    calendar.busy_resources = _with(calendar.busy_resources, busy_resources)


def _offerable(calendar: Calendar) -> Iterator[tuple[int, Interval]]:
    """Each provider's times that could be offered to somebody in line, with buffers."""
    if not calendar.is_offered():
        return
    service = calendar.lines[0].service
    for slot in (slot for day in calendar.pieces for slot in _slots_of_day(calendar, day)):
        if calendar.now >= last_offer_at(slot.starts_at, calendar.business):
            continue
        starts = int(slot.starts_at.timestamp())
        for provider_id in slot.provider_ids:
            over = starts + calendar.takers[0][provider_id].minutes * 60
            low = starts - service.buffer_before * 60
            yield provider_id, (low, over + service.buffer_after * 60)


def _with(
    busy: Mapping[int, list[Interval]], more: Mapping[int, list[Interval]]
) -> dict[int, list[Interval]]:
    return {pk: merge([*busy.get(pk, []), *more.get(pk, [])]) for pk in {*busy, *more}}


def _at(
    lines: Sequence[Line],
    starts_at: dt.datetime,
    ignoring: Hold | None,
    moving: Visit | None,
    for_staff: bool,
) -> tuple[Calendar, dt.date]:
    """The calendar of the day of ``starts_at``. Raises the OutsideRules that forbids this time,
    whoever is free."""
    business = get_business()
    day, starts = starts_at.astimezone(business.zone).date(), int(starts_at.timestamp())
    calendar = read_calendar(
        business,
        lines=lines,
        days=[day],
        ignoring=ignoring,
        moving=moving,
        for_staff=for_staff,
    )
    archived = any(line.provider and line.provider.archived_at is not None for line in lines)
    if archived or not calendar.is_offered(moving=moving is not None):
        raise NotOffered
    if not for_staff:
        _check_online(calendar, day, starts_at)
    elif starts < calendar.earliest and moving is None:
        # What happened at another time than was written down is moved there afterwards.
        raise InThePast
    if Chains(calendar, day, look_at_hours_only=True).first(starts) is None:
        raise OutsideHours
    return calendar, day


def _check_online(calendar: Calendar, day: dt.date, starts_at: dt.datetime) -> None:
    if starts_at < calendar.now:
        raise InThePast
    if starts_at < calendar.now + dt.timedelta(minutes=calendar.notice_minutes):
        raise TooSoon(minutes=calendar.notice_minutes)
    if day > calendar.last_online_day:
        raise TooFar(days=calendar.horizon_days)
    on_raster = starts_at.microsecond == 0 and is_on_raster(
        calendar.pieces[day], int(starts_at.timestamp()), calendar.step
    )
    if not on_raster:
        raise OutsideHours


def _fairest_first(
    calendar: Calendar, day: dt.date, moving: Visit | None, preferring: Sequence[int]
) -> Rank:
    load: dict[int, int] = {}
    if any(len(takers) > 1 for takers in calendar.takers):
        load = _load(calendar.business, day, {pk for t in calendar.takers for pk in t}, moving)

    def rank(number: int, provider_ids: list[int]) -> list[int]:
        first = preferring[number] if number < len(preferring) else None
        return sorted(provider_ids, key=lambda pk: (pk != first, load.get(pk, 0)))

    return rank


def _load(
    business: Business, day: dt.date, provider_ids: set[int], moving: Visit | None
) -> dict[int, int]:
    """How many bookings and classes each of ``provider_ids`` has on ``day``."""
    low, high = local_day_bounds(business, day)
    rows = Occupation.objects.touching(low, high).filter(
        provider_id__in=provider_ids,
        kind__in=[OccupationKind.BOOKING, OccupationKind.SESSION],
    )
    if moving is not None:
        rows = rows.exclude(booking__visit_id=moving.pk)
    return dict(rows.values_list("provider_id").annotate(many=Count("id")))
