"""What stands at the beginning of a sale: who may be meant, and what waits to be paid."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from backoffice.new_booking_client import find_clients
from bookings.models import STANDING, Booking
from business.profile import get_business, local_day_bounds, local_today
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.models import Sale, SaleState

SHOWN = 50


def start_page(actor: User, text: str, error: DomainError | None) -> dict[str, Any]:
    """In a fixed number of queries, however many visits there are today."""
    return {
        "text": text,
        "found": find_clients(actor, text),
        "visits": _visits_to_pay(),
        "waiting": _waiting(),
        "error": error,
        "form_token": new_form_token(),
    }


def _visits_to_pay() -> list[Booking]:
    """The first booking of each of today's visits whose sale is open, in the order of the day."""
    business = get_business()
    begins, ends = local_day_bounds(business, local_today(business))
    bookings = Booking.objects.filter(
        starts_at__gte=begins,
        starts_at__lt=ends,
        status__in=STANDING,
        visit__hidden_at__isnull=True,
        visit__sale__state=SaleState.OPEN,
    )
    found = bookings.select_related("visit__client", "visit__sale", "provider")
    by_visit: dict[int, Booking] = {}
    for booking in found.order_by("starts_at", "pk")[: 2 * SHOWN]:
        by_visit.setdefault(booking.visit_id, booking)
    return list(by_visit.values())[:SHOWN]


def _waiting() -> list[Sale]:
    """Sales of the till that somebody began and did not complete, the last one first."""
    sales = Sale.objects.filter(state=SaleState.OPEN, visit__isnull=True)
    counted = sales.annotate(pieces=Count("lines")).select_related("client", "created_by")
    return list(counted.order_by("-created_at", "-pk")[:SHOWN])
