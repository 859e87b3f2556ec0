"""Deciding who takes the lines of a visit, under the locks that make the decision hold.

A decision is made without locks, because a business has more people than a booking needs. Then the
providers and resources it names are locked, by id, what stands in the way but may go is dropped,
and what was decided is looked at again: somebody may have been quicker. If so everything is let go
of and decided anew, until somebody is free or nobody is.

Order of locks: class session, provider, resource, hold, booking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from bookings.availability import find_chain, is_line_unchanged, keep_chain, nearest_slots
from bookings.calendars import Calendar
from bookings.chains import Chains, Step
from bookings.errors import NotOffered, SlotTaken
from bookings.lines import Line, fresh_lines, is_keeping, kept_lines, price_of
from bookings.models import (
    Booking,
    Hold,
    Occupation,
    OccupationKind,
    ResourceOccupation,
    Visit,
)
from bookings.occupying import Taking, is_clear, is_overlap, lock_and_clear
from bookings.reading import read_calendar
from business.profile import get_business


@dataclass(frozen=True)
class Placed:
    """One line with everything decided: UTC instants, the price with add-ons in minor units."""

    line: Line
    provider_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    blocked_from: dt.datetime
    blocked_to: dt.datetime
    price_minor: int
    resource_ids: tuple[int, ...]

    @property
    def taking(self) -> Taking:
        return Taking(self.provider_id, self.blocked_from, self.blocked_to, self.resource_ids)


@contextmanager
def placing(
    *,
    lines: Sequence[Line],
    starts_at: dt.datetime,
    hold: Hold | None = None,
    replacing: Hold | None = None,
    moving: Visit | None = None,
    for_staff: bool = False,
    for_line: bool = False,
) -> Iterator[list[Placed]]:
    """Inside, the caller writes what takes the time, by ``occupy``, and what it belongs to.

    Yields the lines in order, with services and add-ons as they are now. A live ``hold`` on
    exactly this was checked when it was placed and is taken at its word; an expired one helps as
    far as the time is still free. ``replacing`` is an earlier hold of the same visitor, for any
    time. What they take, and what the visit ``moving`` takes, is dropped; the rows themselves are
    the caller's. On the website what suits who waits goes to nobody else: ``for_line`` is theirs.

    Locks the providers and resources decided on, and the holds dropped. Raises SlotTaken with the
    nearest free slots, OutsideRules; whatever was written inside is undone with them.
    """
    try:
        with (
            transaction.atomic(),
            _decided(lines, starts_at, hold, replacing, moving, for_staff, for_line) as placed,
        ):
            yield placed
    except SlotTaken as lost:
        nearest = nearest_slots(lines=lines, around=starts_at, moving=moving, for_staff=for_staff)
        raise SlotTaken(nearest=nearest) from lost


def occupy(placed: Placed, *, booking: Booking | None = None, hold: Hold | None = None) -> None:
    """Write that the time of a line is taken, by ``booking`` or by ``hold``."""
    Occupation.objects.create(
        provider_id=placed.provider_id,
        kind=OccupationKind.HOLD if booking is None else OccupationKind.BOOKING,
        booking=booking,
        hold=hold,
        starts_at=placed.blocked_from,
        ends_at=placed.blocked_to,
    )
    ResourceOccupation.objects.bulk_create(
        ResourceOccupation(
            resource_id=resource_id,
            booking=booking,
            hold=hold,
            starts_at=placed.blocked_from,
            ends_at=placed.blocked_to,
        )
        for resource_id in placed.resource_ids
    )


def outline(*, lines: Sequence[Line], starts_at: dt.datetime) -> list[Placed]:
    """What lines that all name somebody come to from ``starts_at`` on: times and prices as they
    are now, for showing. Nothing is locked, and nothing counts as taken. Raises NotOffered."""
    business = get_business()
    day = starts_at.astimezone(business.zone).date()
    calendar = read_calendar(business, lines=lines, days=[day], for_staff=True)
    steps = Chains(calendar, day, look_at_hours_only=True).first(int(starts_at.timestamp()))
    if steps is None:
        raise NotOffered
    return _placed(calendar, steps, lines, starts_at)


@contextmanager
def _decided(
    lines: Sequence[Line],
    starts_at: dt.datetime,
    hold: Hold | None,
    replacing: Hold | None,
    moving: Visit | None,
    for_staff: bool,
    for_line: bool,
) -> Iterator[list[Placed]]:
    """As ``placing``, with SlotTaken bare."""
    own = hold or replacing
    is_kept = hold is not None
    while True:
        lines = fresh_lines(lines)
        kept = _still_kept(hold, lines, starts_at) if hold and is_kept else None
        try:
            calendar, steps = (
                keep_chain(lines=kept, starts_at=starts_at, ignoring=hold)
                if hold and kept
                else find_chain(
                    lines=lines,
                    starts_at=starts_at,
                    ignoring=own,
                    moving=moving,
                    for_staff=for_staff,
                    for_line=for_line,
                    preferring=_who_kept(own, starts_at),
                )
            )
        except SlotTaken:
            if kept is None or all(line.provider is not None for line in lines):
                raise
            is_kept = False  # Who kept it is taken, and somebody else will do.
            continue
        placed = _placed(calendar, steps, lines, starts_at)
        point = transaction.savepoint()
        if _is_still_so(placed, own, moving) and (for_line or is_line_unchanged(calendar)):
            break
        transaction.savepoint_rollback(point)
    try:
        with transaction.atomic():
            yield placed
    except IntegrityError as error:
        if is_overlap(error):
            raise SlotTaken from error
        raise
    transaction.savepoint_commit(point)


def _is_still_so(placed: Sequence[Placed], own: Hold | None, moving: Visit | None) -> bool:
    """Whether what was decided without locks is free under them."""
    takings = [each.taking for each in placed]
    try:
        lock_and_clear(takings, own=[own] if own else [], moving=moving)
    except SlotTaken:
        return False
    return is_clear(takings)


def _still_kept(hold: Hold, lines: Sequence[Line], starts_at: dt.datetime) -> list[Line] | None:
    """The hold's lines with whom it keeps them, if it still keeps exactly these at this time.
    Read without a lock: what counts is whether the time can be taken."""
    fresh = (
        Hold.objects.select_related("service", "provider")
        .filter(pk=hold.pk, starts_at=starts_at)
        .exclude(occupations=None)
        .distinct()
        .first()
    )
    if fresh is None or not is_keeping(fresh):
        return None
    kept = kept_lines(fresh)
    if [_what(line) for line in kept] != [_what(line) for line in lines]:
        return None
    for line, keeper in zip(lines, kept, strict=True):
        if line.provider is not None and line.provider != keeper.provider:
            return None
    return kept


def _what(line: Line) -> tuple[int, set[int]]:
    return line.service.pk, {add_on.pk for add_on in line.add_ons}


def _who_kept(own: Hold | None, starts_at: dt.datetime) -> list[int]:
    """Who kept this time before goes before all others."""
    if own is None or own.starts_at != starts_at:
        return []
    return [line.provider.pk for line in kept_lines(own) if line.provider is not None]


def _placed(
    calendar: Calendar, steps: Sequence[Step], lines: Sequence[Line], starts_at: dt.datetime
) -> list[Placed]:
    origin = int(starts_at.timestamp())

    def instant(seconds: int) -> dt.datetime:
        return starts_at + dt.timedelta(seconds=seconds - origin)

    return [
        Placed(
            line=line,
            provider_id=step.provider_id,
            starts_at=instant(step.starts),
            ends_at=instant(step.ends),
            blocked_from=instant(step.low),
            blocked_to=instant(step.high),
            price_minor=price_of(line, calendar.takers[number][step.provider_id].price_minor),
            resource_ids=step.resource_ids,
        )
        for number, (line, step) in enumerate(zip(lines, steps, strict=True))
    ]
