"""What a move comes to, line by line, and what the desk should know first (ux S3).

Staff may move outside the hours, and to somebody who does not usually do it: the page says so and
asks once. Of a visit of several services only the one that was asked about changes its person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from backoffice.new_booking_plan import does_not_usually, doubts
from bookings.availability import find_chain
from bookings.models import Booking
from bookings.moving import goes_to, lines_of
from catalogue.models import Provider, ServiceProvider


@dataclass(frozen=True)
class MovedLine:
    """A booking of the visit, and where it goes (UTC instants)."""

    booking: Booking
    provider: Provider
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True)
class MovePlan:
    lines: list[MovedLine]
    warnings: list[str] = field(default_factory=list)

    @property
    def ends_at(self) -> dt.datetime:
        return max(line.ends_at for line in self.lines)


def plan_move(part: Booking, *, starts_at: dt.datetime, provider: Provider | None) -> MovePlan:
    """The visit of ``part`` at ``starts_at``, as it would be now: nothing is locked or kept.
    Raises SlotTaken without ``nearest``, OutsideRules."""
    visit, bookings = part.visit, parts_of(part)
    calendar, steps = find_chain(
        lines=lines_of(visit, provider=provider, part=part),
        starts_at=starts_at,
        moving=visit,
        for_staff=True,
    )
    lines = [
        MovedLine(
            booking=booking,
            provider=goes_to(booking, provider, part),
            starts_at=dt.datetime.fromtimestamp(step.starts, dt.UTC),
            ends_at=dt.datetime.fromtimestamp(step.ends, dt.UTC),
        )
        for booking, step in zip(bookings, steps, strict=True)
    ]
    asked = [(line.booking.service, line.provider) for line in lines]
    does = _does(service.pk for service, _who in asked)
    return MovePlan(lines, doubts(asked, calendar, steps, does))


def parts_of(part: Booking) -> list[Booking]:
    """All bookings of its visit, in order, with service and provider."""
    bookings = part.visit.bookings.select_related("service", "provider")
    return list(bookings.order_by("starts_at", "pk"))


def stranger_to(part: Booking, provider: Provider | None) -> str:
    """What the choice of ``provider`` for ``part`` is warned of, or nothing."""
    if provider is None or (part.service_id, provider.pk) in _does([part.service_id]):
        return ""
    return does_not_usually(part.service, provider)


def _does(service_ids: Iterable[int]) -> set[tuple[int, int]]:
    rows = ServiceProvider.objects.filter(service__in=set(service_ids))
    return set(rows.values_list("service_id", "provider_id"))
