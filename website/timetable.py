"""Class sessions as the website lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from bookings.models import STANDING, Booking, ClassSession, WaitingPlace
from bookings.waiting import is_open, lines_of_sessions, open_places, waiting_token
from business.models import Business
from clients.models import Client
from foundation import clock

# The exact number of places is said only when it presses (ux section 4).
FEW_PLACES = 5


@dataclass(frozen=True)
class Row:
    """One session. ``state``: open, few, full, mine, waiting, offered, over or cancelled.

    ``visit_ref`` names the visit of whoever is looking and has a place; ``position`` is where they
    stand in line, 0 for nowhere, and ``place_token`` opens that page. ``can_wait`` says whether one
    more may join it; how many are in it is nobody's business, or whoever watches the page would see
    who leaves. ``left`` is what the line leaves to everybody. ``in_place`` says that the row's own
    button books or joins: nothing is to be chosen or warned of first.
    """

    session: ClassSession
    state: str
    points: int | None
    visit_ref: str = ""
    position: int = 0
    place_token: str = ""
    can_wait: bool = False
    left: int = 0
    in_place: bool = False

    @property
    def is_bookable(self) -> bool:
        return self.state in {"open", "few"}


def rows(
    sessions: Sequence[ClassSession],
    *,
    points: dict[int, int],
    client: Client | None,
    business: Business,
) -> list[Row]:
    """Each session with its state for this visitor; three queries, however many there are."""
    mine = _places_of(client, sessions)
    busy = _busy(client, sessions)
    lines = lines_of_sessions(session.pk for session in sessions)
    now = clock.now()
    found = []
    for session in sessions:
        line = lines[session.pk]
        place, position = _own(line, client)
        left = open_places(session, line, business)
        state = _state(session, now=now, is_mine=session.pk in mine, place=place, left=left)
        can_wait = state == "full" and is_open(session, business, now)
        is_simple = session.service.places_per_booking == 1 and not _meets(session, busy)
        found.append(
            Row(
                session=session,
                state=state,
                points=points.get(session.service_id),
                visit_ref=mine.get(session.pk, ""),
                position=position,
                place_token=waiting_token(place) if place is not None else "",
                can_wait=can_wait,
                left=left,
                in_place=is_simple and (not can_wait or client is not None),
            )
        )
    return found


def _places_of(client: Client | None, sessions: Sequence[ClassSession]) -> dict[int, str]:
    if client is None or not sessions:
        return {}
    places = Booking.objects.filter(
        session__in=[session.pk for session in sessions],
        visit__client=client,
        status__in=STANDING,
    )
    return {pk: ref for pk, ref in places.values_list("session_id", "visit__ref") if pk}


def _busy(
    client: Client | None, sessions: Sequence[ClassSession]
) -> list[tuple[dt.datetime, dt.datetime]]:
    """What the client has booked at the hours of ``sessions``."""
    if client is None or not sessions:
        return []
    return list(
        bookings_at(
            client,
            min(session.starts_at for session in sessions),
            max(session.ends_at for session in sessions),
        ).values_list("starts_at", "ends_at")
    )


def _meets(session: ClassSession, busy: list[tuple[dt.datetime, dt.datetime]]) -> bool:
    return any(low < session.ends_at and high > session.starts_at for low, high in busy)


def bookings_at(
    client: Client, starts_at: dt.datetime, ends_at: dt.datetime
) -> models.QuerySet[Booking]:
    """What stands of the client's bookings in that time, in order."""
    own = Booking.objects.filter(
        visit__client=client,
        visit__hidden_at__isnull=True,
        status__in=STANDING,
        starts_at__lt=ends_at,
        ends_at__gt=starts_at,
    )
    return own.order_by("starts_at", "pk")


def _own(line: list[WaitingPlace], client: Client | None) -> tuple[WaitingPlace | None, int]:
    for position, place in enumerate(line, start=1):
        if client is not None and place.client_id == client.pk:
            return place, position
    return None, 0


def _state(
    session: ClassSession,
    *,
    now: dt.datetime,
    is_mine: bool,
    place: WaitingPlace | None,
    left: int,
) -> str:
    if session.cancelled_at is not None:
        return "cancelled"
    if is_mine:
        return "mine"
    if session.starts_at <= now:
        return "over"
    if place is not None:
        return str(place.state)
    if left < 1:
        return "full"
    return "few" if left <= FEW_PLACES else "open"
