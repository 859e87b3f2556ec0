"""Points moved between two accounts in both directions at once (F41)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError, models

from clients.models import Client
from foundation.locks import violated_constraint
from loyalty import transfers
from loyalty.errors import BelowZero
from loyalty.models import PointAccount, PointEntry
from loyalty.points import balance_of
from loyalty.transfers import Transfer, transfer_points
from tests.concurrency.contests import contest, flat, kinds, violations
from tests.concurrency.racing import PATIENCE, Operation, lost, race, won
from tests.concurrency.watching import count_deadlocks
from tests.factories import give_points, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

PER_ROUND = 160


def mover(source: Client, target: Client, key: str, points: int | None = 1) -> Operation:
    return lambda: transfer_points(
        source=source,
        target=target,
        points=points,
        key=key,
        description="Moved in a race",
        actor=None,
    )


@pytest.fixture
def both(alice: Client, bob: Client) -> tuple[Client, Client]:
    """Each has 100 points."""
    turn_on("loyalty")
    give_points(alice, 100)
    give_points(bob, 100)
    return alice, bob


def test_transfers_both_ways_keep_every_point(both: tuple[Client, Client]) -> None:
    alice, bob = both

    def plan(number: int) -> list[Operation]:
        there = [mover(alice, bob, f"there:{number}:{n}", n % 9 + 1) for n in range(PER_ROUND // 2)]
        back = [mover(bob, alice, f"back:{number}:{n}", n % 9 + 1) for n in range(PER_ROUND // 2)]
        return [each for pair in zip(there, back, strict=True) for each in pair]

    outcomes = flat(contest("transfers in both directions", plan, per_round=PER_ROUND))

    made = [each for each in outcomes if isinstance(each, Transfer)]
    assert {type(error) for error in lost(outcomes)} <= {BelowZero}
    assert PointEntry.objects.filter(kind="transfer").count() == 2 * len(made)
    gone = dict.fromkeys(("there", "back"), 0)
    for each in made:
        gone[each.out.key.split(":")[0]] += each.into.amount
    assert balance_of(alice) == 100 - gone["there"] + gone["back"]
    assert balance_of(bob) == 100 + gone["there"] - gone["back"]


def test_all_points_are_moved_by_one_of_many(both: tuple[Client, Client]) -> None:
    """Sixteen facts want everything: one gets it, the others find nothing to move."""
    alice, bob = both

    results = race(*[mover(alice, bob, f"merge:{n}", None) for n in range(16)])

    assert kinds(results) == {"NoneType": 15, "Transfer": 1}
    assert (balance_of(alice), balance_of(bob)) == (0, 200)


def test_one_transfer_sent_many_times_at_once_moves_once(both: tuple[Client, Client]) -> None:
    alice, bob = both

    results = race(*[mover(alice, bob, "merge:1", 60) for _ in range(16)])

    assert len({each.out.pk for each in results}) == len({each.into.pk for each in results}) == 1
    assert (balance_of(alice), balance_of(bob)) == (40, 160)


def test_first_transfers_both_ways_open_the_accounts_once(alice: Client, bob: Client) -> None:
    """Nobody has an account yet: opening takes the same order as locking."""
    results = race(
        *[mover(alice, bob, f"there:{n}", None) for n in range(8)],
        *[mover(bob, alice, f"back:{n}", None) for n in range(8)],
    )

    assert kinds(results) == {"NoneType": 16}
    assert PointAccount.objects.count() == 2


# --- the protections off ----------------------------------------------------------------------


def _as_given(queryset: models.QuerySet[Any], ids: Iterable[int]) -> dict[int, Any]:
    return {pk: queryset.get(pk=pk) for pk in dict.fromkeys(ids)}


def test_without_the_lock_the_database_refuses_the_second_transfer(
    both: tuple[Client, Client],
) -> None:
    alice, bob = both
    both_read = threading.Barrier(2)

    def read_only(queryset: models.QuerySet[Any], ids: Iterable[int]) -> dict[int, Any]:
        rows = _as_given(queryset, ids)
        if queryset.model is PointAccount:
            both_read.wait(PATIENCE)
        return rows

    with mock.patch.object(transfers, "lock_in_order", read_only):
        results = race(mover(alice, bob, "merge:1", 60), mover(alice, bob, "merge:2", 60))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) == "point_entry_sequence_once"
    assert (balance_of(alice), balance_of(bob)) == (40, 160)
    assert violations() == []


def test_without_the_order_of_locks_two_transfers_deadlock(both: tuple[Client, Client]) -> None:
    """Each locks the account that gives, then the one that takes: the database ends one of them,
    and counts it. So a count that stays at 0 means something."""
    alice, bob = both
    each_has_one = threading.Barrier(2)
    before = count_deadlocks()

    def giving_first(queryset: models.QuerySet[Any], ids: Iterable[int]) -> dict[int, Any]:
        if queryset.model is not PointAccount:
            return _as_given(queryset, ids)
        first, second = ids
        rows = {first: queryset.select_for_update(no_key=True).get(pk=first)}
        each_has_one.wait(PATIENCE)
        rows[second] = queryset.select_for_update(no_key=True).get(pk=second)
        return rows

    with mock.patch.object(transfers, "lock_in_order", giving_first):
        results = race(mover(alice, bob, "there:1", 60), mover(bob, alice, "back:1", 60))

    (ended,) = lost(results)
    assert isinstance(ended, OperationalError)
    assert "deadlock detected" in str(ended)
    assert len(won(results)) == 1
    assert count_deadlocks() == before + 1
    assert violations() == []
