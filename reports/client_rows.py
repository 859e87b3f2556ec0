"""The clients report: who comes, who stays away, what they are worth and what they hold.

Visits and points hang on a client in two directions, and joined they multiply each other's sums.
So the clients of one page are read first, and what belongs to them by their ids, each by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum

from bookings.models import STANDING, Booking, BookingStatus
from clients.models import Client, ConsentRecord
from clients.people import search_clients
from foundation import clock
from loyalty.models import PointAccount
from reports.filters import ClientsQuestion
from reports.movements import COUNTED


@dataclass(frozen=True)
class ClientRow:
    """``visits`` that have begun and stand; ``spent_minor`` is what they were booked for."""

    client: Client
    points: int
    visits: int = 0
    no_shows: int = 0
    last_visit: dt.datetime | None = None
    next_visit: dt.datetime | None = None
    spent_minor: int = 0


def clients(asked: ClientsQuestion) -> QuerySet[Client]:
    """The clients asked for, whose data is not erased."""
    rows = search_clients(asked.text).order_by()
    if asked.has_points:
        holders = PointAccount.objects.filter(balance__gt=0).values("client")
        rows = rows.filter(pk__in=holders)
    if asked.agreed:
        newest = ConsentRecord.objects.filter(client=OuterRef("pk")).order_by("-id")
        rows = rows.alias(agreed=Subquery(newest.values("granted")[:1])).filter(agreed=True)
    return rows


def count_clients(rows: QuerySet[Client]) -> int:
    """Rows, or ``COUNTED`` + 1 for more."""
    return rows.order_by()[: COUNTED + 1].count()


def rows_of(found: Iterable[Client]) -> list[ClientRow]:
    """Two queries for any number of clients."""
    people = list(found)
    ids = [client.pk for client in people]
    balances = dict(PointAccount.objects.filter(client__in=ids).values_list("client_id", "balance"))
    visits = _visits_of(ids)
    return [
        ClientRow(client, balances.get(client.pk, 0), **visits.get(client.pk, {}))
        for client in people
    ]


def _visits_of(ids: list[int]) -> dict[int, dict[str, Any]]:
    """Sums over bookings, whose visit and client are one each: nothing is counted twice."""
    now = clock.now()
    past = Q(status__in=STANDING, starts_at__lte=now)
    ahead = Q(status__in=STANDING, starts_at__gt=now)
    missed = Q(status=BookingStatus.NO_SHOW)
    sums = (
        Booking.objects.filter(visit__client__in=ids)
        .order_by()
        .values("visit__client")
        .annotate(
            visits=Count("visit", distinct=True, filter=past),
            no_shows=Count("visit", distinct=True, filter=missed),
            last_visit=Max("starts_at", filter=past),
            next_visit=Min("starts_at", filter=ahead),
            spent_minor=Sum("price_minor", filter=past, default=0),
        )
    )
    found: dict[int, dict[str, Any]] = {}
    for row in sums:
        told: dict[str, Any] = dict(row)
        found[told.pop("visit__client")] = told
    return found
