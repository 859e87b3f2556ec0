"""Everything that some client records have goes to another one: what joining and merging share.

Visits, sales, gift cards, waiting places and notes belong to the other record from then on;
points follow by entries of the ledger, never by changing one. The records stay behind bare, as
ones that were erased, and say where everything went; so do those that had gone into them before.

Locks in the project's order: feature row, clients by id, sales by id, waiting places by id,
awards by id, gift cards by id, point accounts by id. Booking for such a record, erasing it and a
second command of this kind wait at its row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Model, QuerySet, Sum
from django.utils.functional import Promise

from bookings.models import IN_LINE, Visit, WaitingPlace, WaitingState
from clients.models import Client
from clients.notes import keep_notes
from clients.people import erase_personal_data, keep_allergies, keep_card_number
from clients.programme import keep_left_out
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.joining import hand_over_awards, move_all_points
from loyalty.models import ON_THE_WAY, Award, PointAccount
from loyalty.points import open_account
from sales.models import Sale, SaleLine


@dataclass(frozen=True)
class Holdings:
    """What a record has: counts, and points with those on the way."""

    visits: int
    cards: int
    points: int
    on_the_way: int


def holdings(ids: list[int]) -> dict[int, Holdings]:
    """What each of these records has, in a fixed number of queries."""
    visits = _counted(Visit.objects.filter(client__in=ids, hidden_at__isnull=True), "client")
    cards = _counted(GiftCard.objects.filter(owner__in=ids), "owner")
    accounts = PointAccount.objects.filter(client__in=ids)
    balances = dict(accounts.values_list("client_id", "balance"))
    awards = Award.objects.filter(account__client__in=ids, state__in=ON_THE_WAY)
    coming = dict(awards.values_list("account__client_id").annotate(Sum("points")).order_by())
    return {
        pk: Holdings(
            visits=visits.get(pk, 0),
            cards=cards.get(pk, 0),
            points=balances.get(pk, 0),
            on_the_way=coming.get(pk, 0),
        )
        for pk in ids
    }


def _counted(rows: QuerySet[Model], by: str) -> dict[int, int]:
    return dict(rows.values_list(f"{by}_id").annotate(Count("pk")).order_by())


def lock_people(ids: Iterable[int]) -> dict[int, Client]:
    """Lock these records and those that had gone into them, by id: ``hand_over`` changes both."""
    wanted = list(ids)
    gone = Client.objects.filter(joined_to__in=wanted).values_list("pk", flat=True)
    return lock_in_order(Client.objects.all(), [*wanted, *gone])


def hand_over(
    *, records: list[Client], to: Client, actor: User | None, words: str | Promise
) -> None:
    """Give ``to`` what ``records`` have. Inside a transaction that locked the switches and these
    people (``lock_people``). ``words`` stand with the points that move, for the client to see."""
    sales = Sale.objects.filter(client__in=records)
    lock_in_order(Sale.objects.all(), sales.values_list("pk", flat=True))
    sales.update(client=to)
    Visit.objects.filter(client__in=records).update(client=to)
    _hand_over_waiting_places(records, to)
    awards = hand_over_awards(sources=records, target=to)
    for old_id, award in awards.items():
        SaleLine.objects.filter(award=old_id).update(award=award)
    cards = GiftCard.objects.filter(owner__in=records)
    lock_in_order(GiftCard.objects.all(), cards.values_list("pk", flat=True))
    cards.update(owner=to)
    # All of them in the order of their ids, before the pairs of accounts that transfers lock.
    open_account(to)
    accounts = PointAccount.objects.filter(client__in=[*records, to])
    lock_in_order(PointAccount.objects.all(), accounts.values_list("pk", flat=True))
    for record in records:
        move_all_points(source=record, target=to, words=words)
    keep_allergies(client=to, of=records)
    keep_notes(client=to, of=records)
    keep_left_out(client=to, of=records)
    for record in records:
        erase_personal_data(client=record, actor=actor)
    keep_card_number(client=to, of=records)
    Client.objects.filter(pk__in=[record.pk for record in records]).update(joined_to=to)
    # What comes late to a record that had gone into one of these goes on to ``to`` as well.
    Client.objects.filter(joined_to__in=records).update(joined_to=to)


def _hand_over_waiting_places(records: list[Client], to: Client) -> None:
    """Places in line go along. Who would stand twice in one line keeps an offer, else the oldest
    place, and leaves the other; a second offer stays behind and runs out by itself."""
    of_records = WaitingPlace.objects.filter(client__in=records)
    of_records.exclude(state__in=IN_LINE).update(client=to)
    in_line = WaitingPlace.objects.filter(client__in=[*records, to], state__in=IN_LINE)
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
        client=to, state=WaitingState.LEFT, settled_at=clock.now()
    )
    WaitingPlace.objects.filter(pk__in=kept).update(client=to)


def _is_offered(place: WaitingPlace) -> bool:
    return place.state == WaitingState.OFFERED
