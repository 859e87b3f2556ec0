"""What is still to come for a client: visits and places in line, in one list by time (C21)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from bookings.models import WaitingPlace
from bookings.waiting import (
    has_run_out,
    is_offered,
    places_in_line_of,
    positions_of,
    waiting_token,
)
from business.models import Business
from business.profile import local_day_bounds
from clients.models import Client
from foundation import clock
from website.shown_visits import ShownVisit


@dataclass(frozen=True)
class ShownPlace:
    """A place in line. ``starts_at`` is the session's or the offered time's; None while somebody
    waits for any time of a day. ``offered_until`` is set while it can be taken."""

    place: WaitingPlace
    token: str
    position: int
    starts_at: dt.datetime | None
    offered_until: dt.datetime | None
    person: str


@dataclass(frozen=True)
class Upcoming:
    """One card: a visit, or a place in line."""

    at: dt.datetime
    shown: ShownVisit | None = None
    waiting: ShownPlace | None = None


def upcoming(client: Client, visits: Iterable[ShownVisit], business: Business) -> list[Upcoming]:
    """``visits`` and the client's places in line, the next first. Three queries, however many."""
    now = clock.now()
    places = [each for each in places_in_line_of(client.pk) if not has_run_out(each, now)]
    positions = positions_of(places)
    found = [Upcoming(each.visit.starts_at, shown=each) for each in visits]
    for place in places:
        shown = _shown(place, positions[place.pk])
        at = shown.starts_at or local_day_bounds(business, place.day)[0]
        found.append(Upcoming(at, waiting=shown))
    return sorted(found, key=lambda each: each.at)


def _shown(place: WaitingPlace, position: int) -> ShownPlace:
    kept = place.session or place.hold
    provider = kept.provider if kept is not None else place.provider
    return ShownPlace(
        place=place,
        token=waiting_token(place),
        position=position,
        starts_at=kept.starts_at if kept is not None else None,
        offered_until=place.offered_until if is_offered(place) else None,
        person=provider.name if provider is not None else "",
    )
