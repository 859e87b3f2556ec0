"""The till's races: one sale in two tabs (F23), one card at two tills (F24), completing against
cancelling, and two refunds at once (F33). Each has a twin with the protection off."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import IntegrityError, models

from catalogue.models import Product, Service
from clients.models import Client
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.locks import violated_constraint
from foundation.models import User
from giftcards.models import GiftCard
from sales import checkout, checkout_lines
from sales.checkout import complete_sale
from sales.checkout_payments import pay_with_card, take_back_payment
from sales.checkout_refunds import refund_lines
from sales.checkout_sums import lines_of
from sales.errors import CardBalanceChanged, PaymentGone
from sales.models import Payment, Sale, SaleState
from sales.visits import cancel_visit
from tests.concurrency.racing import PATIENCE, Operation, lost, race, won
from tests.factories import ProductFactory, ProviderFactory, ServiceFactory, book, give_card
from tests.sales.till import by_card, cash, sell, sold, walk_in

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def audit() -> None:
    call_command("audit_ledger", stdout=StringIO(), stderr=StringIO())


def completer(sale: Sale, actor: User) -> Operation:
    token = new_form_token()
    return lambda: complete_sale(sale=sale, form_token=token, actor=actor)


def card_payer(sale: Sale, card: GiftCard, actor: User) -> Operation:
    token = new_form_token()
    return lambda: pay_with_card(
        sale=sale, card=card, expected_minor=card.balance, form_token=token, actor=actor
    )


def refunder(sale: Sale, number: int, actor: User) -> Operation:
    token, line = new_form_token(), lines_of(sale)[number].pk
    return lambda: refund_lines(
        sale=sale, line_ids=[line], seen=None, form_token=token, actor=actor
    )


@contextmanager
def unlocked(module: Any, name: str, racers: int = 2) -> Iterator[None]:
    """The module reads without the lock, and all have read before anybody writes."""
    everybody_read = threading.Barrier(racers)

    def read_then_wait(queryset: models.QuerySet[Any], pk: int) -> Any:
        found = queryset.get(pk=pk)
        if isinstance(found, Sale):
            everybody_read.wait(PATIENCE)
        return found

    with mock.patch.object(module, name, read_then_wait):
        yield


def test_two_tabs_complete_one_sale_once(daisy: User) -> None:
    product = ProductFactory(stock=10)
    sale = sell(walk_in(daisy), daisy, product)
    cash(sale, daisy, 2400)

    results = race(*[completer(sale, daisy) for _tab in range(8)])

    assert lost(results) == []
    assert {each.number for each in results} == {1}
    assert Product.objects.get().stock == 9
    audit()


def test_receipts_of_many_tills_have_no_gaps(daisy: User) -> None:
    sales = [sell(walk_in(daisy), daisy) for _till in range(8)]
    for sale in sales:
        cash(sale, daisy, 2400)

    results = race(*[completer(sale, daisy) for sale in sales])

    assert sorted(each.number for each in results) == list(range(1, 9))
    audit()


def test_without_the_lock_on_the_numbers_the_database_refuses_a_second_one(daisy: User) -> None:
    sales = [sell(walk_in(daisy), daisy) for _till in range(2)]
    for sale in sales:
        cash(sale, daisy, 2400)
    both_counted = threading.Barrier(2)
    close = checkout._close

    def count_then_wait(*args: Any) -> None:
        both_counted.wait(PATIENCE)
        close(*args)

    def no_lock(queryset: models.QuerySet[Any], pk: int) -> Any:
        return queryset.get(pk=pk)

    with (
        mock.patch.object(checkout, "lock_one", no_lock),
        mock.patch.object(checkout, "_close", count_then_wait),
    ):
        results = race(*[completer(sale, daisy) for sale in sales])

    refused = lost(results)
    assert [type(each) for each in refused] in ([], [IntegrityError])
    numbers = [each.number for each in Sale.objects.filter(number__isnull=False)]
    assert len(set(numbers)) == len(numbers)


def test_without_the_lock_one_sale_is_counted_down_twice(daisy: User) -> None:
    product = ProductFactory(stock=10)
    sale = sell(walk_in(daisy), daisy, product)
    cash(sale, daisy, 2400)

    def no_business_lock(queryset: models.QuerySet[Any], pk: int) -> Any:
        return queryset.get(pk=pk)

    with (
        mock.patch.object(checkout, "lock_one", no_business_lock),
        unlocked(checkout_lines, "lock_one"),
    ):
        race(completer(sale, daisy), completer(sale, daisy))

    assert Product.objects.get().stock == 8


def test_one_card_at_two_tills_is_spent_once(daisy: User) -> None:
    card = give_card(None, 2400)
    sales = [sell(walk_in(daisy), daisy) for _till in range(2)]

    results = race(*[card_payer(sale, card, daisy) for sale in sales])

    assert len(won(results)) == 1
    assert [type(each) for each in lost(results)] == [CardBalanceChanged]
    card.refresh_from_db()
    assert card.balance == 0
    audit()


def test_one_payment_taken_back_in_two_tabs_goes_back_once(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    payment = by_card(sale, daisy, 2400)

    def take_back() -> Payment:
        return take_back_payment(sale=sale, payment_id=payment.pk, actor=daisy)

    results = race(take_back, take_back)

    assert [type(each) for each in lost(results)] == [PaymentGone]
    assert Sale.objects.get().paid_minor == 0


def test_without_the_lock_the_database_takes_one_payment_back_once(daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    payment = by_card(sale, daisy, 2400)

    def take_back() -> Payment:
        return take_back_payment(sale=sale, payment_id=payment.pk, actor=daisy)

    with unlocked(checkout_lines, "lock_one"):
        results = race(take_back, take_back)

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert "refunds_id" in violated_constraint(refused)
    assert Sale.objects.get().paid_minor == 0


@pytest.fixture
def visit_to_pay(alice: Client) -> Any:
    service: Service = ServiceFactory(providers=[ProviderFactory()])
    return book(alice, service, dt.datetime(2025, 11, 5, 10, tzinfo=dt.UTC))


def test_completing_and_cancelling_agree_whoever_is_first(visit_to_pay: Any, daisy: User) -> None:
    sale = visit_to_pay.sale
    cash(sale, daisy, sale.total_minor)

    results = race(
        completer(sale, daisy), lambda: cancel_visit(visit=visit_to_pay, actor=daisy, tell=False)
    )

    # Money that went over the counter is nobody's to lose: the cancelling one is told.
    fresh = Sale.objects.get(pk=sale.pk)
    assert (fresh.state, fresh.paid_minor) == (SaleState.COMPLETED, fresh.total_minor)
    assert [isinstance(each, DomainError) for each in results] == [False, True]
    audit()


def test_a_sale_paid_by_card_is_completed_or_cancelled(alice: Client, daisy: User) -> None:
    service: Service = ServiceFactory(providers=[ProviderFactory()])
    card = give_card(alice, service.price_minor)
    at = dt.datetime(2025, 11, 5, 10, tzinfo=dt.UTC)
    visit = book(alice, service, at, card_ids=(card.pk,))

    results = race(
        completer(visit.sale, daisy), lambda: cancel_visit(visit=visit, actor=daisy, tell=False)
    )

    card.refresh_from_db()
    fresh = Sale.objects.get(pk=visit.sale.pk)
    assert (fresh.state, card.balance) == (SaleState.CANCELLED, service.price_minor)
    assert isinstance(results[1], type(visit))
    audit()


def two_lines(daisy: User) -> Sale:
    sale = sell(walk_in(daisy), daisy, ProductFactory(price_minor=2400))
    sale = sell(sale, daisy, ProductFactory(price_minor=1000))
    by_card(sale, daisy, 3400)
    return complete_sale(sale=sale, form_token=new_form_token(), actor=daisy)


def test_two_partial_refunds_give_back_what_was_paid(daisy: User) -> None:
    sale = two_lines(daisy)

    results = race(refunder(sale, 0, daisy), refunder(sale, 1, daisy))

    assert lost(results) == []
    fresh = Sale.objects.get(pk=sale.pk)
    assert (fresh.total_minor, fresh.paid_minor) == (0, 0)
    assert sum(each.amount_minor for each in sale.payments.all()) == 0
    audit()


def test_one_line_refunded_in_two_tabs_goes_back_once(daisy: User) -> None:
    sale = sold(daisy)

    results = race(refunder(sale, 0, daisy), refunder(sale, 0, daisy))

    assert len(lost(results)) == 1
    assert sum(each.amount_minor for each in sale.payments.all()) == 0
    audit()


def test_without_the_lock_the_database_refuses_the_second_refund(daisy: User) -> None:
    sale = two_lines(daisy)

    with unlocked(checkout_lines, "lock_one"):
        results = race(refunder(sale, 0, daisy), refunder(sale, 1, daisy))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert "refunds_id" in violated_constraint(refused)
    audit()
