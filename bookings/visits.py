"""Finding a visit again: by its reference, by the link in its mail, by its client."""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Iterable
from typing import Any

from django.db import models

from bookings.errors import VisitUnknown
from bookings.models import STANDING, Booking, Visit
from business.models import Business
from clients.models import Client
from foundation.crypto import keyed_hash

_STATE_LENGTH = 16
_KEY_LENGTH = 32  # hex digits: 128 bits


def _with_parts(visits: models.QuerySet[Visit]) -> models.QuerySet[Visit]:
    bookings = Booking.objects.select_related("service", "provider", "session").order_by(
        "starts_at", "pk"
    )
    return visits.select_related("client").prefetch_related(
        models.Prefetch("bookings", queryset=bookings)
    )


def _shown() -> models.QuerySet[Visit]:
    return Visit.objects.filter(hidden_at__isnull=True)


def fold_ref(text: str) -> str:
    """A reference as it is stored, however it was written down: ``afjj-lj77`` is AFJJLJ77."""
    return "".join(text.replace("-", " ").split()).upper()


def find_visit(ref: str) -> Visit:
    """The visit with this reference, its client and bookings loaded. Raises VisitUnknown, also
    for one that staff deleted."""
    folded = ref.strip().upper()
    # PostgreSQL refuses a NUL inside a parameter with an error of its own (trap 13).
    visit = _with_parts(_shown().filter(ref=folded)).first() if folded.isalnum() else None
    if visit is None:
        raise VisitUnknown
    return visit


def find_visit_of_address(ref: str, email: str) -> Visit | None:
    """The visit with this reference if its client has this address, in one query whether or not
    there is one; its client loaded."""
    folded = fold_ref(ref)
    mine = _shown().filter(ref=folded if folded.isalnum() else "", client__email__iexact=email)
    return mine.select_related("client").first()


def state_of(bookings: Iterable[Booking]) -> str:
    """When, with whom and how a visit's ``bookings`` stand. A page sends it along with what was
    agreed to, and it is another one as soon as somebody moved, marked or cancelled any of them."""
    told = sorted(
        f"{each.pk}:{each.status}:{each.provider_id}:{each.session_id}:{each.starts_at.timestamp()}"
        for each in bookings
    )
    return keyed_hash("|".join(told), purpose="visit-state")[:_STATE_LENGTH]


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
    return _with_parts(_shown().filter(client=client)).order_by("-starts_at", "-pk")


def visits_before(client: Any, starts_at: Any) -> models.QuerySet[Visit]:
    """What of the client's earlier visits took place or should have; both may be expressions."""
    return Visit.objects.filter(
        client=client, starts_at__lt=starts_at, bookings__status__in=STANDING
    )


def free_to_cancel_until(visit: Visit, business: Business) -> dt.datetime:
    """Until when the client may cancel online: elapsed hours before the start (UTC instant)."""
    return free_to_cancel_at(visit.starts_at, business)


def free_to_cancel_at(starts_at: dt.datetime, business: Business) -> dt.datetime:
    """The same for a visit that is not booked yet, from when it would begin."""
    return starts_at - dt.timedelta(hours=business.cancel_notice_hours)
