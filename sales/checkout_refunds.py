"""Refunding lines of a completed sale: money back the way it came, points as if it never was.

Whole lines go back. Of the payments the last one goes back first, each whole by a row that mirrors
it, and what is kept of it is paid anew in the same act (``payments.py``), so nothing ever goes
back above what was paid, by payment or by tender (F33). Points earned by a refunded booking are
taken back whole, points spent on a refunded reward return, a gift card that was sold and not used
is closed, and what was taken away is counted as there again. The booking itself stays: cancelling
is another decision.

Locks in the project's order: sale, class sessions, bookings, awards, gift cards by
id, point accounts, products by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from business.profile import get_business, local_today
from catalogue.models import Product
from foundation import clock
from foundation.errors import NotAllowed
from foundation.form_tokens import content_hash, once
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.cards import void_card
from giftcards.models import GiftCard
from loyalty.awards import lock_awards, undo_award
from loyalty.models import ON_THE_WAY, Award, AwardState, DropReason, PointEntry
from loyalty.points import return_points
from sales.checkout_lines import lock_whole
from sales.checkout_sums import lines_of, payments_of
from sales.errors import (
    AlreadyRefunded,
    CardUsed,
    NothingChosen,
    RefundChanged,
    RefundNotToday,
    SaleClosed,
)
from sales.models import Payment, Sale, SaleLine, SaleState
from sales.payments import plan_returns, return_part

TODAY, ANY_DAY = "sales.refund_todays_sales", "sales.refund_sales"


@dataclass(frozen=True)
class RefundEffects:
    """What refunding does: minor units in all and by payment, points on the way that will not
    come, points taken back, points that return, gift cards (last four) that are closed."""

    amount_minor: int
    returns: list[tuple[Payment, int]]
    points_dropped: int
    points_withdrawn: int
    points_returned: int
    cards_closed: list[str]

    @property
    def fingerprint(self) -> str:
        """Another one as soon as refunding would do something else."""
        returns = [[payment.pk, goes] for payment, goes in self.returns]
        points = [self.points_dropped, self.points_withdrawn, self.points_returned]
        return content_hash([self.amount_minor, returns, points, self.cards_closed])[:16]


def may_refund(sale: Sale, actor: User) -> bool:
    """Whether ``actor`` may refund lines of this sale now."""
    if sale.state != SaleState.COMPLETED or sale.number is None or sale.completed_at is None:
        return False
    if actor.has_perm(ANY_DAY):
        return True
    business = get_business()
    day = sale.completed_at.astimezone(business.zone).date()
    return actor.has_perm(TODAY) and day == local_today(business)


def refund_effects(sale: Sale, lines: Sequence[SaleLine]) -> RefundEffects:
    """What refunding ``lines`` would do now. Reads only."""
    amount = sum(line.amount_minor for line in lines)
    booked = [line.booking_id for line in lines if line.booking_id is not None]
    awards = Award.objects.filter(booking__in=booked).values_list("state", "points")
    spent = PointEntry.objects.filter(sale_line__in=lines, reversed_by__isnull=True)
    return RefundEffects(
        amount_minor=amount,
        returns=plan_returns(sale, sale.total_minor - amount),
        points_dropped=sum(points for state, points in awards if state in ON_THE_WAY),
        points_withdrawn=sum(points for state, points in awards if state == AwardState.CREDITED),
        points_returned=-sum(spent.values_list("amount", flat=True)),
        cards_closed=[line.gift_card.last_four for line in lines if line.gift_card is not None],
    )


def refund_lines(
    *, sale: Sale, line_ids: Sequence[int], seen: str | None, form_token: str, actor: User
) -> Sale:
    """Refund whole lines of a completed sale, once; a repeat of the form returns the sale.

    ``seen`` is the fingerprint of the effects that were shown. Raises NothingChosen,
    AlreadyRefunded, RefundChanged, CardUsed for a sold gift card that paid for something,
    CardNotUsable where a card that paid was voided, SaleClosed, NotAllowed, RefundNotToday.
    """
    if not (actor.has_perm(TODAY) or actor.has_perm(ANY_DAY)):
        raise NotAllowed
    content = [sale.pk, sorted(set(line_ids))]
    with transaction.atomic():
        locked, _bookings = lock_whole(sale)
        with once(token=form_token, purpose="refund", content=content) as use:
            if not use.result:
                lines = _check(locked, line_ids, actor)
                _lock_rest(locked, lines)
                effects = refund_effects(locked, lines)
                if seen is not None and seen != effects.fingerprint:
                    raise RefundChanged
                _give_back(locked, lines, effects, actor)
                use.result = str(locked.pk)
    return Sale.objects.get(pk=sale.pk)


def _check(sale: Sale, line_ids: Sequence[int], actor: User) -> list[SaleLine]:
    if sale.state != SaleState.COMPLETED or sale.number is None:
        raise SaleClosed
    if not may_refund(sale, actor):
        raise RefundNotToday
    lines = [line for line in lines_of(sale) if line.pk in set(line_ids)]
    if not lines:
        raise NothingChosen
    if any(line.refunded_at is not None for line in lines):
        raise AlreadyRefunded
    return lines


def _lock_rest(sale: Sale, lines: Sequence[SaleLine]) -> None:
    """Awards before cards, cards before point accounts: the project's order."""
    lock_awards([line.booking for line in lines if line.booking is not None])
    paid = {each.card_entry.card_id for each in payments_of(sale) if each.card_entry is not None}
    sold = {line.gift_card_id for line in lines if line.gift_card_id is not None}
    cards = lock_in_order(GiftCard.objects.all(), paid | sold)
    for card_id in sold:
        card = cards[card_id]
        if card.voided_at is not None or card.balance != card.value_minor:
            raise CardUsed


def _give_back(sale: Sale, lines: Sequence[SaleLine], effects: RefundEffects, actor: User) -> None:
    # Open for as long as money and lines disagree: a completed sale is paid, to the minor unit.
    Sale.objects.filter(pk=sale.pk).update(state=SaleState.OPEN)
    for payment, goes in effects.returns:
        return_part(sale=sale, payment=payment, goes_minor=goes, actor=actor)
    for line in lines:
        if line.gift_card_id is not None:
            void_card(
                card_id=line.gift_card_id,
                key=f"card:{line.gift_card_id}:void",
                actor=actor,
                description="",
            )
    for line in lines:
        if line.booking is not None:
            undo_award(booking=line.booking, reason=DropReason.REFUNDED, actor=actor)
        if line.spend_entry is not None:
            return_points(entry=line.spend_entry, description="", actor=actor)
    _count_up(lines)
    SaleLine.objects.filter(pk__in=[line.pk for line in lines]).update(refunded_at=clock.now())
    Sale.objects.filter(pk=sale.pk).update(
        state=SaleState.COMPLETED, total_minor=F("total_minor") - effects.amount_minor
    )


def _count_up(lines: Sequence[SaleLine]) -> None:
    pieces = [(line.product_id, line.quantity) for line in lines if line.product_id is not None]
    lock_in_order(Product.objects.all(), [product_id for product_id, _number in pieces])
    for product_id, number in pieces:
        counted = Product.objects.filter(pk=product_id, stock__isnull=False)
        counted.update(stock=F("stock") + number)
