"""Guards of gift cards that a repeat meets."""

from __future__ import annotations

import pytest

from clients.models import Client
from giftcards.cards import issue_card, void_card
from giftcards.codes import fold_code
from giftcards.models import CardOrigin, GiftCard
from tests.conftest import Clock
from tests.factories import GiftCardTypeFactory, give_card, turn_off

pytestmark = pytest.mark.django_db


def test_a_card_that_was_issued_is_found_while_gift_cards_are_off(alice: Client) -> None:
    card_type = GiftCardTypeFactory()

    def issue() -> GiftCard:
        return issue_card(
            card_type=card_type, owner=alice, origin=CardOrigin.DESK, key="form:x:issue", actor=None
        )

    first = issue()
    turn_off("gift_cards")

    assert issue() == first


def test_voiding_again_leaves_the_first_hour(alice: Client, clock: Clock) -> None:
    card = give_card(alice)

    def void() -> GiftCard:
        return void_card(card_id=card.pk, key="form:v", actor=None, description="Lost")

    first = void()
    clock.advance(hours=1)

    assert void().voided_at == first.voided_at


def test_what_is_far_too_long_is_no_code() -> None:
    assert fold_code("7K3M-9QXA-02TB-WHZN" + " " * 64) is None
