"""The bookings nearest to now, for the account's first page."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from bookings.models import STANDING, Booking
from clients.models import Client


def next_booking(client: Client, at: dt.datetime) -> Booking | None:
    """The standing booking that ends next, with what a page says about it."""
    standing = _of(client).filter(status__in=STANDING, ends_at__gt=at, visit__ends_at__gt=at)
    return standing.order_by("visit__starts_at", "starts_at", "pk").first()


def last_booking(client: Client, at: dt.datetime) -> Booking | None:
    """The visit that ended last, if its service can still be booked: "Book again"."""
    past = _of(client).filter(
        status__in=STANDING,
        ends_at__lte=at,
        service__online=True,
        service__archived_at__isnull=True,
    )
    return past.order_by("-visit__starts_at", "-starts_at", "-pk").first()


# In the order of the client's visits, which has an index: the first that fits ends the search.
def _of(client: Client) -> QuerySet[Booking]:
    return Booking.objects.filter(visit__client=client).select_related(
        "visit", "service", "provider"
    )
