"""Two spendings of one balance, each in one statement; and the same with its lock taken out.

The statement locks the account itself (``ledger/sql.py``), so its twin takes the words out of it.
Then the database refuses the second entry; without the unique number it does not, and 820 points
buy two cards of 500.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Client
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from loyalty.errors import InsufficientPoints
from loyalty.models import PointAccount, PointEntry, Reward
from loyalty.points import balance_of, spend_points
from tests.concurrency.racing import PATIENCE, race, wait_until_somebody_waits
from tests.factories import RewardFactory, give_points, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

LOCK = " FOR NO KEY UPDATE"


@pytest.fixture
def reward(db: None, alice: Client) -> Reward:
    """A card for 500 points; Alice has 820."""
    turn_on("loyalty")
    give_points(alice, 820)
    return RewardFactory(points=500)


def without_lock() -> AbstractContextManager[Any]:
    """For this thread's connection: the statement that spends without its lock."""

    def execute(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "WITH locked AS MATERIALIZED" in sql:
            assert LOCK in sql
            sql = sql.replace(LOCK, "")
        return run(sql, *rest)

    return connection.execute_wrapper(execute)


def spend_twice(
    alice: Client, reward: Reward, around: Callable[[], AbstractContextManager[Any]]
) -> list[Any]:
    """The second begins when the first has spent, and the first commits when the second waits."""
    spent = threading.Event()

    def spend(key: str) -> PointEntry:
        with around():
            return spend_points(client=alice, reward=reward, points=500, key=key, actor=None)

    def first() -> PointEntry:
        with transaction.atomic():
            entry = spend("form:1:spend")
            spent.set()
            wait_until_somebody_waits()
        return entry

    def second() -> PointEntry:
        assert spent.wait(PATIENCE)
        with transaction.atomic():
            return spend("form:2:spend")

    return race(first, second)


def test_the_second_spending_waits_and_reads_what_is_left(alice: Client, reward: Reward) -> None:
    bought, refused = spend_twice(alice, reward, nullcontext)

    assert (bought.amount, bought.balance_after) == (-500, 320)
    assert isinstance(refused, InsufficientPoints)
    assert refused.missing == 180
    assert balance_of(alice) == 320


def test_without_the_lock_the_database_refuses_the_second_spending(
    alice: Client, reward: Reward
) -> None:
    bought, refused = spend_twice(alice, reward, without_lock)

    assert bought.balance_after == 320
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) == "point_entry_sequence_once"
    assert balance_of(alice) == 320


@pytest.fixture
def without_unique_number(reward: Reward) -> Iterator[None]:
    """The guards and the unique number off; afterwards the table is emptied and whole again."""
    constraint = next(
        each for each in PointEntry._meta.constraints if each.name == "point_entry_sequence_once"
    )
    drop_guards()
    with connection.schema_editor() as editor:
        editor.remove_constraint(PointEntry, constraint)
    yield
    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE loyalty_pointentry CASCADE")
    with connection.schema_editor() as editor:
        editor.add_constraint(PointEntry, constraint)


def test_without_lock_and_unique_number_points_are_spent_twice(
    alice: Client, reward: Reward, without_unique_number: None
) -> None:
    outcomes = spend_twice(alice, reward, without_lock)

    assert [entry.balance_after for entry in outcomes] == [320, 320]
    assert sum(PointEntry.objects.values_list("amount", flat=True)) == -180
    assert PointAccount.objects.get(client=alice).balance == 320
