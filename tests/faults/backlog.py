"""Thousands of visits with their points on the way, written set-based with the same numbers that
the commands write: through the commands ten thousand would take minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bookings.models import Booking, BookingKind, Occupation, OccupationKind, Source, Visit
from business.profile import get_business
from catalogue.models import Service
from clients.models import Client, ConsentRecord
from foundation.names import fold
from loyalty.awards import due_at
from loyalty.models import Award, PointAccount

LASTS = dt.timedelta(minutes=1)  # back to back: nobody can be double-booked
POINTS = 60


def make_people(many: int, agreed: int, at: dt.datetime) -> list[Client]:
    """``many`` clients with empty point accounts; the first ``agreed`` want to hear of points."""
    people = Client.objects.bulk_create(
        Client(
            first_name=f"Client{number}",
            email=f"client{number}@example.test",
            search_name=fold(f"Client{number}"),
            created_at=at,
        )
        for number in range(many)
    )
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            client=person,
            granted=True,
            wording="Yes",
            language="en",
            source="account",
            recorded_at=at,
        )
        for person in people[:agreed]
    )
    PointAccount.objects.bulk_create(PointAccount(client=person, opened_at=at) for person in people)
    return people


def make_backlog(
    people: Sequence[Client], service: Service, many: int, first: dt.datetime
) -> dt.datetime:
    """``many`` visits of ``people`` in turn from ``first`` on, a minute each; returns the end."""
    business, provider = get_business(), service.providers.get()
    accounts = {
        account.client_id: account for account in PointAccount.objects.filter(client__in=people)
    }
    starts = [first + number * LASTS for number in range(many)]
    visits = Visit.objects.bulk_create(
        Visit(
            client=people[number % len(people)],
            source=Source.ONLINE,
            starts_at=at,
            ends_at=at + LASTS,
            created_at=first,
        )
        for number, at in enumerate(starts)
    )
    bookings = Booking.objects.bulk_create(
        Booking(
            visit=visit,
            kind=BookingKind.APPOINTMENT,
            service=service,
            provider=provider,
            service_name_en=service.name_en,
            price_minor=service.price_minor,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            blocked_from=visit.starts_at,
            blocked_to=visit.ends_at,
            status_changed_at=first,
        )
        for visit in visits
    )
    Occupation.objects.bulk_create(
        Occupation(
            provider=provider,
            kind=OccupationKind.BOOKING,
            booking=booking,
            starts_at=booking.blocked_from,
            ends_at=booking.blocked_to,
        )
        for booking in bookings
    )
    Award.objects.bulk_create(
        Award(
            account=accounts[booking.visit.client_id],
            booking=booking,
            base=1,
            rate=POINTS,
            points=POINTS,
            due_at=due_at(booking.ends_at, business),
            promised_at=first,
        )
        for booking in bookings
    )
    return starts[-1] + LASTS
