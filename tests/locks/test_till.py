"""Locks of the till: the sale, the numbers of receipts, and the cards that pay or are sold."""

from __future__ import annotations

import datetime as dt

import pytest

from business.errors import FeatureOff
from catalogue.models import Product, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import spend_card
from giftcards.models import GiftCard
from sales.checkout import discard_sale
from sales.checkout_lines import add_gift_card, add_reward
from sales.checkout_payments import pay_with_card
from sales.checkout_refunds import refund_lines
from sales.checkout_sums import lines_of
from sales.errors import AlreadyRefunded, CardBalanceChanged, CardUsed, PaidMore, SaleClosed
from sales.models import Sale
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    GiftCardTypeFactory,
    ProductFactory,
    book,
    give_card,
    give_points,
    turn_off,
)
from tests.locks.rival import after_rival
from tests.sales.till import cash, complete, product_reward, sell, sold, walk_in

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]


@pytest.fixture
def paid(daisy: User) -> Sale:
    """A counted product, paid in cash."""
    sale = sell(walk_in(daisy), daisy, ProductFactory(stock=10))
    cash(sale, daisy, 2400)
    return sale


def refund(sale: Sale, actor: User) -> Sale:
    return refund_lines(
        sale=sale,
        line_ids=[line.pk for line in lines_of(sale)],
        seen=None,
        form_token=new_form_token(),
        actor=actor,
    )


def test_nothing_is_added_to_a_sale_that_is_being_completed(paid: Sale, daisy: User) -> None:
    product = ProductFactory()
    outcome = after_rival(lambda: complete(paid, daisy), lambda: sell(paid, daisy, product))

    assert isinstance(outcome.result, SaleClosed)


def test_a_sale_is_not_left_while_it_is_paid(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    outcome = after_rival(
        lambda: cash(sale, daisy, 2400), lambda: discard_sale(sale=sale, actor=daisy)
    )

    assert isinstance(outcome.result, PaidMore)


def test_receipts_are_numbered_one_after_the_other(paid: Sale, daisy: User) -> None:
    other = sell(walk_in(daisy), daisy)
    cash(other, daisy, 2400)
    outcome = after_rival(lambda: complete(paid, daisy), lambda: complete(other, daisy))

    assert outcome.result.number == 2


def test_a_sale_that_was_completed_meanwhile_is_not_completed_again(
    paid: Sale, daisy: User
) -> None:
    after_rival(lambda: complete(paid, daisy), lambda: complete(paid, daisy))

    assert Product.objects.get().stock == 9


def test_a_visit_that_is_being_cancelled_is_not_completed(
    alice: Client, daisy: User, massage: Service, clock: Clock
) -> None:
    card = give_card(alice, massage.price_minor)
    visit = book(alice, massage, clock.now + dt.timedelta(hours=1), card_ids=(card.pk,))
    outcome = after_rival(
        lambda: cancel_visit(visit=visit, actor=daisy), lambda: complete(visit.sale, daisy)
    )

    assert isinstance(outcome.result, SaleClosed)


def test_no_reward_is_given_while_loyalty_is_switched_off(
    alice: Client, daisy: User, massage: Service
) -> None:
    give_points(alice, 500)
    sale, reward = walk_in(daisy, alice), product_reward(400)
    add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    outcome = after_rival(lambda: turn_off("loyalty"), lambda: complete(sale, daisy))

    assert isinstance(outcome.result, FeatureOff)


def test_a_card_that_pays_elsewhere_is_looked_at_again(daisy: User) -> None:
    card = give_card(None, 5000)
    sales = [sell(walk_in(daisy), daisy) for _till in range(2)]

    def pay(sale: Sale) -> object:
        return pay_with_card(
            sale=sale, card=card, expected_minor=5000, form_token=new_form_token(), actor=daisy
        )

    outcome = after_rival(lambda: pay(sales[0]), lambda: pay(sales[1]))

    assert isinstance(outcome.result, CardBalanceChanged)


def test_a_line_that_is_being_refunded_is_refunded_once(daisy: User) -> None:
    sale = sold(daisy)
    outcome = after_rival(lambda: refund(sale, daisy), lambda: refund(sale, daisy))

    assert isinstance(outcome.result, AlreadyRefunded)


def test_a_sold_card_that_is_paying_is_not_closed(daisy: User) -> None:
    sale = walk_in(daisy)
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )
    cash(sale, daisy, 5000)
    complete(sale, daisy)
    card = GiftCard.objects.get()
    outcome = after_rival(
        lambda: spend_card(card_id=card.pk, amount_minor=1, key="form:x:spend", actor=None),
        lambda: refund(sale, daisy),
    )

    assert isinstance(outcome.result, CardUsed)
