"""Refunds: whole lines, money back the way it came, points as if it never was."""

from __future__ import annotations

import datetime as dt
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from catalogue.models import Product, Service
from clients.models import Client
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import spend_card
from loyalty.models import AwardState, DropReason
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.checkout_lines import add_gift_card, add_reward
from sales.checkout_payments import pay_with_card
from sales.checkout_refunds import refund_effects, refund_lines
from sales.checkout_sums import lines_of
from sales.errors import (
    AlreadyRefunded,
    CardUsed,
    NothingChosen,
    RefundChanged,
    RefundNotToday,
    SaleClosed,
)
from sales.models import Payment, Sale, SaleState
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    GiftCardTypeFactory,
    ProductFactory,
    book,
    give_card,
    give_points,
    turn_on,
)
from tests.sales.till import by_card, cash, complete, product_reward, sell, sold, walk_in

pytestmark = pytest.mark.django_db


def refund(sale: Sale, actor: User, *numbers: int, token: str = "") -> Sale:
    """Refund the lines with these numbers, as the page would."""
    fresh = Sale.objects.get(pk=sale.pk)
    lines = [line for number, line in enumerate(lines_of(fresh)) if number in numbers]
    return refund_lines(
        sale=sale,
        line_ids=[line.pk for line in lines],
        seen=refund_effects(fresh, lines).fingerprint,
        form_token=token or new_form_token(),
        actor=actor,
    )


def audit() -> None:
    call_command("audit_ledger", stdout=StringIO(), stderr=StringIO())


def by_tender(sale: Sale) -> dict[str, int]:
    sums: dict[str, int] = {}
    for payment in sale.payments.all():
        sums[payment.tender] = sums.get(payment.tender, 0) + payment.amount_minor
    return sums


@pytest.fixture
def split(daisy: User) -> Sale:
    """Two products of 24.00 and 10.00, paid by card 20.00, gift card 9.00, cash 5.00."""
    sale = sell(walk_in(daisy), daisy, ProductFactory(price_minor=2400, stock=5))
    sale = sell(sale, daisy, ProductFactory(price_minor=1000))
    by_card(sale, daisy, 2000)
    pay_with_card(
        sale=sale,
        card=give_card(None, 900),
        expected_minor=900,
        form_token=new_form_token(),
        actor=daisy,
    )
    cash(sale, daisy, 5000)
    return complete(sale, daisy)


def test_money_goes_back_the_way_it_came_the_last_first(split: Sale, daisy: User) -> None:
    sale = refund(split, daisy, 1)

    assert (sale.state, sale.total_minor, sale.paid_minor) == (SaleState.COMPLETED, 2400, 2400)
    assert by_tender(sale) == {"card": 2000, "gift_card": 400, "cash": 0}
    audit()


def test_the_rest_goes_back_in_a_second_refund(split: Sale, daisy: User) -> None:
    refund(split, daisy, 1)
    sale = refund(split, daisy, 0)

    assert by_tender(sale) == {"card": 0, "gift_card": 0, "cash": 0}
    assert (sale.total_minor, sale.paid_minor, sale.state) == (0, 0, SaleState.COMPLETED)
    assert Product.objects.get(stock__isnull=False).stock == 5
    audit()


def test_a_refund_sent_twice_is_one(split: Sale, daisy: User) -> None:
    token = new_form_token()
    lines = [lines_of(split)[1].pk]
    for _twice in range(2):
        refund_lines(sale=split, line_ids=lines, seen=None, form_token=token, actor=daisy)

    assert Sale.objects.get().paid_minor == 2400


def test_a_line_is_refunded_once(split: Sale, daisy: User) -> None:
    refund(split, daisy, 1)
    with pytest.raises(AlreadyRefunded):
        refund(split, daisy, 1)


def test_what_was_shown_is_what_happens(split: Sale, daisy: User) -> None:
    line = lines_of(split)[0].pk
    with pytest.raises(RefundChanged):
        refund_lines(
            sale=split, line_ids=[line], seen="other", form_token=new_form_token(), actor=daisy
        )
    with pytest.raises(NothingChosen):
        refund_lines(sale=split, line_ids=[], seen=None, form_token=new_form_token(), actor=daisy)
    assert by_tender(split) == {"card": 2000, "gift_card": 900, "cash": 500}


def test_only_what_was_completed_is_refunded(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    with pytest.raises(SaleClosed):
        refund(sale, daisy, 0)


def test_the_desk_refunds_on_the_day_and_a_manager_always(
    split: Sale, daisy: User, maria: User, pavel: User, clock: Clock
) -> None:
    clock.advance(hours=24)
    with pytest.raises(NotAllowed):
        refund(split, pavel, 0)
    with pytest.raises(RefundNotToday):
        refund(split, daisy, 0)
    assert refund(split, maria, 0).total_minor == 1000


def test_points_of_a_refunded_booking_are_taken_back_whole(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    turn_on("loyalty")
    visit = book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten + dt.timedelta(hours=5))
    credit_due_awards()
    cash(visit.sale, daisy, massage.price_minor)
    sale = complete(visit.sale, daisy)
    assert balance_of(alice) == 60
    assert refund_effects(sale, lines_of(sale)).points_withdrawn == 60

    refund(sale, daisy, 0)

    award = visit.bookings.get().awards.get()
    assert (award.state, award.reason) == (AwardState.WITHDRAWN, DropReason.REFUNDED)
    assert balance_of(alice) == 0
    audit()


def test_a_refunded_visit_can_be_cancelled(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    cash(visit.sale, daisy, massage.price_minor)
    refund(complete(visit.sale, daisy), daisy, 0)
    cancel_visit(visit=visit, actor=daisy)

    assert Sale.objects.get(visit=visit).state == SaleState.CANCELLED
    audit()


def test_points_of_a_refunded_reward_return(alice: Client, daisy: User) -> None:
    turn_on("loyalty")
    give_points(alice, 820)
    sale = walk_in(daisy, alice)
    add_reward(sale=sale, reward=product_reward(400), form_token=new_form_token(), actor=daisy)
    sale = complete(sale, daisy)
    assert refund_effects(sale, lines_of(sale)).points_returned == 400

    refund(sale, daisy, 0)

    assert balance_of(alice) == 820
    audit()


def test_a_sold_card_is_closed_unless_it_was_used(daisy: User) -> None:
    sale = walk_in(daisy)
    for _two in range(2):
        add_gift_card(
            sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
        )
    cash(sale, daisy, 10_000)
    sale = complete(sale, daisy)
    used = lines_of(sale)[1].gift_card
    assert used is not None
    spend_card(card_id=used.pk, amount_minor=1, key="form:x:spend", actor=None)

    with pytest.raises(CardUsed):
        refund(sale, daisy, 1)
    refund(sale, daisy, 0)

    closed = lines_of(sale)[0].gift_card
    assert closed is not None
    assert closed.voided_at is not None


def test_the_database_refuses_to_give_back_more_than_was_paid(daisy: User) -> None:
    payment = sold(daisy).payments.get()
    twin = {"sale": payment.sale, "tender": "cash", "created_at": payment.created_at}
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(refunds=payment, amount_minor=-payment.amount_minor - 1, **twin)
    Payment.objects.create(refunds=payment, amount_minor=-payment.amount_minor, **twin)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(refunds=payment, amount_minor=-payment.amount_minor, **twin)
