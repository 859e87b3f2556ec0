"""Who hears of a cancelled class, and who has to be called (S9): mail reaches addresses only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from backoffice.dashboard import visible_bookings
from bookings.models import STANDING, Booking, ClassSession, WaitingPlace, WaitingState
from bookings.waiting import line_of_session
from clients.models import Client
from foundation.models import User
from notifications.models import Message
from sales.class_sessions import cancellation_key
from sales.telling import waiting_over_key


@dataclass(frozen=True)
class Told:
    """Who was booked or waited when the class was cancelled, and what became of the mail;
    ``booking`` is None for who waited."""

    client: Client
    places: int
    message: Message
    booking: Booking | None = None

    @property
    def is_not_told(self) -> bool:
        refused = (Message.State.DROPPED, Message.State.FAILED)
        return self.message.state in refused or not self.client.email


def not_told(session: ClassSession) -> list[Client]:
    """Who has booked or waits and has no e-mail address, by name."""
    booked = Booking.objects.filter(session=session, status__in=STANDING)
    waits = line_of_session(session.pk)
    who = Q(pk__in=booked.values("visit__client")) | Q(pk__in=waits.values("client"))
    return list(Client.objects.filter(who, email="").order_by("search_name", "pk"))


def who_was_told(actor: User, session: ClassSession) -> list[Told]:
    """Of a cancelled class, by name; two queries, however many."""
    bookings = {
        cancellation_key(booking.visit_id): booking
        for booking in visible_bookings(actor)
        .filter(session=session, visit__client__isnull=False)
        .select_related("visit__client")
        .order_by("visit__client__search_name", "pk")
    }
    by_key = _messages(bookings)
    return [
        Told(booking.visit.client, booking.places, by_key[key], booking)
        for key, booking in bookings.items()
        if key in by_key and booking.visit.client is not None
    ]


def who_waited(session: ClassSession) -> list[Told]:
    """Whoever was in line for a class until it was cancelled, the first first; two queries."""
    places = {
        waiting_over_key(place.pk): place
        for place in WaitingPlace.objects.filter(
            session=session, state=WaitingState.OVER, client__anonymised_at__isnull=True
        )
        .select_related("client")
        .order_by("joined_at", "pk")
    }
    by_key = _messages(places)
    return [
        Told(place.client, place.places, by_key[key])
        for key, place in places.items()
        if key in by_key
    ]


def _messages(keys: Iterable[str]) -> dict[str, Message]:
    messages = Message.objects.filter(dedupe_key__in=list(keys))
    return {message.dedupe_key: message for message in messages}
