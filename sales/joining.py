"""A guest's records join the account of whoever proved that the address is theirs.

Everybody who books without an account gets a record of their own, so one address may have many,
and a family may share one: the account shows what there is, and its owner says what is theirs.
What goes along, and in which order of locks, stands in ``handing_over.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Lower

from business.features import lock_features
from clients.models import Client
from clients.people import client_for_user
from foundation.models import User
from loyalty.joining import FROM_A_GUEST
from sales.handing_over import hand_over, holdings, lock_people

# More than anybody booked as a guest; a transaction on SQLite stays under a second (F51).
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class GuestRecord:
    """What waits on one guest's record: counts, and points with those on the way."""

    public_id: str
    name: str
    visits: int
    cards: int
    points: int
    on_the_way: int


def verified_addresses(user: User) -> list[str]:
    """The addresses that this login has proved to be its own, in lower case."""
    proved = EmailAddress.objects.filter(user=user, verified=True)
    return sorted({address.lower() for address in proved.values_list("email", flat=True)})


def _records_of(user: User) -> QuerySet[Client]:
    """Records without a login under an address that ``user`` proved."""
    guests = Client.objects.filter(user__isnull=True, anonymised_at__isnull=True)
    return guests.alias(address=Lower("email")).filter(address__in=verified_addresses(user))


def guest_records(user: User) -> list[GuestRecord]:
    """What ``user`` booked as a guest, the oldest record first; in a fixed number of queries."""
    records = list(_records_of(user).order_by("created_at", "pk")[:MOST_AT_ONCE])
    ids = [record.pk for record in records]
    if not ids:
        return []
    have = holdings(ids)
    return [
        GuestRecord(public_id=record.public_id, name=record.full_name, **asdict(have[record.pk]))
        for record in records
    ]


def join_guest_records(*, user: User, public_ids: Iterable[str]) -> int:
    """Let the account of ``user`` have what the records ``public_ids`` have; how many joined.

    Only records without a login under an address that ``user`` has proved: others are passed
    over, so that a repeat changes nothing and nobody learns what other records there are. Works
    while loyalty is off. All of it happens, or nothing.
    """
    wanted = set(public_ids)
    with transaction.atomic():
        lock_features()
        account = client_for_user(user)
        mine = _records_of(user).filter(public_id__in=wanted).order_by("pk")
        ids = list(mine.values_list("pk", flat=True)[:MOST_AT_ONCE])
        people = lock_people([account.pk, *ids])
        account = people[account.pk]
        # Looked at again under their locks: another tab may have joined them.
        still = set(_records_of(user).filter(pk__in=ids).values_list("pk", flat=True))
        records = [record for pk, record in people.items() if pk in still]
        if records and account.anonymised_at is None:
            hand_over(records=records, to=account, actor=user, words=FROM_A_GUEST)
            return len(records)
    return 0
