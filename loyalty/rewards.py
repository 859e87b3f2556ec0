"""What points can buy, and how far somebody is from it."""

from __future__ import annotations

from dataclasses import dataclass

from business.features import get_features
from business.models import Features
from giftcards.models import GiftCardType
from loyalty.models import Reward


@dataclass(frozen=True)
class Goal:
    """The nearest thing that is not affordable yet. ``points`` needed, ``missing`` of them."""

    card_type: GiftCardType
    points: int
    missing: int


def offered_rewards() -> list[Reward]:
    """Rewards that can be chosen now, the cheapest first."""
    rewards = Reward.objects.filter(
        enabled=True,
        points__isnull=False,
        gift_card_type__archived_at__isnull=True,
        gift_card_type__shown_online=True,
    )
    return list(rewards.select_related("gift_card_type").order_by("points", "pk"))


def gift_card_rewards(features: Features | None = None) -> dict[int, int]:
    """Points needed by gift card type id; empty while loyalty or gift cards are off."""
    features = features or get_features()
    if not (features.loyalty and features.gift_cards):
        return {}
    return {reward.gift_card_type_id: reward.points or 0 for reward in offered_rewards()}


def missing_points(*, needed: int, balance: int) -> int:
    """Points that are missing; 0 when there are enough."""
    return max(needed - balance, 0)


def next_goal(balance: int) -> Goal | None:
    """The cheapest reward that ``balance`` does not reach yet."""
    for reward in offered_rewards():
        needed = reward.points or 0
        if needed > balance:
            return Goal(reward.gift_card_type, needed, needed - balance)
    return None
