"""Reads once what decides about free times between two days.

Five queries at the most, whatever is asked: the business, the clock, the plan, what is taken of
providers and, where a service needs any, of resources. The plan (who does what for how long and
how much, weekly hours, hours on dates, special days, resources, add-ons, who waits) is one UNION:
a month of free times spends more on round trips than on rows.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from bookings import sql
from bookings.calendars import Calendar
from bookings.lines import Line
from bookings.models import (
    Hold,
    Visit,
)
from bookings.wall_clock import Interval, day_pieces, to_instant, wall_seconds
from business.models import Business
from catalogue.terms import Terms, terms_of
from foundation import clock


def read_calendar(
    business: Business,
    *,
    lines: Sequence[Line],
    days: Iterable[dt.date],
    ignoring: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
    now: dt.datetime | None = None,
) -> Calendar:
    """Everything about ``lines`` on ``days``. What the hold ``ignoring`` and the visit ``moving``
    take counts as free: it belongs to who asks."""
    zone = business.zone
    calendar = Calendar(
        business=business,
        now=now or clock.now(),
        lines=lines,
        for_staff=for_staff,
        pieces={day: day_pieces(zone, day) for day in days},
    )
    if not calendar.pieces:
        return calendar
    _read_plan(calendar)
    providers = {pk for takers in calendar.takers for pk in takers}
    resources = {pk for kinds in calendar.needs for kind in kinds for pk in kind}
    if providers:
        calendar.busy = _taken("provider", providers, calendar, ignoring, moving)
    if resources:
        calendar.busy_resources = _taken("resource", resources, calendar, ignoring, moving)
    return calendar


def _reach(calendar: Calendar) -> Interval:
    """From when until when something may be taken of anybody, buffers included."""
    before = max((line.service.buffer_before for line in calendar.lines), default=0)
    length = sum(
        max((terms.minutes for terms in takers.values()), default=0)
        + line.service.buffer_before
        + line.service.buffer_after
        for line, takers in zip(calendar.lines, calendar.takers, strict=True)
    )
    first, last = min(calendar.pieces), max(calendar.pieces)
    return (
        calendar.pieces[first][0].starts - before * 60,
        calendar.pieces[last][-1].ends + length * 60,
    )


def _taken(
    what: Literal["provider", "resource"],
    ids: set[int],
    calendar: Calendar,
    ignoring: Hold | None,
    moving: Visit | None,
) -> dict[int, list[Interval]]:
    """What is taken, by provider or resource. The database keeps what belongs to one apart."""
    low, high = _reach(calendar)
    busy: dict[int, list[Interval]] = defaultdict(list)
    for pk, starts, ends in sql.taken_rows(
        what,
        ids,
        low=to_instant(low),
        high=to_instant(high),
        now=calendar.now,
        ignoring=None if ignoring is None else ignoring.pk,
        moving=None if moving is None else moving.pk,
    ):
        busy[pk].append((starts, ends))
    return busy


# --- the plan ---------------------------------------------------------------------------------


def _read_plan(calendar: Calendar) -> None:
    lines = calendar.lines
    rows = sql.plan_rows(
        services={line.service.pk for line in lines},
        open_to_all={line.service.pk for line in lines if line.provider is None},
        named={line.provider.pk for line in lines if line.provider is not None},
        days=calendar.pieces,
        add_ons={add_on.pk for line in lines for add_on in line.add_ons},
        with_line=not calendar.for_staff,
    )
    _lay_out(calendar, rows)


def _lay_out(calendar: Calendar, rows: list[sql.Row]) -> None:
    does: dict[int, list[tuple[int, int, int | None, int | None]]] = defaultdict(list)
    needs: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    off: set[tuple[int, dt.date]] = set()
    for what, one, two, three, four, five, day, low, high in rows:
        hours = None if low is None else (wall_seconds(low), wall_seconds(high))
        if what == sql.PROVIDES:
            does[one].append((five, two, three, four))
        elif what == sql.WEEKLY:
            calendar.hours.setdefault(one, {}).setdefault(two, []).append(hours)  # type: ignore[arg-type]
        elif what == sql.DATE:
            own = calendar.dates.setdefault(one, {}).setdefault(day, [])
            if hours is None:
                off.add((one, day))
            else:
                own.append(hours)
        elif what == sql.SPECIAL:
            calendar.special[day] = (bool(one), hours)
        elif what == sql.WAITING:
            calendar.waiting.add((one, day, two))
        elif what == sql.GOES_WITH:
            calendar.goes_with.add((one, two))
        else:
            kind = needs[one][two]
            if three is not None and not five:
                kind.append((four, three))
    for provider_id, day in off:
        calendar.dates[provider_id][day] = []
    for line in calendar.lines:
        calendar.takers.append(_takers(line, does[line.service.pk], calendar.for_staff))
        kinds = needs.get(line.service.pk, {})
        calendar.needs.append([[pk for _at, pk in sorted(kinds[kind])] for kind in sorted(kinds)])


def _takers(
    line: Line, does: list[tuple[int, int, int | None, int | None]], for_staff: bool
) -> dict[int, Terms]:
    takers = {
        provider_id: terms_of(line.service, line.add_ons, minutes=minutes, price_minor=price_minor)
        for _position, provider_id, minutes, price_minor in sorted(does, key=lambda row: row[:2])
        if line.provider is None or provider_id == line.provider.pk
    }
    if for_staff and line.provider is not None and not takers:
        # Somebody who does not usually do it, for as long and as much as it usually is.
        takers[line.provider.pk] = terms_of(line.service, line.add_ons)
    return takers
