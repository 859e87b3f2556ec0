"""The till: opening a sale, and completing it, once.

A visit's sale was opened when it was booked; who walks in has one opened here. Completing is one
transaction: it wants everything paid, then issues what was sold as gift cards, takes the points of
rewards, counts the stock down, writes down the rates of VAT, gives the receipt its number, and
marks as completed who came. Whatever fails, nothing of it has happened.

Locks in the project's order: feature row, business (for the numbers of receipts, one after the
other), client, sale, class sessions by id, bookings by id, gift cards by id, point accounts,
products by id, outbox. Completing and cancelling a visit meet on the sale: the second sees what
the first did.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Max

from bookings.changes import earliest_mark
from bookings.models import Booking, BookingStatus
from bookings.scheduling import set_status
from business.features import lock_features, require_feature
from business.models import Business, Features
from catalogue.models import Product
from clients.models import Client
from clients.people import lock_client
from foundation import clock
from foundation.form_tokens import once
from foundation.locks import lock_in_order, lock_one
from foundation.models import User
from giftcards.cards import issue_card
from giftcards.models import CardOrigin
from loyalty.points import spend_points
from notifications.outbox import nudge_sending, queue_message
from sales.checkout_lines import lock_open, lock_whole, may_check_out
from sales.checkout_sums import lines_of, payments_of, rate_of
from sales.errors import (
    CardsBuyNoCards,
    ClientMissing,
    LineFixed,
    NothingOnSale,
    PaidMore,
    SaleClosed,
    StillToPay,
)
from sales.models import LineKind, Sale, SaleLine, SaleState, Tender

__all__ = ["choose_client", "complete_sale", "discard_sale", "open_sale"]


def open_sale(*, client: Client | None, form_token: str, actor: User) -> Sale:
    """A sale without a visit, of somebody known or of nobody. A repeat of the form returns it.

    Raises NotAllowed, ClientGone, FormAlreadyUsed.
    """
    may_check_out(actor)
    with transaction.atomic():
        content = [client and client.pk]
        with once(token=form_token, purpose="open-sale", content=content) as use:
            if use.result:
                return Sale.objects.get(pk=int(use.result))
            sale = Sale.objects.create(
                client=lock_client(client.pk) if client else None,
                currency=Business.objects.get(pk=1).currency,
                created_by=actor,
                created_at=clock.now(),
            )
            use.result = str(sale.pk)
    return sale


def choose_client(*, sale: Sale, client: Client | None, actor: User) -> Sale:
    """Say whose sale it is, or that it is nobody's. Raises LineFixed for a visit's sale and for one
    with rewards on it, SaleClosed, NotAllowed, ClientGone."""
    may_check_out(actor)
    with transaction.atomic():
        chosen = lock_client(client.pk) if client else None
        locked = lock_open(sale)
        has_rewards = locked.lines.filter(reward__isnull=False).exists()
        if locked.visit_id is not None or has_rewards:
            raise LineFixed
        locked.client = chosen
        locked.save(update_fields=["client"])
    return locked


def discard_sale(*, sale: Sale, actor: User) -> Sale:
    """Leave a sale of the till that came to nothing. A repeat changes nothing.

    Raises PaidMore while something is paid, LineFixed for a visit's sale, SaleClosed for a
    completed one, NotAllowed.
    """
    may_check_out(actor)
    with transaction.atomic():
        locked = lock_one(Sale.objects.all(), sale.pk)
        if locked.state == SaleState.CANCELLED:
            return locked
        if locked.state != SaleState.OPEN:
            raise SaleClosed
        if locked.visit_id is not None:
            raise LineFixed
        if locked.paid_minor:
            raise PaidMore
        locked.state = SaleState.CANCELLED
        locked.save(update_fields=["state"])
    return locked


def complete_sale(*, sale: Sale, form_token: str, actor: User) -> Sale:
    """Complete what is paid, once: a repeat, by this form or by another one, returns the sale.

    Raises StillToPay, NothingOnSale, SaleClosed for a cancelled sale, CardsBuyNoCards,
    InsufficientPoints and FeatureOff for its rewards, FeatureOff for a gift card while they are
    off, NotAllowed.
    """
    may_check_out(actor)
    with transaction.atomic():
        features = lock_features()
        business = lock_one(Business.objects.all(), 1)
        with once(token=form_token, purpose="complete-sale", content=[sale.pk]) as use:
            if use.result:
                return Sale.objects.get(pk=sale.pk)
            locked, bookings = lock_whole(sale)
            if locked.state != SaleState.COMPLETED:
                lines = _check(locked)
                _come(bookings, business, actor)
                _issue_cards(locked, lines, actor)
                _take_points(locked, lines, features, actor)
                _count_down(lines)
                _close(locked, lines, business, actor)
            use.result = str(locked.pk)
        nudge_sending()
    return Sale.objects.get(pk=sale.pk)


def _check(sale: Sale) -> list[SaleLine]:
    if sale.state != SaleState.OPEN:
        raise SaleClosed
    lines = lines_of(sale)
    if not lines:
        raise NothingOnSale
    if sale.left_to_pay_minor:
        raise StillToPay
    by_cards = [each for each in payments_of(sale) if each.tender == Tender.GIFT_CARD]
    goods = [line.amount_minor for line in lines if line.kind != LineKind.GIFT_CARD]
    if sum(each.amount_minor for each in by_cards) > sum(goods):
        raise CardsBuyNoCards
    return lines


def _come(bookings: Sequence[Booking], business: Business, actor: User) -> None:
    """Who arrived has been served, where that can be said by now."""
    for booking in bookings:
        if booking.status not in (BookingStatus.ARRIVED, BookingStatus.STARTED):
            continue
        if clock.now() >= earliest_mark(booking.starts_at, BookingStatus.COMPLETED, business):
            set_status(booking=booking, status=BookingStatus.COMPLETED, actor=actor)


def _issue_cards(sale: Sale, lines: Sequence[SaleLine], actor: User) -> None:
    for line in lines:
        if line.gift_card_type is None or line.gift_card_id is not None:
            continue
        card = issue_card(
            card_type=line.gift_card_type,
            owner=sale.client,
            origin=CardOrigin.MONEY,
            key=f"sale-line:{line.pk}:issue",
            actor=actor,
        )
        line.gift_card = card
        line.save(update_fields=["gift_card"])
        if sale.client is not None and sale.client.email:
            queue_message(
                kind="gift_card_delivery",
                client=sale.client,
                subjects={"card": card.pk},
                dedupe_key=f"card:{card.pk}:delivery",
            )


def _take_points(sale: Sale, lines: Sequence[SaleLine], features: Features, actor: User) -> None:
    for line in lines:
        if line.reward is None or line.spend_entry_id is not None:
            continue
        if sale.client is None:
            raise ClientMissing
        require_feature(features, "loyalty")
        line.spend_entry = spend_points(
            client=sale.client,
            reward=line.reward,
            points=line.reward_points or 0,
            key=f"sale-line:{line.pk}:spend",
            actor=actor,
        )
        line.save(update_fields=["spend_entry"])


def _count_down(lines: Sequence[SaleLine]) -> None:
    """In the order of their ids, so that two tills never wait for each other."""
    pieces: dict[int, int] = {}
    for line in lines:
        if line.product_id is not None:
            pieces[line.product_id] = pieces.get(line.product_id, 0) + line.quantity
    lock_in_order(Product.objects.all(), pieces)
    for product_id, sold in pieces.items():
        counted = Product.objects.filter(pk=product_id, stock__isnull=False)
        counted.update(stock=F("stock") - sold)


def _close(sale: Sale, lines: Sequence[SaleLine], business: Business, actor: User) -> None:
    for line in lines:
        line.vat_hundredths = rate_of(line, business)
        line.save(update_fields=["vat_hundredths"])
    if sale.number is None:
        # Under the lock on the business: one after the other, without gaps.
        sale.number = (Sale.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    sale.state = SaleState.COMPLETED
    sale.completed_at, sale.completed_by = clock.now(), actor
    sale.save(update_fields=["state", "number", "completed_at", "completed_by"])
