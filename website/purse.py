"""What a client owns in points and gift cards, gathered for the pages that show it.

Only reads: every number comes from the ledgers' own functions.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpRequest

from clients.models import Client
from foundation import clock
from giftcards.models import CardEntry, CardKind, GiftCard, GiftCardType
from giftcards.terms import is_usable
from loyalty.history import expected_at, explain_award, on_the_way
from loyalty.points import balance_of
from loyalty.rewards import Goal, gift_card_rewards, missing_points, next_goal
from website.visitors import business_of, features_of


@dataclass(frozen=True)
class Coming:
    """Points on the way, what explains them, and the hour that the client was told."""

    points: int
    why: str
    at: dt.datetime


@dataclass(frozen=True)
class Purse:
    """A client's points. ``frozen``: kept, but nothing is earned or spent (loyalty is off). Who is
    left out of the programme is shown none."""

    balance: int
    frozen: bool
    coming: list[Coming]
    goal: Goal | None
    enough_for_something: bool

    @property
    def coming_points(self) -> int:
        return sum(each.points for each in self.coming)

    @property
    def shown_on_meter(self) -> int:
        """The meter has no room below zero (an award that was taken back may lead there)."""
        return max(self.balance, 0)


def purse_of(request: HttpRequest, client: Client) -> Purse:
    """Balance, what is on the way and the next goal. A fixed number of queries."""
    features = features_of(request)
    balance = balance_of(client) if client.left_out_at is None else 0
    if not features.loyalty:
        return Purse(balance, frozen=True, coming=[], goal=None, enough_for_something=False)
    costs = gift_card_rewards(features).values()
    business = business_of(request)
    coming = [
        Coming(
            points=award.points,
            why=explain_award(award, business),
            at=expected_at(award, business),
        )
        for award in on_the_way(client)
    ]
    return Purse(
        balance=balance,
        frozen=False,
        coming=coming,
        goal=next_goal(balance, features) if costs else None,
        enough_for_something=any(points <= balance for points in costs),
    )


@dataclass(frozen=True)
class PointsOffer:
    """A gift card type as points see it. ``missing`` is None for a stranger."""

    card_type: GiftCardType
    points: int | None
    balance: int
    missing: int | None

    @property
    def enough(self) -> bool:
        return self.missing == 0

    @property
    def validity_years(self) -> int:
        """Whole years, or 0 where the term is better told in months."""
        years, months = divmod(self.card_type.validity_months, 12)
        return 0 if months else years

    @property
    def left_after(self) -> int:
        return self.balance - (self.points or 0)

    @property
    def shown_on_meter(self) -> int:
        return max(self.balance, 0)


def card_types_on_show() -> list[GiftCardType]:
    """What the shop shows, in the business's own order."""
    return list(GiftCardType.objects.filter(shown_online=True, archived_at__isnull=True))


def offers(request: HttpRequest, client: Client | None) -> list[PointsOffer]:
    """Every gift card type on show, with its cost in points where it has one."""
    features = features_of(request)
    costs = gift_card_rewards(features)
    balance = balance_of(client) if client is not None and costs else 0
    return [
        _offer(card_type, costs.get(card_type.pk), client, balance)
        for card_type in card_types_on_show()
    ]


def offer_of(request: HttpRequest, card_type: GiftCardType, client: Client) -> PointsOffer:
    """One gift card type; ``points`` is None where it cannot be chosen by points now."""
    costs = gift_card_rewards(features_of(request))
    return _offer(card_type, costs.get(card_type.pk), client, balance_of(client))


def affordable_first(found: list[PointsOffer]) -> list[PointsOffer]:
    """Those that points buy, the affordable ones in front and then the nearest."""
    for_points = [offer for offer in found if offer.points is not None]
    return sorted(
        for_points, key=lambda offer: (not offer.enough, offer.points, offer.card_type.pk)
    )


def _offer(
    card_type: GiftCardType, points: int | None, client: Client | None, balance: int
) -> PointsOffer:
    missing = None
    if client is not None and points is not None:
        missing = missing_points(needed=points, balance=balance)
    return PointsOffer(card_type, points, balance, missing)


@dataclass(frozen=True)
class ShownCard:
    """A gift card as its owner sees it. ``state``: usable, waiting, used, expired or closed."""

    card: GiftCard
    state: str
    since: dt.datetime | None = None
    code: str = ""

    @property
    def is_usable(self) -> bool:
        return self.state == "usable"


def shown(cards: list[GiftCard], *, codes: dict[int, str] | None = None) -> list[ShownCard]:
    """``cards`` with their states; one query for when the used-up ones were last used."""
    at = clock.now()
    states = {card.pk: _state(card, at) for card in cards}
    used = [pk for pk, state in states.items() if state == "used"]
    last_used: dict[int, dt.datetime] = {}
    if used:
        spent = CardEntry.objects.filter(card__in=used, kind=CardKind.SPEND).order_by("sequence")
        last_used = dict(spent.values_list("card_id", "created_at"))
    since = {
        card.pk: {
            "used": last_used.get(card.pk),
            "expired": card.expires_at,
            "closed": card.voided_at,
            "waiting": card.active_from,
        }.get(states[card.pk])
        for card in cards
    }
    return [
        ShownCard(card, states[card.pk], since[card.pk], (codes or {}).get(card.pk, ""))
        for card in cards
    ]


def _state(card: GiftCard, at: dt.datetime) -> str:
    if is_usable(card, at):
        return "usable"
    if card.voided_at is not None:
        return "closed"
    if at > card.expires_at:
        return "expired"
    return "waiting" if at < card.active_from else "used"
