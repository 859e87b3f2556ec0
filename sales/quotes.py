"""What will happen, before anybody presses the button: prices, cards, and what a cancel does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from bookings.models import Booking, Visit
from giftcards.models import GiftCard
from loyalty.models import ON_THE_WAY, Award, AwardState
from sales.models import Payment
from sales.payments import plan_cards, usable_in_order
from sales.rewards import points_taken


@dataclass(frozen=True)
class CardLine:
    card: GiftCard
    pays_minor: int


@dataclass(frozen=True)
class Quote:
    """A price, what gift cards pay of it, and what is left, in minor units."""

    total_minor: int
    card_lines: list[CardLine]
    by_cards_minor: int
    left_minor: int


@dataclass(frozen=True)
class Effects:
    """What cancelling does: points on the way that will not come, points taken back, points of
    rewards that return, and amounts that return to gift cards (last four characters, minor
    units)."""

    points_dropped: int
    points_withdrawn: int
    points_returned: int
    card_returns: list[tuple[str, int]]


def usable_cards(card_ids: Sequence[int]) -> list[GiftCard]:
    """The cards with these ids that can pay now, in the order given."""
    return usable_in_order(GiftCard.objects.in_bulk(list(card_ids)), card_ids)


def quote(*, price_minor: int, card_ids: Sequence[int]) -> Quote:
    """The price box: reads only, locks nothing."""
    plan = plan_cards(usable_cards(card_ids), price_minor)
    by_cards = sum(pays for _card, pays in plan)
    lines = [CardLine(card, pays) for card, pays in plan]
    return Quote(price_minor, lines, by_cards, price_minor - by_cards)


def cancellation_effects(visit: Visit) -> Effects:
    """The row of ux 2.0.9 for this visit, as it would be now."""
    return effects_of(visit.bookings.all())


def effects_of(bookings: QuerySet[Booking]) -> Effects:
    """What cancelling these bookings, the whole of their visits, would do to points and cards."""
    awards = Award.objects.filter(booking__in=bookings).values_list("state", "points")
    payments = Payment.objects.filter(
        sale__visit__in=bookings.values("visit"), refunds__isnull=True, refunded_by__isnull=True
    ).select_related("card_entry__card")
    return Effects(
        points_dropped=sum(points for state, points in awards if state in ON_THE_WAY),
        points_withdrawn=sum(points for state, points in awards if state == AwardState.CREDITED),
        points_returned=points_taken(bookings),
        card_returns=[
            (payment.card_entry.card.last_four, payment.amount_minor)
            for payment in payments.order_by("pk")
            if payment.card_entry is not None
        ],
    )
