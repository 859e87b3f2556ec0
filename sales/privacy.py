"""Clean history: old visits lose their personal data; balances, keys and audit stay whole.

A visit older than the owner's limit no longer says who came, who booked it, what was noted or why
it was cancelled, and its messages are gone. A client of whom nothing is left but old visits (no
login, points or gift card) becomes a pseudonym. What staff typed into old ledger entries is
blanked. Blanking such words is the one change of those rows that the database allows.

What stays: a points entry keeps its account and its booking, or nobody could check a balance. For
a client who keeps a name, because they have a login, points or a card, the points history
therefore still says for which visit points came. docs/adr/0006 tells why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from bookings.changes import forget_reasons
from bookings.models import Booking, BookingStatus, Visit
from business.features import lock_features
from business.profile import get_business
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import CardEntry, GiftCard
from loyalty.models import (
    ON_THE_WAY,
    Award,
    AwardState,
    CorrectionRequest,
    DropReason,
    PointAccount,
    PointEntry,
)
from notifications.outbox import forget_messages_of
from sales.models import Sale

# Rows per transaction: on SQLite a write transaction stays under a second (F51).
CHUNK = 500


@dataclass
class CleanResult:
    """Visits stripped and client records that became pseudonyms."""

    visits: int = 0
    clients: int = 0


def clean_history(*, at: dt.datetime | None = None) -> CleanResult:
    """Strip what is older than the owner's limit, if the feature is on. Safe to repeat."""
    result = CleanResult()
    limit = (at or clock.now()) - dt.timedelta(days=get_business().clean_history_days)
    while stripped := _in_chunk(_strip_visits, limit):
        result.visits += stripped
    for entries in (PointEntry, CardEntry):
        while _in_chunk(partial(_blank_descriptions, entries), limit):
            continue
    for forget in (_strip_sales, _blank_requests):
        while _in_chunk(forget, limit):
            continue
    while erased := _in_chunk(_erase_clients, limit):
        result.clients += erased
    return result


def _in_chunk(step: Callable[[dt.datetime], int], limit: dt.datetime) -> int:
    """One step in a transaction of its own, while the feature is still on."""
    with transaction.atomic():
        return step(limit) if lock_features().clean_history else 0


def _strip_visits(limit: dt.datetime) -> int:
    awards = Award.objects.filter(booking__visit=OuterRef("pk"), state=AwardState.PROMISED)
    if get_business().attendance_must_be_marked:
        # The sweep leaves what nobody marked, and by now nobody will.
        awards = awards.exclude(booking__status=BookingStatus.BOOKED)
    old = Visit.objects.filter(ends_at__lt=limit, anonymised_at__isnull=True)
    # The sweep ends what is still promised first; a visit waits for it.
    waiting = old.exclude(Exists(awards)).order_by("pk")
    ids = list(waiting.values_list("pk", flat=True)[:CHUNK])
    at = clock.now()
    Award.objects.filter(booking__visit__in=ids, state__in=ON_THE_WAY).update(
        state=AwardState.DROPPED, reason=DropReason.ANONYMISED, settled_at=at
    )
    Sale.objects.filter(visit__in=ids).update(client=None)
    Visit.objects.filter(pk__in=ids).update(client=None, note="", anonymised_at=at)
    logins = User.objects.filter(is_staff=False).values("pk")
    Visit.objects.filter(pk__in=ids, created_by__in=logins).update(created_by=None)
    Sale.objects.filter(visit__in=ids, created_by__in=logins).update(created_by=None)
    Booking.objects.filter(visit__in=ids, status_changed_by__in=logins).update(
        status_changed_by=None
    )
    forget_reasons(ids)
    forget_messages_of("visit", ids)
    return len(ids)


def _strip_sales(limit: dt.datetime) -> int:
    """What was sold without a visit says no more to whom."""
    named = Sale.objects.filter(visit__isnull=True, created_at__lt=limit, client__isnull=False)
    ids = list(named.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return Sale.objects.filter(pk__in=ids).update(client=None)


def _blank_descriptions(entries: type[PointEntry | CardEntry], limit: dt.datetime) -> int:
    worded = entries.objects.filter(created_at__lt=limit).exclude(description="")
    ids = list(worded.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return entries.objects.filter(pk__in=ids).update(description="")


def _blank_requests(limit: dt.datetime) -> int:
    """What staff wrote when they asked for a correction, and when they decided."""
    worded = CorrectionRequest.objects.filter(decided_at__lt=limit).exclude(
        description="", answer=""
    )
    ids = list(worded.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return CorrectionRequest.objects.filter(pk__in=ids).update(description="", answer="")


def _erase_clients(limit: dt.datetime) -> int:
    """Clients of whom nothing is left but old visits. Looked at again under their locks: one of
    them may be booking right now."""
    ids = list(_forgotten(limit).order_by("pk").values_list("pk", flat=True)[:CHUNK])
    lock_in_order(Client.objects.all(), ids)
    still = _forgotten(limit).filter(pk__in=ids).order_by("pk")
    erased = [erase_personal_data(client=client, actor=None) for client in still]
    return len(erased)


def _forgotten(limit: dt.datetime) -> QuerySet[Client]:
    mine = {"client": OuterRef("pk")}
    return (
        Client.objects.filter(anonymised_at__isnull=True, user__isnull=True, created_at__lt=limit)
        .exclude(Exists(Visit.objects.filter(**mine)))
        .exclude(Exists(PointAccount.objects.filter(**mine).exclude(balance=0)))
        .exclude(Exists(GiftCard.objects.filter(owner=OuterRef("pk"), balance__gt=0)))
    )
