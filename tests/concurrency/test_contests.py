"""The size of the races, and proof that whoever watches them can see."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection

from foundation.guards import drop_guards
from giftcards.models import GiftCard
from loyalty.models import PointAccount
from tests.concurrency.contests import OPERATIONS
from tests.concurrency.racing import CONNECTIONS, race_in_rounds
from tests.concurrency.watching import watching
from tests.factories import give_card, give_points, turn_on

pytestmark = pytest.mark.postgres_only


def test_the_races_are_large_enough() -> None:
    assert CONNECTIONS == 16
    assert sum(OPERATIONS.values()) >= 12_000


def test_each_race_is_run_by_one_test() -> None:
    sources = [path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    run = re.findall(r'contest\(\s*"([^"]+)"', "".join(sources))

    assert sorted(run) == sorted(OPERATIONS)


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_sixteen_racers_have_a_connection_each_and_keep_it() -> None:
    rounds = race_in_rounds(lambda number: [backend] * 32, 2)

    assert rounds[0] == rounds[1]
    assert rounds[0][:16] == rounds[0][16:]
    assert len(set(rounds[0])) == 16


@pytest.mark.django_db(transaction=True)
def test_a_round_begins_when_the_one_before_has_ended() -> None:
    done: list[int] = []

    race_in_rounds(lambda number: [lambda: done.append(number)] * 16, 5)

    assert done == sorted(done)


@pytest.mark.django_db(transaction=True)
def test_the_watch_sees_points_and_money_adrift(alice):
    turn_on("loyalty")
    give_points(alice, 100)
    give_card(alice, 1000)
    drop_guards()

    with watching() as watch:
        PointAccount.objects.update(balance=101)
        GiftCard.objects.update(balance=999)

    assert watch.lies >= {
        "points: balances less entries: 1",
        "points: accounts that differ from their own entries: 1",
        "cards: balances less entries: -1",
    }
