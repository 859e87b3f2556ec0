"""Moving points between two accounts: what joining clients uses, and merging will (F41).

A transfer is a pair of entries, one per account, that cancel out; old rows are never re-pointed,
so each account's history stays what it was. The key of both names one fact and differs in its
last word: ``<fact>:out`` on the account that gives, ``<fact>:in`` on the one that takes. Each so
leads to the other through the unique key. ``reverses`` cannot say it: a reversal mirrors an
entry of its own account. ``audit_ledger`` checks that every transfer has its other half.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import transaction

from clients.errors import ClientGone
from clients.models import Client
from foundation.errors import BadInput
from foundation.locks import lock_in_order
from foundation.models import User
from ledger.posting import find_pair, post_pair
from loyalty.errors import BelowZero, DescriptionMissing, NothingToAdjust
from loyalty.models import PointAccount, PointEntry, PointKind
from loyalty.points import open_account


class Transfer(NamedTuple):
    """The two entries of one transfer."""

    out: PointEntry
    into: PointEntry


def transfer_points(
    *,
    source: Client,
    target: Client,
    key: str,
    description: str,
    actor: User | None,
    points: int | None = None,
) -> Transfer | None:
    """Move ``points`` from one client's account to another's, or all there is if None.

    All there is may be less than nothing: a hole that a withdrawn award left moves whole, so
    that merging neither forgives nor doubles it. Returns the pair, or None where all there is
    was nothing. ``key`` names the fact, in at most 76 characters, and a repeat returns the pair
    that it made, also when the balance has changed or the source was erased since. Both clients
    see ``description``.

    Works while loyalty is off: a balance that is kept may be moved. Locks both clients, then both
    accounts, each in the order of their ids: two transfers in opposite directions would
    otherwise wait for each other. Raises BadInput for one and the same client,
    DescriptionMissing, NothingToAdjust below 1, BelowZero above what is there, ClientGone when
    either was erased, unless the source was joined to the target.
    """
    if source.pk == target.pk:
        raise BadInput
    words = description.strip()[:200]
    if not words:
        raise DescriptionMissing
    if points is not None and points < 1:
        raise NothingToAdjust
    with transaction.atomic():
        clients = lock_in_order(Client.objects.all(), [source.pk, target.pk])
        # Opened in the same order, or two first transfers wait for each other's unique client.
        opened = {pk: open_account(clients[pk]).pk for pk in clients}
        accounts = lock_in_order(PointAccount.objects.all(), opened.values())
        made = find_pair(PointEntry, key)
        if made is not None:
            return Transfer(*made)
        giver, taker = clients[source.pk], clients[target.pk]
        # A record that was joined is bare; what comes to it late follows the rest.
        gone = giver.anonymised_at is not None and giver.joined_to_id != taker.pk
        if gone or taker.anonymised_at is not None:
            raise ClientGone
        giving, taking = accounts[opened[source.pk]], accounts[opened[target.pk]]
        amount = giving.balance if points is None else points
        if not amount:
            return None
        if points is not None and points > giving.balance:
            raise BelowZero(name=source.first_name, balance=giving.balance)
        pair = post_pair(
            PointEntry,
            giving,
            taking,
            account_field="account",
            kind=PointKind.TRANSFER,
            amount=amount,
            key=key,
            description=words,
            actor=actor,
        )
    return Transfer(*pair)
