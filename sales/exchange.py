"""Choosing a gift card by points: one act that takes the points and makes the card.

Never a card without a debit nor a debit without a card (reliability F28): both stand in one
transaction with the sale line that ties them.
"""

from __future__ import annotations

from django.db import transaction

from business.features import lock_features, require_feature
from business.profile import get_business
from clients.models import Client
from clients.people import lock_client
from foundation import clock
from foundation.form_tokens import once
from foundation.models import User
from giftcards.cards import issue_card
from giftcards.models import CardOrigin, GiftCard, GiftCardType
from loyalty.errors import RewardGone
from loyalty.models import Reward
from loyalty.points import spend_points
from notifications.outbox import nudge_sending, queue_message
from sales.models import LineKind, Sale, SaleLine, SaleState


def exchange_points_for_card(
    *,
    client: Client,
    card_type: GiftCardType,
    form_token: str,
    actor: User | None,
    expected_points: int | None = None,
) -> GiftCard:
    """Take the points that ``card_type`` costs and issue the card to the client.

    The form's token names the fact: a double click buys one card and returns it twice.
    ``expected_points`` is the price that was shown; a price changed meanwhile is refused.
    Raises InsufficientPoints, RewardGone, FeatureOff, FormAlreadyUsed, ClientGone.
    """
    with transaction.atomic():
        features = lock_features()
        content = [client.pk, card_type.pk, expected_points]
        with once(token=form_token, purpose="exchange", content=content) as use:
            if use.result:
                return GiftCard.objects.get(pk=int(use.result))
            require_feature(features, "loyalty")
            require_feature(features, "gift_cards")
            lock_client(client.pk)
            reward = _reward_for(card_type, expected_points)
            entry = spend_points(
                client=client,
                reward=reward,
                points=reward.points or 0,
                key=f"form:{form_token}:spend",
                actor=actor,
            )
            card = issue_card(
                card_type=card_type,
                owner=client,
                origin=CardOrigin.POINTS,
                key=f"form:{form_token}:issue",
                actor=actor,
            )
            _record_sale(client, card, entry.pk, actor)
            queue_message(
                kind="gift_card_delivery",
                client=client,
                subjects={"card": card.pk},
                dedupe_key=f"card:{card.pk}:delivery",
            )
            use.result = str(card.pk)
        nudge_sending()
    return card


def _reward_for(card_type: GiftCardType, expected_points: int | None) -> Reward:
    reward = (
        Reward.objects.select_related("gift_card_type")
        .filter(
            gift_card_type=card_type,
            enabled=True,
            gift_card_type__archived_at__isnull=True,
            gift_card_type__shown_online=True,
        )
        .first()
    )
    if reward is None or not reward.points:
        raise RewardGone
    if expected_points is not None and reward.points != expected_points:
        raise RewardGone
    return reward


def _record_sale(client: Client, card: GiftCard, entry_id: int, actor: User | None) -> None:
    at = clock.now()
    sale = Sale.objects.create(
        client=client,
        state=SaleState.COMPLETED,
        currency=get_business().currency,
        created_by=actor,
        created_at=at,
        completed_at=at,
    )
    SaleLine.objects.create(
        sale=sale,
        kind=LineKind.GIFT_CARD,
        gift_card=card,
        spend_entry_id=entry_id,
        amount_minor=0,
    )
