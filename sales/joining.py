"""A guest's records join the account of whoever proved that the address is theirs.

Everybody who books without an account gets a record of their own, so one address may have many,
and a family may share one: the account shows what there is, and its owner says what is theirs.
Visits, sales, gift cards and waiting places then belong to the account; points follow by entries
of the ledger, never by changing one. The record stays behind bare, as one that was erased, and
says where everything went.

Locks in the project's order: feature row, clients by id, sales by id, waiting places by id,
awards by id, gift cards by id, point accounts by id. Booking for the guest, erasing it and a
second join wait at its row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Lower

from bookings.models import IN_LINE, Visit, WaitingPlace, WaitingState
from business.features import lock_features
from clients.models import Client
from clients.people import (
    client_for_user,
    erase_personal_data,
    keep_allergies,
    keep_card_number,
)
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.joining import hand_over_awards, move_all_points
from loyalty.models import ON_THE_WAY, Award, PointAccount
from loyalty.points import open_account
from sales.models import Sale, SaleLine

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
    visits = _counted(Visit.objects.filter(client__in=ids, hidden_at__isnull=True), "client")
    cards = _counted(GiftCard.objects.filter(owner__in=ids), "owner")
    accounts = PointAccount.objects.filter(client__in=ids)
    balances = dict(accounts.values_list("client_id", "balance"))
    awards = Award.objects.filter(account__client__in=ids, state__in=ON_THE_WAY)
    coming = dict(awards.values_list("account__client_id").annotate(Sum("points")).order_by())
    return [
        GuestRecord(
            public_id=record.public_id,
            name=record.full_name,
            visits=visits.get(record.pk, 0),
            cards=cards.get(record.pk, 0),
            points=balances.get(record.pk, 0),
            on_the_way=coming.get(record.pk, 0),
        )
        for record in records
    ]


def _counted(rows: QuerySet[Visit] | QuerySet[GiftCard], by: str) -> dict[int, int]:
    return dict(rows.values_list(f"{by}_id").annotate(Count("pk")).order_by())


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
        people = lock_in_order(Client.objects.all(), [account.pk, *ids])
        account = people.pop(account.pk)
        # Looked at again under their locks: another tab may have joined them.
        still = set(_records_of(user).filter(pk__in=ids).values_list("pk", flat=True))
        records = [record for pk, record in people.items() if pk in still]
        if records and account.anonymised_at is None:
            _hand_over(records, account, user)
            return len(records)
    return 0


def _hand_over(records: list[Client], account: Client, user: User) -> None:
    sales = Sale.objects.filter(client__in=records)
    lock_in_order(Sale.objects.all(), sales.values_list("pk", flat=True))
    sales.update(client=account)
    Visit.objects.filter(client__in=records).update(client=account)
    _hand_over_waiting_places(records, account)
    awards = hand_over_awards(sources=records, target=account)
    for old_id, award in awards.items():
        SaleLine.objects.filter(award=old_id).update(award=award)
    cards = GiftCard.objects.filter(owner__in=records)
    lock_in_order(GiftCard.objects.all(), cards.values_list("pk", flat=True))
    cards.update(owner=account)
    # All of them in the order of their ids, before the pairs of accounts that transfers lock.
    open_account(account)
    accounts = PointAccount.objects.filter(client__in=[*records, account])
    lock_in_order(PointAccount.objects.all(), accounts.values_list("pk", flat=True))
    for record in records:
        move_all_points(source=record, target=account)
    keep_allergies(client=account, of=records)
    for record in records:
        erase_personal_data(client=record, actor=user)
    keep_card_number(client=account, of=records)
    Client.objects.filter(pk__in=[record.pk for record in records]).update(joined_to=account)


def _hand_over_waiting_places(records: list[Client], account: Client) -> None:
    """Places in line go along. Who would stand twice in one line keeps an offer, else the oldest
    place, and leaves the other; a second offer stays behind and runs out by itself."""
    of_records = WaitingPlace.objects.filter(client__in=records)
    of_records.exclude(state__in=IN_LINE).update(client=account)
    in_line = WaitingPlace.objects.filter(client__in=[*records, account], state__in=IN_LINE)
    ids = in_line.values_list("pk", flat=True)
    places = [
        place
        for place in lock_in_order(WaitingPlace.objects.all(), ids).values()
        if place.state in IN_LINE
    ]
    taken: set[tuple[int | None, int, dt.date | None]] = set()
    kept, left = [], []
    for place in sorted(places, key=lambda each: (not _is_offered(each), each.joined_at, each.pk)):
        line = (place.session_id, place.service_id, None if place.session_id else place.day)
        if line not in taken:
            taken.add(line)
            kept.append(place.pk)
        elif not _is_offered(place):
            left.append(place.pk)
    # Who leaves goes first: nobody stands twice in one line, not even for a moment.
    WaitingPlace.objects.filter(pk__in=left).update(
        client=account, state=WaitingState.LEFT, settled_at=clock.now()
    )
    WaitingPlace.objects.filter(pk__in=kept).update(client=account)


def _is_offered(place: WaitingPlace) -> bool:
    return place.state == WaitingState.OFFERED
