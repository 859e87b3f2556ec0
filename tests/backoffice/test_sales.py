"""Sales: the list of a day, and a sale's page that is its receipt."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import reveal_code
from notifications.models import Message
from sales.checkout_lines import add_gift_card
from sales.models import Sale
from tests.conftest import Clock
from tests.factories import GiftCardTypeFactory, ProductFactory
from tests.sales.till import by_card, cash, complete, sell, sold, walk_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Browser, daisy: User) -> Browser:
    client.force_login(daisy)
    return client


def listed(desk: Browser, **query: str) -> str:
    return desk.get(reverse("backoffice:sales"), query).content.decode()


def page(desk: Browser, sale: Sale) -> str:
    return desk.get(reverse("backoffice:sale", args=[sale.pk])).content.decode()


def test_no_sales_yet_today(desk: Browser, daisy: User, clock: Clock) -> None:
    assert "No sales yet today" in listed(desk)
    sold(daisy)
    assert "No sales yet today" not in listed(desk)
    clock.advance(hours=24)
    tomorrow = Browser()
    tomorrow.force_login(daisy)
    assert "No sales yet today" in listed(tomorrow)


def test_the_list_of_a_day_has_its_sum(desk: Browser, daisy: User, alice: Client) -> None:
    sold(daisy, alice, price_minor=1000)
    sold(daisy, price_minor=2345)
    text = listed(desk)

    for words in ("2 sales", "€33.45", "Alice Andersen", "Without a client"):
        assert words in text


def test_a_sale_is_found_by_number_and_client(
    desk: Browser, daisy: User, alice: Client, clock: Clock
) -> None:
    first, second = sold(daisy, alice), sold(daisy)
    clock.advance(hours=48)
    desk.force_login(daisy)
    one, other = (reverse("backoffice:sale", args=[each.pk]) for each in (first, second))

    assert (one in listed(desk, q="alice"), other in listed(desk, q="alice")) == (True, False)
    assert (one in listed(desk, q="2"), other in listed(desk, q="2")) == (False, True)
    assert "No sale fits" in listed(desk, q="nobody at all")
    assert one in listed(desk, day="all")
    assert "Choose a day" in listed(desk, day="never")


def test_the_receipt_tells_lines_tenders_and_vat(desk: Browser, daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy, ProductFactory(name_en="Rosehip oil"), pieces=2)
    by_card(sale, daisy, 2000)
    cash(sale, daisy, 5000)
    text = page(desk, complete(sale, daisy))

    for words in ("Rosehip oil", "Receipt", "€48.00", "VAT 25.5%", "9.75", "change 22.00", "Daisy"):
        assert words in text


def test_the_code_of_a_sold_card_is_shown_to_who_sold_it_for_a_while(
    desk: Browser, daisy: User, maria: User, clock: Clock
) -> None:
    sale = walk_in(daisy)
    add_gift_card(
        sale=sale, card_type=GiftCardTypeFactory(), form_token=new_form_token(), actor=daisy
    )
    cash(sale, daisy, 5000)
    sale = complete(sale, daisy)
    card = sale.lines.get().gift_card
    assert card is not None
    code = reveal_code(card)

    assert code in page(desk, sale)
    assert LogEntry.objects.filter(change_message="Showed the code", user=daisy).count() == 1
    other = Browser()
    other.force_login(maria)
    assert code not in page(other, sale)
    clock.advance(minutes=16)
    assert code not in page(desk, sale)


def test_an_open_sale_stands_at_the_till(desk: Browser, daisy: User) -> None:
    sale = walk_in(daisy)
    answer = desk.get(reverse("backoffice:sale", args=[sale.pk]))

    assert answer.headers["Location"] == reverse("backoffice:till", args=[sale.pk])
    assert desk.get(f"/admin/sales/{'9' * 30}/").status_code == 404


def test_the_list_asks_as_often_for_30_sales(desk: Browser, daisy: User) -> None:
    sold(daisy)
    listed(desk)
    with CaptureQueriesContext(connection) as one:
        listed(desk)
    for _sale in range(29):
        sold(daisy)
    with CaptureQueriesContext(connection) as many:
        listed(desk)

    assert len(many) == len(one)


def test_the_next_visit_is_booked_from_the_receipt(
    desk: Browser, daisy: User, booking: Booking
) -> None:
    sale = booking.visit.sale
    cash(sale, daisy, sale.total_minor)
    text = page(desk, complete(sale, daisy))

    assert f"?again={booking.pk}" in text


def test_the_receipt_is_sent_once_per_press(desk: Browser, daisy: User, alice: Client) -> None:
    sale, token = sold(daisy, alice), new_form_token()
    for _twice in range(2):
        answer = desk.post(
            reverse("backoffice:sale-receipt", args=[sale.pk]), {"form_token": token}, follow=True
        )
        assert "The receipt goes to alice@example.test." in answer.content.decode()

    assert Message.objects.filter(kind="sale_receipt").count() == 1
    nobody = reverse("backoffice:sale-receipt", args=[sold(daisy).pk])
    refused = desk.post(nobody, {"form_token": new_form_token()}, follow=True)
    assert "There is no e-mail address" in refused.content.decode()


def refund(desk: Browser, sale: Sale, **sent: object) -> Any:
    sent.setdefault("form_token", new_form_token())
    return desk.post(reverse("backoffice:sale-refund", args=[sale.pk]), sent)


def test_a_refund_is_shown_and_then_done(desk: Browser, daisy: User) -> None:
    sale = sold(daisy, name_en="Rosehip oil")
    line = sale.lines.get().pk
    shown = refund(desk, sale, step="show", line=line).content.decode()
    assert "<b>€24.00</b> back: Cash" in shown
    assert "Refund €24.00" in shown
    (seen,) = re.findall(r'name="seen" value="(\w+)"', shown)

    missing = refund(desk, sale, step="refund")
    assert (missing.status_code, Sale.objects.get().paid_minor) == (422, 2400)
    news = refund(desk, sale, step="refund", line=line, seen="else")
    assert news.status_code == 409
    assert "has changed" in news.content.decode()
    token = new_form_token()
    for _twice in range(2):
        sent = {"step": "refund", "line": line, "seen": seen, "form_token": token}
        assert refund(desk, sale, **sent).status_code == 302

    assert Sale.objects.get().paid_minor == 0
    assert "Refunded" in page(desk, sale)
    assert "Everything of this sale was refunded." in refund(desk, sale).content.decode()


def test_the_desk_is_told_who_refunds_tomorrow(daisy: User, maria: User, clock: Clock) -> None:
    sale = sold(daisy)
    clock.advance(hours=24)
    for user, status in ((daisy, 403), (maria, 200)):
        browser = Browser()
        browser.force_login(user)
        answer = browser.get(reverse("backoffice:sale-refund", args=[sale.pk]))
        assert answer.status_code == status
    assert browser.get(f"/admin/sales/{'9' * 30}/refund/").status_code == 404
