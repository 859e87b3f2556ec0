"""Paying an open sale: cash, card, ways of the business's own, and gift cards, in any order.

Each payment is a settled fact of its own; taking one back is a fact that mirrors it. Cards at a
terminal are entered once the terminal has said yes: the product talks to no terminal.
"""

from __future__ import annotations

from django.db import transaction

from foundation import clock
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from foundation.money import BadAmount
from giftcards.cards import is_usable, spend_card
from giftcards.errors import CardNotUsable, CardShort, CodeNotUsable
from giftcards.models import GiftCard
from sales.checkout_lines import lock_open, may_check_out
from sales.checkout_sums import for_cards_left
from sales.errors import (
    CardBalanceChanged,
    CardsBuyNoCards,
    MoreThanLeft,
    NothingLeftToPay,
    NotSold,
    PaymentGone,
)
from sales.models import OwnTender, Payment, Sale, Tender
from sales.payments import give_back, record_payment, staff_only


def pay_cash(*, sale: Sale, given_minor: int, form_token: str, actor: User) -> Payment:
    """Take ``given_minor`` in cash: what is above the rest is change. A repeat of the form returns
    the payment. Raises NothingLeftToPay, BadAmount, SaleClosed, NotAllowed."""
    may_check_out(actor)
    if given_minor < 1:
        raise BadAmount
    with transaction.atomic():
        locked = lock_open(sale)
        content = [sale.pk, "cash", given_minor]
        with once(token=form_token, purpose="pay", content=content) as use:
            if use.result:
                return Payment.objects.get(pk=int(use.result))
            payment = record_payment(
                sale=locked,
                tender=Tender.CASH,
                amount_minor=min(given_minor, _left(locked)),
                given_minor=given_minor,
                actor=actor,
            )
            use.result = str(payment.pk)
    return payment


def pay_otherwise(
    *,
    sale: Sale,
    amount_minor: int,
    own_tender: OwnTender | None,
    form_token: str,
    actor: User,
) -> Payment:
    """Enter a payment by card, or by a way of the business's own. A repeat returns the payment.

    Raises MoreThanLeft, NothingLeftToPay, BadAmount, NotSold for a way that is archived,
    SaleClosed, NotAllowed.
    """
    may_check_out(actor)
    if amount_minor < 1:
        raise BadAmount
    if own_tender is not None and own_tender.archived_at is not None:
        raise NotSold
    with transaction.atomic():
        locked = lock_open(sale)
        content = [sale.pk, own_tender and own_tender.pk, amount_minor]
        with once(token=form_token, purpose="pay", content=content) as use:
            if use.result:
                return Payment.objects.get(pk=int(use.result))
            if amount_minor > _left(locked):
                raise MoreThanLeft
            payment = record_payment(
                sale=locked,
                tender=Tender.OWN if own_tender else Tender.CARD,
                own_tender=own_tender,
                amount_minor=amount_minor,
                actor=actor,
            )
            use.result = str(payment.pk)
    return payment


def pay_with_card(
    *, sale: Sale, card: GiftCard, expected_minor: int | None, form_token: str, actor: User
) -> Payment:
    """Take from a gift card what it has of what is left; the rest stays to be paid.

    ``expected_minor`` is the card's balance as it was shown. A repeat returns the payment. Raises
    CardBalanceChanged when the card holds another sum by now (F24), CodeNotUsable when it does not
    pay, CardsBuyNoCards, NothingLeftToPay, SaleClosed, NotAllowed.
    """
    may_check_out(actor)
    with transaction.atomic():
        locked = lock_open(sale)
        content = [sale.pk, "gift-card", card.pk]
        with once(token=form_token, purpose="pay", content=content) as use:
            if use.result:
                return Payment.objects.get(pk=int(use.result))
            left = _left(locked)
            fresh = lock_one(GiftCard.objects.select_related("type"), card.pk)
            if expected_minor is not None and fresh.balance != expected_minor:
                raise CardBalanceChanged
            if not is_usable(fresh, clock.now()):
                raise CodeNotUsable
            amount = min(fresh.balance, left, for_cards_left(locked))
            if amount < 1:
                raise CardsBuyNoCards
            try:
                entry = spend_card(
                    card_id=fresh.pk,
                    amount_minor=amount,
                    key=f"form:{form_token}:spend",
                    actor=staff_only(actor),
                )
            except (CardNotUsable, CardShort) as error:
                raise CardBalanceChanged from error
            payment = record_payment(
                sale=locked,
                tender=Tender.GIFT_CARD,
                entry=entry,
                amount_minor=amount,
                actor=actor,
            )
            use.result = str(payment.pk)
    return payment


def take_back_payment(*, sale: Sale, payment_id: int, actor: User) -> Payment:
    """Undo a payment of an open sale by a row that mirrors it; a gift card has its money again.

    Raises PaymentGone when it went back already, SaleClosed, NotAllowed, CardNotUsable for a card
    that was voided meanwhile.
    """
    may_check_out(actor)
    with transaction.atomic():
        locked = lock_open(sale)
        payments = locked.payments.select_related("card_entry", "own_tender")
        payment = payments.filter(pk=payment_id, refunds__isnull=True).first()
        if payment is None or Payment.objects.filter(refunds=payment).exists():
            raise PaymentGone
        give_back(sale=locked, payment=payment, actor=actor)
    return payment


def _left(sale: Sale) -> int:
    if sale.left_to_pay_minor < 1:
        raise NothingLeftToPay
    return sale.left_to_pay_minor


def archive_own_tender(*, tender: OwnTender, actor: User | None) -> None:
    """The till offers it no more; payments keep its name. Harmless to repeat."""
    if tender.archived_at is None:
        tender.archived_at = clock.now()
        tender.save(update_fields=["archived_at"])


def restore_own_tender(*, tender: OwnTender, actor: User | None) -> None:
    tender.archived_at = None
    tender.save(update_fields=["archived_at"])
