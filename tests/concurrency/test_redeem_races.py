"""Choosing a card by points against everything else that wants the points (F28, F38)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, models

from business.errors import FeatureOff
from business.features import get_features
from business.models import Features
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.locks import violated_constraint
from foundation.models import User
from giftcards.models import GiftCard, GiftCardType
from loyalty import points
from loyalty.errors import BelowZero, InsufficientPoints
from loyalty.models import PointEntry
from loyalty.points import adjust_points, balance_of
from sales import exchange
from sales.exchange import exchange_points_for_card
from sales.features import switch_feature
from tests.concurrency.contests import affordable, contest, flat, kinds, violations
from tests.concurrency.racing import (
    CONNECTIONS,
    PATIENCE,
    Operation,
    lost,
    race,
    wait_until_somebody_waits,
    won,
)
from tests.factories import RewardFactory, UserFactory, give_points, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

PRICE = 100


@pytest.fixture
def hundred(db: None) -> GiftCardType:
    """A card for 100 points; loyalty is on."""
    turn_on("loyalty")
    return RewardFactory(points=PRICE).gift_card_type


@pytest.fixture
def owner(db: None) -> User:
    return UserFactory(is_superuser=True)


def chooser(client: Client, card_type: GiftCardType, token: str = "") -> Operation:
    token = token or new_form_token()
    return lambda: exchange_points_for_card(
        client=client, card_type=card_type, form_token=token, actor=None
    )


def deducter(client: Client, actor: User) -> Operation:
    token = new_form_token()
    return lambda: adjust_points(
        client=client,
        amount=-PRICE,
        description="A correction",
        form_token=token,
        actor=actor,
        tell_client=False,
    )


def test_one_balance_is_spent_to_its_last_point(alice: Client, hundred: GiftCardType) -> None:
    many = affordable("one balance, many spends")
    give_points(alice, many * PRICE + PRICE - 1)

    outcomes = flat(
        contest(
            "one balance, many spends",
            lambda number: [chooser(alice, hundred) for _ in range(80)],
            per_round=80,
        )
    )

    assert kinds(won(outcomes)) == {"GiftCard": many}
    assert {type(error) for error in lost(outcomes)} == {InsufficientPoints}
    assert (balance_of(alice), GiftCard.objects.count()) == (PRICE - 1, many)


def test_corrections_and_cards_share_one_balance(
    alice: Client, hundred: GiftCardType, owner: User
) -> None:
    many = affordable("adjust against redeem")
    give_points(alice, many * PRICE)

    def plan(number: int) -> list[Operation]:
        # By turns a racer deducts and chooses, so that either may be the first of a round.
        return [
            (chooser(alice, hundred), deducter(alice, owner))[(n + n // CONNECTIONS) % 2]
            for n in range(80)
        ]

    outcomes = flat(contest("adjust against redeem", plan, per_round=80))

    made = kinds(won(outcomes))
    assert made["GiftCard"] + made["PointEntry"] == many
    assert {type(error) for error in lost(outcomes)} == {BelowZero, InsufficientPoints}
    assert (balance_of(alice), GiftCard.objects.count()) == (0, made["GiftCard"])


def test_one_form_is_one_card_however_often_it_is_sent(
    alice: Client, hundred: GiftCardType
) -> None:
    give_points(alice, 100 * PRICE)

    def plan(number: int) -> list[Operation]:
        return [chooser(alice, hundred, new_form_token())] * CONNECTIONS

    outcomes = contest("one form sent many times", plan)

    assert [len({card.pk for card in round_}) for round_ in outcomes] == [1] * len(outcomes)
    assert GiftCard.objects.count() == len(outcomes)
    assert balance_of(alice) == (100 - len(outcomes)) * PRICE


def test_no_card_is_chosen_once_loyalty_is_off(alice: Client, hundred: GiftCardType) -> None:
    """Whoever turns it off knows: what is spent by then is all that is spent."""
    give_points(alice, 1000 * PRICE)

    def turn_off_and_count() -> int:
        switch_feature(code="loyalty", on=False, actor=None)
        return PointEntry.objects.filter(kind="spend").count()

    def plan(number: int) -> list[Operation]:
        turn_on("loyalty")
        racers = [chooser(alice, hundred) for _ in range(CONNECTIONS - 1)]
        racers.insert(number % CONNECTIONS, turn_off_and_count)
        return racers

    outcomes = contest("feature off against redeem", plan)

    spent = 0
    for round_ in outcomes:
        spent += len([each for each in round_ if isinstance(each, GiftCard)])
        assert [each for each in round_ if isinstance(each, int)] == [spent]
        assert {type(error) for error in lost(round_)} <= {FeatureOff}
    assert PointEntry.objects.filter(kind="spend").count() == spent == GiftCard.objects.count()


# --- the protections off ----------------------------------------------------------------------


@contextmanager
def without_locks(racers: int) -> Iterator[None]:
    """Neither the client nor the account is locked, and all have read before anybody writes."""
    everybody_read = threading.Barrier(racers)

    def read_then_wait(queryset: models.QuerySet[Any], pk: int) -> Any:
        found = queryset.get(pk=pk)
        everybody_read.wait(PATIENCE)
        return found

    def unlocked(pk: int) -> Client:
        return Client.objects.get(pk=pk)

    with (
        mock.patch.object(exchange, "lock_client", unlocked),
        mock.patch.object(points, "lock_client", unlocked),
        # The lock that a spend in one statement takes cannot be left out: go step by step.
        mock.patch.object(points, "spend_at_once", return_value=None),
        mock.patch.object(points, "lock_one", read_then_wait),
    ):
        yield


def test_without_the_lock_the_database_refuses_card_or_correction(
    alice: Client, hundred: GiftCardType, owner: User
) -> None:
    give_points(alice, PRICE)

    with without_locks(2):
        results = race(chooser(alice, hundred), deducter(alice, owner))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) == "point_entry_sequence_once"
    assert balance_of(alice) == 0
    assert violations() == []


def test_without_the_token_the_keys_refuse_the_second_card(
    alice: Client, hundred: GiftCardType
) -> None:
    """Behind the form's token stand the keys that it names: the debit and the card are found
    under them, and the sale line that ties the two is refused a second time."""
    give_points(alice, 5 * PRICE)
    token = new_form_token()

    @contextmanager
    def careless(**content: Any) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(result="")

    with mock.patch.object(exchange, "once", careless):
        results = race(chooser(alice, hundred, token), chooser(alice, hundred, token))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert (balance_of(alice), GiftCard.objects.count()) == (4 * PRICE, 1)
    assert violations() == []


def test_turning_loyalty_off_waits_for_who_is_choosing(
    alice: Client, hundred: GiftCardType
) -> None:
    give_points(alice, PRICE)
    assert _spent_after_it_was_off(alice, hundred) == 0


def test_without_the_lock_on_switches_a_card_is_chosen_while_loyalty_is_off(
    alice: Client, hundred: GiftCardType
) -> None:
    give_points(alice, PRICE)
    with mock.patch.object(exchange, "lock_features", get_features):
        assert _spent_after_it_was_off(alice, hundred) == 1


def _spent_after_it_was_off(client: Client, card_type: GiftCardType) -> int:
    """How many cards are chosen after loyalty went off, by somebody who saw it on before."""
    seen_on, is_off = threading.Event(), threading.Event()

    def see_then_wait(features: Features, code: str) -> None:
        assert getattr(features, code)
        seen_on.set()
        # With the lock the switch waits for us and never says that it is off.
        if features_are_locked:
            wait_until_somebody_waits()
        else:
            assert is_off.wait(PATIENCE)

    features_are_locked = exchange.lock_features is not get_features

    def turn_off() -> int:
        assert seen_on.wait(PATIENCE)
        switch_feature(code="loyalty", on=False, actor=None)
        before = PointEntry.objects.filter(kind="spend").count()
        is_off.set()
        return before

    with mock.patch.object(exchange, "require_feature", see_then_wait):
        before, card = race(turn_off, chooser(client, card_type))
    assert isinstance(card, GiftCard)
    assert isinstance(before, int)
    return PointEntry.objects.filter(kind="spend").count() - before
