"""Points for a gift card, cards by hand, and switches: whole or not at all."""

from __future__ import annotations

from unittest import mock

import pytest

from business.errors import FeatureExcluded, FeatureNeedsOthers, FeatureOff
from clients.models import Client
from foundation import clock
from foundation.errors import FormAlreadyUsed, NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import CardOrigin, GiftCard, GiftCardType
from loyalty.errors import DescriptionMissing, InsufficientPoints, RewardGone
from loyalty.models import PointEntry, Reward
from loyalty.points import balance_of
from notifications.models import Message
from sales import exchange
from sales.errors import CardTypeGone, CardUsed
from sales.exchange import exchange_points_for_card
from sales.features import switch_feature
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.models import SaleLine
from tests.factories import RewardFactory, give_card, give_points, turn_off, turn_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def fifty(db: None) -> GiftCardType:
    """A card of 50.00 for 500 points; loyalty is on."""
    turn_on("loyalty")
    reward = RewardFactory(points=500)
    return reward.gift_card_type


def choose(client: Client, card_type: GiftCardType, token: str | None = None) -> GiftCard:
    return exchange_points_for_card(
        client=client,
        card_type=card_type,
        form_token=token or new_form_token(),
        actor=client.user,
    )


def test_exchange_takes_the_points_and_gives_the_card(alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 820)

    card = choose(alice, fifty)

    line = SaleLine.objects.get()
    assert (card.owner, card.origin, card.balance) == (alice, CardOrigin.POINTS, 5000)
    assert (line.gift_card, line.amount_minor) == (card, 0)
    assert line.spend_entry is not None
    assert (line.spend_entry.amount, balance_of(alice)) == (-500, 320)
    assert [(m.kind, m.subjects) for m in Message.objects.all()] == [
        ("gift_card_delivery", {"card": card.pk})
    ]


def test_exchange_by_a_double_click_buys_one_card(alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 1000)
    token = new_form_token()

    assert choose(alice, fifty, token) == choose(alice, fifty, token)

    assert (GiftCard.objects.count(), balance_of(alice)) == (1, 500)


def test_exchange_of_the_same_form_for_another_card_is_refused(
    alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 1000)
    other = RewardFactory(points=100).gift_card_type
    token = new_form_token()
    choose(alice, fifty, token)

    with pytest.raises(FormAlreadyUsed):
        choose(alice, other, token)


def test_exchange_with_too_few_points_says_how_many_are_missing(
    alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 340)

    with pytest.raises(InsufficientPoints) as refusal:
        choose(alice, fifty)

    assert refusal.value.missing == 160
    assert (GiftCard.objects.count(), balance_of(alice)) == (0, 340)


def test_exchange_that_dies_halfway_leaves_neither_debit_nor_card(
    alice: Client, fifty: GiftCardType
) -> None:
    """F28."""
    give_points(alice, 820)

    dies = mock.patch.object(exchange, "issue_card", side_effect=RuntimeError)
    with dies, pytest.raises(RuntimeError):
        choose(alice, fifty)

    assert (GiftCard.objects.count(), balance_of(alice)) == (0, 820)


@pytest.mark.parametrize("change", [{"enabled": False}, {"points": None, "enabled": False}])
def test_exchange_of_a_card_no_longer_offered_is_refused(
    alice: Client, fifty: GiftCardType, change: dict[str, object]
) -> None:
    give_points(alice, 820)
    Reward.objects.update(**change)

    with pytest.raises(RewardGone):
        choose(alice, fifty)


def test_exchange_at_another_price_than_shown_is_refused(
    alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 820)

    with pytest.raises(RewardGone):
        exchange_points_for_card(
            client=alice,
            card_type=fifty,
            form_token=new_form_token(),
            actor=None,
            expected_points=400,
        )


@pytest.mark.parametrize("feature", ["loyalty", "gift_cards"])
def test_exchange_is_refused_while_a_feature_is_off(
    alice: Client, fifty: GiftCardType, feature: str
) -> None:
    give_points(alice, 820)
    turn_off(feature)

    with pytest.raises(FeatureOff):
        choose(alice, fifty)

    assert balance_of(alice) == 820


def test_issue_by_hand_makes_one_card_and_mails_the_owner(
    alice: Client, daisy: User, fifty: GiftCardType
) -> None:
    token = new_form_token()

    cards = {
        issue_card_by_hand(
            card_type=fifty, owner=alice, form_token=token, description="Raffle", actor=daisy
        )
        for _ in range(2)
    }

    (card,) = cards
    entry = card.entries.get()
    assert (card.origin, entry.description, entry.actor) == (CardOrigin.DESK, "Raffle", daisy)
    assert Message.objects.get().kind == "gift_card_delivery"


def test_issue_by_hand_needs_the_right_and_a_reason(
    alice: Client, pavel: User, daisy: User, fifty: GiftCardType
) -> None:
    with pytest.raises(NotAllowed):
        issue_card_by_hand(
            card_type=fifty, owner=None, form_token=new_form_token(), description="x", actor=pavel
        )
    with pytest.raises(DescriptionMissing):
        issue_card_by_hand(
            card_type=fifty, owner=None, form_token=new_form_token(), description=" ", actor=daisy
        )


def test_issue_by_hand_of_an_archived_type_is_refused(daisy: User, fifty: GiftCardType) -> None:
    GiftCardType.objects.update(archived_at=clock.now())

    with pytest.raises(CardTypeGone):
        issue_card_by_hand(
            card_type=fifty, owner=None, form_token=new_form_token(), description="x", actor=daisy
        )


def void(card: GiftCard, actor: User) -> GiftCard:
    return void_card_by_hand(
        card=card, form_token=new_form_token(), description="Wrong amount", actor=actor
    )


def test_void_of_an_untouched_card_by_points_gives_the_points_back_once(
    alice: Client, maria: User, fifty: GiftCardType
) -> None:
    give_points(alice, 500)
    card = choose(alice, fifty)

    void(card, maria)
    void(card, maria)

    card.refresh_from_db()
    kinds = PointEntry.objects.order_by("sequence").values_list("kind", "amount")
    assert list(kinds) == [("adjust", 500), ("spend", -500), ("return", 500)]
    assert (card.balance, card.voided_at is not None, balance_of(alice)) == (0, True, 500)


def test_void_of_a_used_card_is_refused(alice: Client, maria: User, fifty: GiftCardType) -> None:
    from giftcards.cards import spend_card

    card = give_card(alice, 5000)
    spend_card(card_id=card.pk, amount_minor=1, key="k", actor=None)

    with pytest.raises(CardUsed):
        void(card, maria)


def test_switching_needs_the_owner_and_asks_before_it_turns_others_on(
    maria: User, olga: User
) -> None:
    turn_off("gift_cards")
    with pytest.raises(NotAllowed):
        switch_feature(code="loyalty", on=True, with_others=True, actor=maria)
    with pytest.raises(FeatureNeedsOthers) as question:
        switch_feature(code="loyalty", on=True, actor=olga)
    assert question.value.params["needed"] == ["coupons", "gift_cards"]

    features = switch_feature(code="loyalty", on=True, with_others=True, actor=olga)

    assert (features.loyalty, features.coupons, features.gift_cards) == (True, True, True)


@pytest.mark.parametrize(
    ("on", "other"), [("loyalty", "clean_history"), ("clean_history", "loyalty")]
)
def test_loyalty_and_clean_history_exclude_each_other(olga: User, on: str, other: str) -> None:
    switch_feature(code=on, on=True, with_others=True, actor=olga)

    with pytest.raises(FeatureExcluded):
        switch_feature(code=other, on=True, with_others=True, actor=olga)
