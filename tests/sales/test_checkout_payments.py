"""Paying: cash with change, card, own ways, gift cards; split in any order, and taken back."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Service
from clients.models import Client
from foundation.clock import now
from foundation.form_tokens import new_form_token
from foundation.models import User
from foundation.money import BadAmount
from giftcards.cards import void_card
from giftcards.errors import CodeNotUsable
from giftcards.models import GiftCard
from sales.checkout_lines import add_gift_card
from sales.checkout_payments import (
    pay_cash,
    pay_otherwise,
    pay_with_card,
    take_back_payment,
)
from sales.errors import (
    CardBalanceChanged,
    CardsBuyNoCards,
    MoreThanLeft,
    NothingLeftToPay,
    NotSold,
    PaidAtTill,
    PaymentGone,
    SaleClosed,
)
from sales.models import OwnTender, Payment, Sale, Tender
from sales.visits import cancel_visit
from tests.factories import GiftCardTypeFactory, ProductFactory, book, give_card
from tests.sales.till import by_card, cash, complete, sell, sold, walk_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def sale(daisy: User) -> Sale:
    """A product for 24.00, nothing paid."""
    return sell(walk_in(daisy), daisy)


def left(sale: Sale) -> int:
    return Sale.objects.get(pk=sale.pk).left_to_pay_minor


def with_card(
    sale: Sale, card: GiftCard, actor: User, expected_minor: int | None = None
) -> Payment:
    return pay_with_card(
        sale=sale,
        card=card,
        expected_minor=expected_minor,
        form_token=new_form_token(),
        actor=actor,
    )


def test_cash_above_the_rest_is_change(sale: Sale, daisy: User) -> None:
    payment = cash(sale, daisy, 5000)

    assert (payment.amount_minor, payment.given_minor, left(sale)) == (2400, 5000, 0)
    assert (payment.tender, payment.actor) == (Tender.CASH, daisy)


def test_cash_below_the_rest_leaves_some(sale: Sale, daisy: User) -> None:
    assert (cash(sale, daisy, 1000).amount_minor, left(sale)) == (1000, 1400)


def test_tenders_are_split_in_any_order(sale: Sale, daisy: User) -> None:
    own = OwnTender.objects.create(name="MobilePay")
    by_card(sale, daisy, 500)
    with_card(sale, give_card(None, 700), daisy)
    payment = pay_otherwise(
        sale=sale, amount_minor=200, own_tender=own, form_token=new_form_token(), actor=daisy
    )
    cash(sale, daisy, 2000)

    assert (payment.tender, payment.own_tender, left(sale)) == (Tender.OWN, own, 0)
    assert [each.amount_minor for each in sale.payments.order_by("pk")] == [500, 700, 200, 1000]


def test_a_payment_sent_twice_is_one(sale: Sale, daisy: User) -> None:
    token = new_form_token()
    for _twice in range(2):
        pay_cash(sale=sale, given_minor=1000, form_token=token, actor=daisy)

    assert (sale.payments.count(), left(sale)) == (1, 1400)


@pytest.mark.parametrize(("amount", "error"), [(2401, MoreThanLeft), (0, BadAmount)])
def test_a_card_pays_no_more_than_is_left(
    sale: Sale, daisy: User, amount: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        by_card(sale, daisy, amount)
    with pytest.raises(BadAmount):
        cash(sale, daisy, 0)
    assert left(sale) == 2400


def test_nothing_is_taken_where_nothing_is_left(sale: Sale, daisy: User) -> None:
    cash(sale, daisy, 2400)

    with pytest.raises(NothingLeftToPay):
        cash(sale, daisy, 100)
    with pytest.raises(NothingLeftToPay):
        with_card(sale, give_card(None), daisy)


def test_an_archived_way_to_pay_takes_nothing(sale: Sale, daisy: User) -> None:
    own = OwnTender.objects.create(name="MobilePay", archived_at=now())
    with pytest.raises(NotSold):
        pay_otherwise(
            sale=sale, amount_minor=1, own_tender=own, form_token=new_form_token(), actor=daisy
        )


def test_a_gift_card_pays_what_it_has(sale: Sale, daisy: User) -> None:
    small, large = give_card(None, 1000), give_card(None, 5000)
    with_card(sale, small, daisy, expected_minor=1000)
    with_card(sale, large, daisy)

    small.refresh_from_db()
    large.refresh_from_db()
    assert (small.balance, large.balance, left(sale)) == (0, 3600, 0)


def test_a_balance_that_changed_is_reviewed(sale: Sale, daisy: User) -> None:
    with pytest.raises(CardBalanceChanged):
        with_card(sale, give_card(None, 5000), daisy, expected_minor=6000)
    assert left(sale) == 2400


def test_a_voided_card_pays_nothing(sale: Sale, daisy: User) -> None:
    card = give_card(None)
    void_card(card_id=card.pk, key="card:void", actor=daisy, description="Lost")
    with pytest.raises(CodeNotUsable):
        with_card(sale, card, daisy)


def test_cards_buy_no_cards(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )
    payment = with_card(sale, give_card(None, 9000), daisy)

    assert (payment.amount_minor, left(sale)) == (2400, 5000)
    with pytest.raises(CardsBuyNoCards):
        with_card(sale, give_card(None, 9000), daisy)


def test_a_payment_taken_back_is_mirrored_once(sale: Sale, daisy: User) -> None:
    card = give_card(None, 1000)
    for payment in (with_card(sale, card, daisy), cash(sale, daisy, 500)):
        take_back_payment(sale=sale, payment_id=payment.pk, actor=daisy)
        with pytest.raises(PaymentGone):
            take_back_payment(sale=sale, payment_id=payment.pk, actor=daisy)

    card.refresh_from_db()
    assert (card.balance, left(sale)) == (1000, 2400)
    assert sorted(each.amount_minor for each in sale.payments.all()) == [-1000, -500, 500, 1000]


def test_the_same_card_pays_again_after_it_was_taken_back(sale: Sale, daisy: User) -> None:
    card = give_card(None, 1000)
    payment = with_card(sale, card, daisy)
    take_back_payment(sale=sale, payment_id=payment.pk, actor=daisy)
    with_card(sale, card, daisy)

    card.refresh_from_db()
    assert (card.balance, left(sale)) == (0, 1400)


def test_a_completed_sale_takes_and_gives_nothing(daisy: User) -> None:
    sale = sold(daisy)
    for pay in (lambda: cash(sale, daisy, 100), lambda: by_card(sale, daisy, 100)):
        with pytest.raises(SaleClosed):
            pay()
    with pytest.raises(SaleClosed):
        with_card(sale, give_card(None), daisy)
    with pytest.raises(SaleClosed):
        take_back_payment(sale=sale, payment_id=sale.payments.get().pk, actor=daisy)


def test_a_visit_paid_at_the_till_is_not_cancelled_before_the_money_is_back(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    payment = cash(visit.sale, daisy, 1000)
    with pytest.raises(PaidAtTill):
        cancel_visit(visit=visit, actor=daisy)

    take_back_payment(sale=visit.sale, payment_id=payment.pk, actor=daisy)
    cancel_visit(visit=visit, actor=daisy)

    assert Sale.objects.get(visit=visit).state == "cancelled"


def test_a_completed_visit_paid_by_gift_card_alone_can_be_cancelled(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, massage.price_minor)
    visit = book(alice, massage, tomorrow_ten, card_ids=(card.pk,))
    complete(visit.sale, daisy)

    cancel_visit(visit=visit, actor=daisy)

    card.refresh_from_db()
    sale = Sale.objects.get(visit=visit)
    assert (card.balance, sale.state, sale.paid_minor) == (massage.price_minor, "cancelled", 0)


def test_what_was_sold_along_is_refunded_before_the_visit_is_cancelled(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 20_000)
    visit = book(alice, massage, tomorrow_ten, card_ids=(card.pk,))
    sale = sell(visit.sale, daisy, ProductFactory())
    with_card(sale, card, daisy)
    complete(sale, daisy)

    with pytest.raises(PaidAtTill):
        cancel_visit(visit=visit, actor=daisy)
