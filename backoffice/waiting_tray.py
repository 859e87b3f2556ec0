"""Who waits on a day, beside its calendar (ux S2): for a time of a service, or for a full class.

Plain values, so that the fingerprint of the day tells when the line has changed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from bookings.models import IN_LINE, WaitingPlace
from bookings.waiting import is_offered, positions_of, with_parts


@dataclass(frozen=True)
class Waiter:
    """``address`` is where this person is booked; "" where nothing is booked for them there.
    ``offered_until`` is None for who has no offer."""

    position: int
    name: str
    phone: str
    phone_shown: str
    places: int
    provider: str
    joined_at: dt.datetime
    offered_until: dt.datetime | None
    address: str


@dataclass(frozen=True)
class Line:
    """``starts_at`` and ``address``, its roster, are those of a class."""

    service: str
    starts_at: dt.datetime | None
    address: str
    waiters: tuple[Waiter, ...]


def read_lines(day: dt.date, mine: Q, *, may_book: bool) -> tuple[Line, ...]:
    """The lines of ``day`` whose places fit ``mine``, classes by their time first; three queries,
    however many wait."""
    places = WaitingPlace.objects.filter(mine, day=day, state__in=IN_LINE)
    waiting = sorted(with_parts(places), key=_order)
    positions = positions_of(waiting)
    return tuple(
        _line(list(group), positions, may_book=may_book)
        for _key, group in groupby(waiting, key=lambda place: _order(place)[:4])
    )


def _order(place: WaitingPlace) -> tuple[bool, float, str, int, dt.datetime, int]:
    session = place.session
    return (
        session is None,
        session.starts_at.timestamp() if session else 0,
        place.service.name,
        place.session_id or place.service_id,
        place.joined_at,
        place.pk,
    )


def _line(places: list[WaitingPlace], positions: dict[int, int], *, may_book: bool) -> Line:
    first = places[0]
    return Line(
        service=first.service.name,
        starts_at=first.session.starts_at if first.session else None,
        address=reverse("backoffice:session", args=[first.session_id]) if first.session else "",
        waiters=tuple(
            _waiter(place, positions[place.pk], may_book=may_book and place.session is None)
            for place in places
        ),
    )


def _waiter(place: WaitingPlace, position: int, *, may_book: bool) -> Waiter:
    client = place.client
    return Waiter(
        position=position,
        name=client.full_name,
        phone=client.phone.as_e164 if client.phone else "",
        phone_shown=str(client.phone),
        places=place.places,
        provider=place.provider.name if place.provider and place.session is None else "",
        joined_at=place.joined_at,
        offered_until=place.offered_until if is_offered(place) else None,
        address=_booking_address(place) if may_book else "",
    )


def _booking_address(place: WaitingPlace) -> str:
    """A new appointment with the client, the service, the day and whom they wait for."""
    asked = {"client": place.client_id, "service": place.service_id, "day": place.day.isoformat()}
    if place.provider_id is not None:
        asked["who"] = place.provider_id
    return f"{reverse('backoffice:booking-new')}?{urlencode(asked)}"
