"""Locks on gift cards, and one fact recorded by two at once."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Service
from clients.models import Client
from foundation import clock
from foundation.form_tokens import new_form_token
from giftcards.cards import issue_card, return_to_card, spend_card, void_card
from giftcards.errors import CardShort
from giftcards.models import CardEntry, CardOrigin, GiftCard
from sales.errors import CardUsed
from sales.issuing import void_card_by_hand
from tests.factories import GiftCardTypeFactory, UserFactory, book, give_card
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]


@pytest.fixture
def card(alice: Client) -> GiftCard:
    """50.00 on it."""
    return give_card(alice, 5000)


def spend(card: GiftCard, amount: int, key: str = "rival") -> CardEntry:
    return spend_card(card_id=card.pk, amount_minor=amount, key=key, actor=None)


def test_spending_reads_what_is_left_on_the_card(card: GiftCard) -> None:
    outcome = after_rival(lambda: spend(card, 4000), lambda: spend(card, 5000, "sale:1"))

    assert isinstance(outcome.result, CardShort)
    assert outcome.result.left_minor == 1000


def test_returning_follows_who_was_first(card: GiftCard) -> None:
    spent = spend(card, 1000, "sale:1")

    outcome = after_rival(
        lambda: spend(card, 500),
        lambda: return_to_card(entry=spent, key="sale:1:return", actor=None),
    )

    assert outcome.result.balance_after == 4500


def test_voiding_writes_off_what_is_left(card: GiftCard) -> None:
    outcome = after_rival(
        lambda: spend(card, 4000),
        lambda: void_card(card_id=card.pk, key="form:v", actor=None, description="Lost"),
    )

    assert outcome.result.balance == 0
    assert CardEntry.objects.get(kind="void").amount == -1000


def test_voiding_by_hand_sees_that_the_card_was_used(card: GiftCard) -> None:
    outcome = after_rival(
        lambda: spend(card, 4000),
        lambda: void_card_by_hand(
            card=card,
            form_token=new_form_token(),
            description="Lost",
            actor=UserFactory(is_superuser=True),
        ),
    )

    assert isinstance(outcome.result, CardUsed)


def test_booking_pays_with_what_is_left_on_the_card(
    alice: Client, card: GiftCard, massage: Service
) -> None:
    at = clock.now() + dt.timedelta(days=1)

    outcome = after_rival(
        lambda: spend(card, 4000), lambda: book(alice, massage, at, card_ids=(card.pk,))
    )

    assert outcome.result.sale.paid_minor == 1000


def test_one_card_issued_by_two_at_once_is_one(alice: Client) -> None:
    card_type = GiftCardTypeFactory()

    def issue() -> GiftCard:
        return issue_card(
            card_type=card_type, owner=alice, origin=CardOrigin.DESK, key="form:x:issue", actor=None
        )

    outcome = after_rival(issue, issue)

    assert outcome.waited
    assert outcome.result == GiftCard.objects.get()
