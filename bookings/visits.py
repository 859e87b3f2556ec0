"""Finding a visit again: by its reference, by the link in its mail, by its client."""

from __future__ import annotations

import datetime as dt
import hmac

from django.db import models

from bookings.errors import VisitUnknown
from bookings.models import Booking, Visit
from business.models import Business
from clients.models import Client
from foundation.crypto import keyed_hash

_KEY_LENGTH = 32  # hex digits: 128 bits


def _with_parts(visits: models.QuerySet[Visit]) -> models.QuerySet[Visit]:
    bookings = Booking.objects.select_related("service", "provider", "session").order_by(
        "starts_at", "pk"
    )
    return visits.select_related("client").prefetch_related(
        models.Prefetch("bookings", queryset=bookings)
    )


def find_visit(ref: str) -> Visit:
    """The visit with this reference, its client and bookings loaded. Raises VisitUnknown."""
    folded = ref.strip().upper()
    # PostgreSQL refuses a NUL inside a parameter with an error of its own (trap 13).
    visit = _with_parts(Visit.objects.filter(ref=folded)).first() if folded.isalnum() else None
    if visit is None:
        raise VisitUnknown
    return visit


def manage_key(visit: Visit) -> str:
    """What the link in the mail proves itself with. A signature: nothing of it is stored."""
    return keyed_hash(f"{visit.pk}:{visit.ref}", purpose="manage-visit")[:_KEY_LENGTH]


def check_manage_key(visit: Visit, key: str) -> bool:
    """Whether ``key`` opens the visit. A visit stripped of its client opens to nobody."""
    if visit.anonymised_at is not None:
        return False
    return hmac.compare_digest(manage_key(visit).encode(), key.encode(errors="replace"))


def visits_of(client: Client) -> models.QuerySet[Visit]:
    """The client's visits, latest first, bookings loaded."""
    return _with_parts(Visit.objects.filter(client=client)).order_by("-starts_at", "-pk")


def free_to_cancel_until(visit: Visit, business: Business) -> dt.datetime:
    """Until when the client may cancel online: elapsed hours before the start (UTC instant)."""
    return free_to_cancel_at(visit.starts_at, business)


def free_to_cancel_at(starts_at: dt.datetime, business: Business) -> dt.datetime:
    """The same for a visit that is not booked yet, from when it would begin."""
    return starts_at - dt.timedelta(hours=business.cancel_notice_hours)
