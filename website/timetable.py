"""Class sessions as the website lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookings.models import STANDING, Booking, ClassSession
from clients.models import Client
from foundation import clock

# The exact number of places is said only when it presses (ux section 4).
FEW_PLACES = 5


@dataclass(frozen=True)
class Row:
    """One session. ``state``: open, few, full, mine, over or cancelled. ``visit_ref`` names the
    visit of whoever is looking and has a place."""

    session: ClassSession
    state: str
    points: int | None
    visit_ref: str = ""

    @property
    def is_bookable(self) -> bool:
        return self.state in {"open", "few"}


def rows(
    sessions: Sequence[ClassSession], *, points: dict[int, int], client: Client | None
) -> list[Row]:
    """Each session with its state for this visitor; one query, however many there are."""
    mine: dict[int, str] = {}
    if client is not None and sessions:
        places = Booking.objects.filter(
            session__in=[session.pk for session in sessions],
            visit__client=client,
            status__in=STANDING,
        )
        mine = {pk: ref for pk, ref in places.values_list("session_id", "visit__ref") if pk}
    now = clock.now()
    return [
        Row(
            session=session,
            state=_state(session, now=now, is_mine=session.pk in mine),
            points=points.get(session.service_id),
            visit_ref=mine.get(session.pk, ""),
        )
        for session in sessions
    ]


def _state(session: ClassSession, *, now: dt.datetime, is_mine: bool) -> str:
    if session.cancelled_at is not None:
        return "cancelled"
    if is_mine:
        return "mine"
    if session.starts_at <= now:
        return "over"
    if session.places_left < 1:
        return "full"
    return "few" if session.places_left <= FEW_PLACES else "open"
