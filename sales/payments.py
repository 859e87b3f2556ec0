"""Payments on a sale: what settles it, and what goes back. Every row is a settled fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import models
from django.db.models import F

from foundation import clock
from foundation.models import User
from giftcards.cards import is_usable, return_to_card, spend_again, spend_card
from giftcards.errors import CardNotUsable, CardShort
from giftcards.models import CardEntry, GiftCard
from sales.errors import CardBalanceChanged, PaidAtTill
from sales.models import LineKind, OwnTender, Payment, Sale, SaleState, Tender


def usable_in_order(found: Mapping[int, GiftCard], card_ids: Sequence[int]) -> list[GiftCard]:
    """Those of ``found`` that can pay now, in the order asked for, each once."""
    at = clock.now()
    wanted = (found.get(card_id) for card_id in dict.fromkeys(card_ids))
    return [card for card in wanted if card is not None and is_usable(card, at)]


def plan_cards(cards: Sequence[GiftCard], price_minor: int) -> list[tuple[GiftCard, int]]:
    """What each card pays of ``price_minor``, in the order given; cards left over pay nothing."""
    plan: list[tuple[GiftCard, int]] = []
    left = price_minor
    for card in cards:
        pays = min(card.balance, left)
        if pays > 0:
            plan.append((card, pays))
            left -= pays
    return plan


def pay_with_cards(
    *, sale: Sale, cards: Sequence[GiftCard], expected_minor: int | None, actor: User | None
) -> None:
    """Take what ``cards`` (locked by the caller, usable, fresh) can pay of the sale.

    ``expected_minor`` is what the person was shown. Raises CardBalanceChanged when it differs,
    so that nobody owes more than they agreed to.
    """
    plan = plan_cards(cards, sale.left_to_pay_minor)
    if expected_minor is not None and sum(pays for _card, pays in plan) != expected_minor:
        raise CardBalanceChanged
    for card, pays in plan:
        try:
            entry = spend_card(
                card_id=card.pk,
                amount_minor=pays,
                key=f"sale:{sale.pk}:card:{card.pk}:spend",
                actor=staff_only(actor),
            )
        except (CardNotUsable, CardShort) as error:
            raise CardBalanceChanged from error
        record_payment(
            sale=sale, tender=Tender.GIFT_CARD, entry=entry, amount_minor=pays, actor=actor
        )


def refund_all(*, sale: Sale, actor: User | None) -> None:
    """Give every payment back to the gift card it came from, each exactly once, because the visit
    of the sale is cancelled; a completed sale ends with it. The sale is locked by the caller; a
    repeat finds nothing left to give back.

    Money that went over the counter does not come back by itself: raises PaidAtTill while there is
    some, and for what else was sold along and not refunded.
    """
    payments = list(open_payments(sale).select_related("card_entry"))
    _check_cards_alone(sale, payments)
    # Before the first of them: no completed sale is unpaid, not even for a moment.
    Sale.objects.filter(pk=sale.pk).update(state=SaleState.CANCELLED)
    for payment in sorted(payments, key=_card_of):
        give_back(sale=sale, payment=payment, actor=actor)


def plan_returns(sale: Sale, total_minor: int) -> list[tuple[Payment, int]]:
    """What goes back when the sale comes to ``total_minor`` only: of each payment how much, the
    last one first."""
    excess = sale.paid_minor - total_minor
    plan: list[tuple[Payment, int]] = []
    for payment in open_payments(sale).select_related("card_entry__card").order_by("-pk"):
        goes = min(payment.amount_minor, excess)
        if goes > 0:
            plan.append((payment, goes))
            excess -= goes
    return plan


def return_excess(*, sale: Sale, total_minor: int, actor: User | None) -> None:
    """Give back what is paid above ``total_minor``, to the card that paid last first. Sale and
    cards are locked by the caller. Raises PaidAtTill for a sale that the till had to do with."""
    _check_cards_alone(sale, [payment for payment, _goes in plan_returns(sale, total_minor)])
    at_till = sale.lines.exclude(kind=LineKind.BOOKING, discount_minor=0)
    if sale.state == SaleState.COMPLETED or at_till.exists():
        raise PaidAtTill
    for payment, goes in plan_returns(sale, total_minor):
        return_part(sale=sale, payment=payment, goes_minor=goes, actor=actor)


def return_part(*, sale: Sale, payment: Payment, goes_minor: int, actor: User | None) -> None:
    """Give ``goes_minor`` of a payment back, the way it came. Sale and cards are locked by the
    caller, who sees to it that a completed sale stays paid.

    A payment goes back whole, because an entry is reversed whole; what is kept of it is taken
    again at once, also from a card that expired meanwhile: it was paid when it was valid.
    """
    give_back(sale=sale, payment=payment, actor=actor)
    kept = payment.amount_minor - goes_minor
    if kept <= 0:
        return
    entry = payment.card_entry and spend_again(
        entry=payment.card_entry,
        amount_minor=kept,
        key=f"payment:{payment.pk}:keep",
        actor=staff_only(actor),
    )
    record_payment(
        sale=sale,
        tender=payment.tender,
        own_tender=payment.own_tender,
        entry=entry,
        amount_minor=kept,
        actor=actor,
    )


def give_back(*, sale: Sale, payment: Payment, actor: User | None) -> None:
    """Undo a payment whole by a row that mirrors it; the database refuses a second one."""
    entry = payment.card_entry and return_to_card(
        entry=payment.card_entry, key=f"payment:{payment.pk}:return", actor=staff_only(actor)
    )
    record_payment(
        sale=sale,
        tender=payment.tender,
        own_tender=payment.own_tender,
        entry=entry,
        amount_minor=-payment.amount_minor,
        refunds=payment,
        actor=actor,
    )


def staff_only(actor: User | None) -> User | None:
    """Rows that can never change do not name a client: a visit that Clean history strips must
    not say who came by the login that paid."""
    return actor if actor is not None and actor.is_staff else None


def record_payment(
    *,
    sale: Sale,
    tender: str,
    amount_minor: int,
    actor: User | None,
    own_tender: OwnTender | None = None,
    entry: CardEntry | None = None,
    given_minor: int | None = None,
    refunds: Payment | None = None,
) -> Payment:
    """Write one settled fact, and count it. The sale is locked by the caller."""
    payment = Payment.objects.create(
        sale=sale,
        tender=tender,
        own_tender=own_tender,
        amount_minor=amount_minor,
        given_minor=given_minor,
        card_entry=entry,
        refunds=refunds,
        actor=staff_only(actor),
        created_at=clock.now(),
    )
    Sale.objects.filter(pk=sale.pk).update(paid_minor=F("paid_minor") + amount_minor)
    sale.paid_minor += amount_minor
    return payment


def open_payments(sale: Sale) -> models.QuerySet[Payment]:
    """Those that have not gone back."""
    return sale.payments.filter(refunds__isnull=True, refunded_by__isnull=True)


def _card_of(payment: Payment) -> int:
    return payment.card_entry.card_id if payment.card_entry else 0


def _check_cards_alone(sale: Sale, payments: Sequence[Payment]) -> None:
    if any(payment.tender != Tender.GIFT_CARD for payment in payments):
        raise PaidAtTill
    others = sale.lines.exclude(kind=LineKind.BOOKING).filter(refunded_at__isnull=True)
    if sale.state == SaleState.COMPLETED and others.exists():
        raise PaidAtTill
