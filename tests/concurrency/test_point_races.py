"""One balance, many hands. Each race has a twin with its lock off that shows what the lock is
for, or that the database refuses without it."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from unittest import mock

import pytest
from django.db import IntegrityError, models

from clients.models import Client
from foundation import clock as project_clock
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard, GiftCardType
from loyalty import points
from loyalty.errors import InsufficientPoints
from loyalty.models import Award, AwardState, PointAccount, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales import exchange
from sales.exchange import exchange_points_for_card
from sales.visits import cancel_visit
from tests.concurrency.racing import lost, race, won
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_points,
    turn_on,
)

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

RACERS = 8


@pytest.fixture
def fifty(db: None) -> GiftCardType:
    turn_on("loyalty")
    return RewardFactory(points=500).gift_card_type


def chooser(client: Client, card_type: GiftCardType, token: str = "") -> Callable[[], GiftCard]:
    return lambda: exchange_points_for_card(
        client=client, card_type=card_type, form_token=token or new_form_token(), actor=None
    )


def test_one_balance_is_spent_once(alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 820)

    results = race(*[chooser(alice, fifty) for _ in range(RACERS)])

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {InsufficientPoints}
    assert (balance_of(alice), GiftCard.objects.count()) == (320, 1)


def _unlocked(queryset: models.QuerySet[PointAccount], pk: int) -> PointAccount:
    return queryset.get(pk=pk)


def test_without_the_lock_the_database_refuses_the_second_spend(
    alice: Client, fifty: GiftCardType
) -> None:
    """The twin: everybody reads 820 and decides yes; the entry's sequence stops all but one,
    and no longer with a sentence that a person can read."""
    give_points(alice, 820)
    account = PointAccount.objects.get(client=alice)
    everybody_read = threading.Barrier(RACERS)

    def read_then_wait(queryset: models.QuerySet[PointAccount], pk: int) -> PointAccount:
        found = _unlocked(queryset, pk)
        everybody_read.wait(10)
        return found

    # The client's row is locked as well, for another reason: that lock is off here too.
    unlocked_client = mock.patch.object(
        exchange, "lock_client", lambda pk: Client.objects.get(pk=pk)
    )
    # And a spend in one statement takes its lock inside it: here it goes step by step.
    step_by_step = mock.patch.object(points, "spend_at_once", return_value=None)
    with unlocked_client, step_by_step, mock.patch.object(points, "lock_one", read_then_wait):
        results = race(*[chooser(alice, fifty) for _ in range(RACERS)])

    account.refresh_from_db()
    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {IntegrityError}
    assert (account.balance, GiftCard.objects.count()) == (320, 1)


def test_one_form_sent_many_times_at_once_buys_one_card(alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 5000)
    token = new_form_token()

    results = race(*[chooser(alice, fifty, token) for _ in range(RACERS)])

    assert lost(results) == []
    assert len({card.pk for card in won(results)}) == 1
    assert balance_of(alice) == 4500


@pytest.fixture
def due_visits(alice: Client, bob: Client, clock: Clock) -> list[Award]:
    """Forty visits of two clients, all due."""
    turn_on("loyalty")
    providers = [ProviderFactory() for _ in range(5)]
    service = ServiceFactory(providers=providers)
    EarningRuleFactory(service=service, points=60)
    start = dt.datetime(2025, 11, 5, 7, 0, tzinfo=dt.UTC)
    for number in range(40):
        book(
            (alice, bob)[number % 2],
            service,
            start + dt.timedelta(hours=number // 5),
            provider=providers[number % 5],
        )
    clock.advance(days=3)
    return list(Award.objects.order_by("pk"))


def test_many_sweeps_at_once_credit_each_award_once(
    alice: Client, bob: Client, due_visits: list[Award]
) -> None:
    results = race(*[lambda: credit_due_awards(chunk=7) for _ in range(4)])

    assert lost(results) == []
    assert sum(result.credited for result in results) == len(due_visits)
    assert PointEntry.objects.filter(kind="earn").count() == len(due_visits)
    assert (balance_of(alice), balance_of(bob)) == (1200, 1200)


def test_cancel_and_credit_at_once_agree_on_one_order(
    alice: Client, bob: Client, due_visits: list[Award]
) -> None:
    """F29: cancelled first, no credit; credited first, a withdrawal. Never points for nothing."""
    visits = [award.booking.visit for award in due_visits]

    results = race(
        lambda: credit_due_awards(chunk=3),
        lambda: credit_due_awards(chunk=5),
        lambda: [cancel_visit(visit=visit, actor=None) for visit in visits[:20]],
        lambda: [cancel_visit(visit=visit, actor=None) for visit in reversed(visits[20:])],
    )

    assert lost(results) == []
    states = set(Award.objects.values_list("state", flat=True))
    assert states <= {AwardState.DROPPED, AwardState.WITHDRAWN}
    assert (balance_of(alice), balance_of(bob)) == (0, 0)


def test_the_clock_of_these_tests_is_shared_by_the_threads(clock: Clock) -> None:
    assert race(project_clock.now, project_clock.now) == [clock.now, clock.now]
