"""Clean history: old visits lose their personal data; balances, keys and audit stay whole.

A visit older than the owner's limit no longer says who came or what was noted. A client all of
whose visits are that old, who has no login, no points and no gift card left, becomes a
pseudonym. The points ledger keeps its rows: they name nobody, and what staff typed into old
entries' descriptions is blanked by the one redaction that the database allows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from bookings.models import Visit
from business.features import lock_features
from business.profile import get_business
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock
from giftcards.models import CardEntry, GiftCard
from loyalty.models import Award, AwardState, PointAccount, PointEntry
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
    while stripped := _strip_chunk(limit):
        result.visits += stripped
    while erased := _erase_chunk(limit):
        result.clients += erased
    return result


def _old_visits(limit: dt.datetime) -> Q:
    return Q(ends_at__lt=limit, anonymised_at__isnull=True)


def _strip_chunk(limit: dt.datetime) -> int:
    with transaction.atomic():
        if not lock_features().clean_history:
            return 0
        promised = Award.objects.filter(
            booking__visit=OuterRef("pk"),
            state__in=(AwardState.PROMISED, AwardState.QUARANTINED),
        )
        ids = list(
            Visit.objects.filter(_old_visits(limit))
            .exclude(Exists(promised))
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK]
        )
        at = clock.now()
        Sale.objects.filter(visit__in=ids).update(client=None)
        Visit.objects.filter(pk__in=ids).update(client=None, note="", anonymised_at=at)
        redact_descriptions(PointEntry.objects.filter(created_at__lt=limit))
        redact_descriptions(CardEntry.objects.filter(created_at__lt=limit))
    return len(ids)


def redact_descriptions(entries: QuerySet[Any]) -> int:
    """Blank staff's words on ledger entries: the one change that the ledger's guards allow."""
    return entries.exclude(description="").update(description="")


def _erase_chunk(limit: dt.datetime) -> int:
    """Clients of whom nothing is left but old visits: no login, points, cards, or later visit."""
    with transaction.atomic():
        if not lock_features().clean_history:
            return 0
        mine = {"client": OuterRef("pk")}
        clients = (
            Client.objects.filter(
                anonymised_at__isnull=True, user__isnull=True, created_at__lt=limit
            )
            .exclude(Exists(Visit.objects.filter(**mine)))
            .exclude(Exists(PointAccount.objects.filter(**mine).exclude(balance=0)))
            .exclude(Exists(GiftCard.objects.filter(owner=OuterRef("pk"), balance__gt=0)))
            .order_by("pk")[:CHUNK]
        )
        erased = [erase_personal_data(client=client, actor=None) for client in clients]
    return len(erased)
