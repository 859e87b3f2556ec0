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
from sales.errors import CardBalanceChanged
from sales.models import Payment, Sale, Tender


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
                actor=_staff_only(actor),
            )
        except (CardNotUsable, CardShort) as error:
            raise CardBalanceChanged from error
        _record(sale, entry=entry, amount_minor=pays, refunds=None, actor=actor)


def refund_all(*, sale: Sale, actor: User | None) -> None:
    """Give every payment back the way it came, each exactly once. The sale is locked by the
    caller; a repeat finds nothing left to give back."""
    payments = _open_payments(sale).select_related("card_entry")
    for payment in payments.order_by("card_entry__card_id"):
        _give_back(sale, payment, actor)


def plan_returns(sale: Sale, total_minor: int) -> list[tuple[Payment, int]]:
    """What goes back when the sale comes to ``total_minor`` only: of each payment how much, the
    last one first."""
    excess = sale.paid_minor - total_minor
    plan: list[tuple[Payment, int]] = []
    for payment in _open_payments(sale).select_related("card_entry__card").order_by("-pk"):
        goes = min(payment.amount_minor, excess)
        if goes > 0:
            plan.append((payment, goes))
            excess -= goes
    return plan


def return_excess(*, sale: Sale, total_minor: int, actor: User | None) -> None:
    """Give back what is paid above ``total_minor``, to the card that paid last first. Sale and
    cards are locked by the caller.

    A payment goes back whole, because an entry is reversed whole; what is still owed of it is
    taken again at once, also from a card that expired meanwhile: it was paid when it was valid.
    """
    for payment, goes in plan_returns(sale, total_minor):
        assert payment.card_entry is not None  # noqa: S101 (a CHECK: the only tender so far)
        _give_back(sale, payment, actor)
        if payment.amount_minor > goes:
            entry = spend_again(
                entry=payment.card_entry,
                amount_minor=payment.amount_minor - goes,
                key=f"payment:{payment.pk}:keep",
                actor=_staff_only(actor),
            )
            _record(sale, entry=entry, amount_minor=-entry.amount, refunds=None, actor=actor)


def _open_payments(sale: Sale) -> models.QuerySet[Payment]:
    """Those that have not gone back."""
    return sale.payments.filter(refunds__isnull=True, refunded_by__isnull=True)


def _give_back(sale: Sale, payment: Payment, actor: User | None) -> None:
    assert payment.card_entry is not None  # noqa: S101 (a CHECK: the only tender so far)
    entry = return_to_card(
        entry=payment.card_entry, key=f"payment:{payment.pk}:return", actor=_staff_only(actor)
    )
    _record(sale, entry=entry, amount_minor=-payment.amount_minor, refunds=payment, actor=actor)


def _staff_only(actor: User | None) -> User | None:
    """Rows that can never change do not name a client: a visit that Clean history strips must
    not say who came by the login that paid."""
    return actor if actor is not None and actor.is_staff else None


def _record(
    sale: Sale, *, entry: CardEntry, amount_minor: int, refunds: Payment | None, actor: User | None
) -> None:
    Payment.objects.create(
        sale=sale,
        tender=Tender.GIFT_CARD,
        amount_minor=amount_minor,
        card_entry=entry,
        refunds=refunds,
        actor=_staff_only(actor),
        created_at=clock.now(),
    )
    Sale.objects.filter(pk=sale.pk).update(paid_minor=F("paid_minor") + amount_minor)
    sale.paid_minor += amount_minor
