"""What points can buy, how far somebody is from it, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.models import STANDING, Booking
from business.features import get_features
from business.models import Business, Features
from clients.models import Client
from foundation.money import minor_digits
from foundation.writing import write_day, write_weekdays
from giftcards.models import GiftCardType
from loyalty.models import ANY_DAY, Reward

ITEM_FIELDS = ("gift_card_type", "service", "product")
# What a movement's reward is, loaded with it.
ITEMS = tuple(f"reward__{item}" for item in ITEM_FIELDS)


@dataclass(frozen=True)
class Goal:
    """The nearest thing that is not affordable yet. ``points`` needed, ``missing`` of them."""

    card_type: GiftCardType
    points: int
    missing: int


def offered_card_types(features: Features | None = None) -> dict[GiftCardType, int]:
    """Gift card types that can be chosen by points now and what they need, the cheapest first;
    none while loyalty or gift cards are off."""
    features = features or get_features()
    if not (features.loyalty and features.gift_cards):
        return {}
    rewards = Reward.objects.filter(
        enabled=True,
        points__isnull=False,
        gift_card_type__archived_at__isnull=True,
        gift_card_type__shown_online=True,
    )
    found = rewards.select_related("gift_card_type").order_by("points", "pk")
    return {one.gift_card_type: one.points or 0 for one in found if one.gift_card_type}


def gift_card_rewards(features: Features | None = None) -> dict[int, int]:
    """Points needed by gift card type id; empty while loyalty or gift cards are off."""
    return {kind.pk: points for kind, points in offered_card_types(features).items()}


def missing_points(*, needed: int, balance: int) -> int:
    """Points that are missing; 0 when there are enough."""
    return max(needed - balance, 0)


def next_goal(balance: int, features: Features | None = None) -> Goal | None:
    """The cheapest gift card that ``balance`` does not reach yet."""
    for card_type, needed in offered_card_types(features).items():
        if needed > balance:
            return Goal(card_type, needed, needed - balance)
    return None


# --- rewards of services and products -------------------------------------------------------------


def all_rewards() -> QuerySet[Reward]:
    """Every reward with its item loaded, the cheapest first."""
    return Reward.objects.select_related(*ITEM_FIELDS).order_by("points", "pk")


def service_rewards(*, online: bool = False) -> list[Reward]:
    """The rewards of services that are given now, the cheapest first, with their people loaded;
    ``online``: those that clients may book on the website. None while loyalty is off."""
    found = _given("service")
    if online:
        found = found.filter(online=True, service__online=True)
    return list(found.prefetch_related("providers"))


def product_rewards() -> list[Reward]:
    """The rewards of products that are given now, the cheapest first. None while loyalty is off."""
    return list(_given("product"))


def _given(item: str) -> QuerySet[Reward]:
    if not get_features().loyalty:
        return Reward.objects.none()
    there = {f"{item}__isnull": False, f"{item}__archived_at__isnull": True}
    return all_rewards().filter(enabled=True, points__isnull=False, **there)


def suggest_points(price_minor: int, business: Business) -> int:
    """Price × factor, in whole units of the currency, at least 1: what a reward should cost.

    The rule of thumb of Phorest's TreatCard guide is a factor of 14.
    """
    unit = 10 ** minor_digits(business.currency)
    return max(1, price_minor * business.reward_factor // unit)


def services_had(client: Client, *, besides_visit: int | None = None) -> set[int]:
    """Ids of the services that the client has had or has booked; those of one visit not counted."""
    had = Booking.objects.filter(visit__client=client, status__in=STANDING)
    if besides_visit is not None:
        had = had.filter(~Q(visit=besides_visit))
    return set(had.values_list("service_id", flat=True).distinct())


def in_the_way(
    reward: Reward,
    *,
    day: dt.date | None,
    provider_id: int | None,
    had: Collection[int],
    had_products: Collection[int] = (),
) -> str:
    """Why ``reward`` cannot be had on ``day`` (of the business's calendar) with that provider, in
    a few words; "" where nothing is in the way.

    What is not known yet (None) is not held against it. ``had``, ``had_products``: ids of what the
    client has had. A balance that is too low is not looked at. Two queries at most, none with
    people prefetched.
    """
    if not reward.enabled or not reward.points or reward.item.archived_at is not None:
        return _("Not offered now")
    if reward.first_time_only and (reward.service_id in had or reward.product_id in had_products):
        return _("First time only")
    if day is not None:
        if not reward.weekdays >> day.weekday() & 1:
            return _("Only on %(days)s") % {"days": write_weekdays(weekdays_of(reward))}
        if reward.first_day is not None and day < reward.first_day:
            return _("From %(day)s on") % {"day": write_day(reward.first_day)}
        if reward.last_day is not None and day > reward.last_day:
            return _("Only until %(day)s") % {"day": write_day(reward.last_day)}
    if provider_id is not None:
        people = list(reward.providers.all())
        if people and provider_id not in {each.pk for each in people}:
            return _("Only with %(names)s") % {"names": ", ".join(each.name for each in people)}
    return ""


def weekdays_of(reward: Reward) -> list[int]:
    """The weekdays on which it is given, Monday as 0; none where it is every day."""
    if reward.weekdays == ANY_DAY:
        return []
    return [number for number in range(7) if reward.weekdays >> number & 1]
