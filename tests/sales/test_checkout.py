"""Completing a sale: once, whole or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from bookings.models import BookingStatus
from business.errors import FeatureOff
from catalogue.models import Service
from clients.models import Client
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.errors import InsufficientPoints
from loyalty.points import balance_of
from notifications.models import Message
from sales.checkout import complete_sale
from sales.checkout_lines import add_gift_card, add_reward
from sales.errors import NothingOnSale, SaleClosed, StillToPay
from sales.marking import mark_arrived
from sales.models import Sale, SaleState
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    GiftCardTypeFactory,
    ProductFactory,
    book,
    give_points,
    turn_off,
    turn_on,
)
from tests.sales.till import cash, complete, product_reward, sell, sold, walk_in

pytestmark = pytest.mark.django_db


def audit() -> None:
    """Raises SystemExit on the first lie."""
    call_command("audit_ledger", stdout=StringIO(), stderr=StringIO())


def test_a_completed_sale_has_its_number_who_and_when(daisy: User, clock: Clock) -> None:
    first, second = sold(daisy), sold(daisy)

    assert [first.number, second.number] == [1, 2]
    assert (first.state, first.completed_by) == (SaleState.COMPLETED, daisy)
    assert first.completed_at == clock.START
    audit()


def test_a_sale_completed_twice_is_one(daisy: User) -> None:
    product = ProductFactory(stock=5)
    sale, token = sell(walk_in(daisy), daisy, product), new_form_token()
    cash(sale, daisy, 2400)
    results = [complete_sale(sale=sale, form_token=token, actor=daisy) for _twice in range(2)]
    results.append(complete(sale, daisy))

    product.refresh_from_db()
    assert {each.number for each in results} == {1}
    assert product.stock == 4


def test_what_is_sold_is_counted_down_below_zero_too(daisy: User) -> None:
    counted, uncounted = ProductFactory(stock=1), ProductFactory()
    sale = sell(walk_in(daisy), daisy, counted, pieces=3)
    sale = sell(sale, daisy, uncounted)
    cash(sale, daisy, sale.total_minor)
    complete(sale, daisy)

    counted.refresh_from_db()
    uncounted.refresh_from_db()
    assert (counted.stock, uncounted.stock) == (-2, None)


def test_the_rate_of_vat_is_written_down(daisy: User) -> None:
    sale = sold(daisy, vat_hundredths=1350)
    sale.lines.get().product.vat_hundredths = 2550  # type: ignore[union-attr]

    assert sale.lines.get().vat_hundredths == 1350


@pytest.mark.parametrize(
    ("arrange", "error"),
    [
        (lambda daisy: walk_in(daisy), NothingOnSale),
        (lambda daisy: sell(walk_in(daisy), daisy), StillToPay),
    ],
)
def test_complete_refuses(
    daisy: User, arrange: Callable[[User], Sale], error: type[Exception]
) -> None:
    sale = arrange(daisy)
    with pytest.raises(error):
        complete(sale, daisy)
    assert Sale.objects.get(pk=sale.pk).state == SaleState.OPEN


def test_a_provider_completes_nothing(daisy: User, pavel: User) -> None:
    with pytest.raises(NotAllowed):
        complete(sell(walk_in(daisy), daisy), pavel)


def test_a_cancelled_visit_is_not_completed(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    cancel_visit(visit=visit, actor=daisy)
    with pytest.raises(SaleClosed):
        complete(visit.sale, daisy)


def test_who_arrived_is_completed(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten)
    mark_arrived(booking=visit.bookings.get(), actor=daisy)
    cash(visit.sale, daisy, massage.price_minor)
    complete(visit.sale, daisy)

    assert visit.bookings.get().status == BookingStatus.COMPLETED
    audit()


def test_who_pays_before_the_hour_is_not_marked_yet(
    alice: Client, daisy: User, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten - dt.timedelta(minutes=10))
    mark_arrived(booking=visit.bookings.get(), actor=daisy)
    cash(visit.sale, daisy, massage.price_minor)
    complete(visit.sale, daisy)

    assert visit.bookings.get().status == BookingStatus.ARRIVED


def test_a_gift_card_is_issued_once_it_is_paid(alice: Client, daisy: User) -> None:
    sale = walk_in(daisy, alice)
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )
    assert sale.lines.get().gift_card is None
    cash(sale, daisy, 5000)
    complete(sale, daisy)

    card = sale.lines.get().gift_card
    assert card is not None
    assert (card.balance, card.owner, card.origin) == (5000, alice, "money")
    assert Message.objects.filter(dedupe_key=f"card:{card.pk}:delivery").count() == 1
    audit()


def test_no_gift_card_while_they_are_off_and_nothing_completed(daisy: User) -> None:
    sale = walk_in(daisy)
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )
    cash(sale, daisy, 5000)
    turn_off("gift_cards")

    with pytest.raises(FeatureOff):
        complete(sale, daisy)
    assert Sale.objects.get(pk=sale.pk).state == SaleState.OPEN


def test_a_sale_of_rewards_alone_has_nothing_to_pay(alice: Client, daisy: User) -> None:
    turn_on("loyalty")
    give_points(alice, 820)
    sale, reward = walk_in(daisy, alice), product_reward(400, stock=3)
    add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    assert balance_of(alice) == 820
    complete(sale, daisy)

    line = sale.lines.get()
    assert (balance_of(alice), line.amount_minor) == (420, 0)
    assert line.spend_entry is not None
    assert line.spend_entry.reward == reward
    audit()


def test_too_few_points_complete_nothing(alice: Client, daisy: User) -> None:
    turn_on("loyalty")
    give_points(alice, 820)
    sale = sell(walk_in(daisy, alice), daisy, ProductFactory(stock=2))
    reward = product_reward(500, stock=2)
    for _twice in range(2):
        add_reward(sale=sale, reward=reward, form_token=new_form_token(), actor=daisy)
    cash(sale, daisy, 2400)

    with pytest.raises(InsufficientPoints):
        complete(sale, daisy)

    fresh = Sale.objects.get(pk=sale.pk)
    assert (fresh.state, fresh.number, balance_of(alice)) == (SaleState.OPEN, None, 820)
    assert [line.product.stock for line in fresh.lines.all() if line.product] == [2, 2, 2]
