"""The till's page: every button, every refusal with what was typed, and one sale."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import reveal_code
from sales.models import OwnTender, Sale, SaleState
from tests.conftest import Clock
from tests.factories import (
    GiftCardTypeFactory,
    ProductFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_card,
    give_points,
    turn_on,
)
from tests.sales.till import cash, product_reward, sell, walk_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Browser, daisy: User) -> Browser:
    client.force_login(daisy)
    return client


@pytest.fixture
def sale(daisy: User) -> Sale:
    """A product for 24.00, nothing paid."""
    return sell(walk_in(daisy), daisy, ProductFactory(name_en="Rosehip oil"))


def address(sale: Sale) -> str:
    return reverse("backoffice:till", args=[sale.pk])


def press(desk: Browser, sale: Sale, step: str, **sent: Any) -> Any:
    sent.setdefault("form_token", new_form_token())
    return desk.post(address(sale), {"step": step, **sent})


def works(desk: Browser, sale: Sale, step: str, **sent: Any) -> Sale:
    answer = press(desk, sale, step, **sent)
    assert answer.status_code == 302, answer.content.decode()
    return Sale.objects.get(pk=sale.pk)


def refused(desk: Browser, sale: Sale, step: str, status: int, **sent: Any) -> str:
    answer = press(desk, sale, step, **sent)
    text: str = answer.content.decode()
    assert answer.status_code == status
    assert "There is a problem" in text
    return text


def test_a_sale_begins_with_a_client_or_without(desk: Browser, alice: Client) -> None:
    page = reverse("backoffice:checkout")
    found = desk.get(page, {"q": "alice"}).content.decode()
    assert "1 client found" in found

    desk.post(page, {"pick": alice.pk, "form_token": new_form_token()})
    token = new_form_token()
    for _twice in range(2):
        desk.post(page, {"step": "walk-in", "form_token": token})

    assert [each.client for each in Sale.objects.order_by("pk")] == [alice, None]
    assert "Begun and not completed" in desk.get(page).content.decode()


def test_visits_of_today_wait_to_be_paid(
    desk: Browser, alice: Client, massage: Service, clock: Clock
) -> None:
    visit = book(alice, massage, clock.START + dt.timedelta(hours=3))
    page = desk.get(reverse("backoffice:checkout")).content.decode()

    assert address(visit.sale) in page
    assert "Alice Andersen" in page
    booking = visit.bookings.get()
    booking_page = desk.get(reverse("backoffice:booking", args=[booking.pk])).content.decode()
    assert address(visit.sale) in booking_page


def test_the_scanner_adds_by_barcode_and_never_completes(desk: Browser, daisy: User) -> None:
    ProductFactory(name_en="Birch shampoo", barcode="6430000000024", price_minor=1850)
    sale = works(desk, walk_in(daisy), "scan", text=" 6430000000024 ")

    assert (sale.total_minor, sale.state) == (1850, SaleState.OPEN)


def test_a_name_that_fits_several_is_chosen_from(desk: Browser, daisy: User) -> None:
    first = ProductFactory(name_en="Birch shampoo")
    ProductFactory(name_en="Birch soap")
    sale = walk_in(daisy)

    page = press(desk, sale, "scan", text="birch").content.decode()
    assert "Birch shampoo" in page
    assert "Birch soap" in page
    assert works(desk, sale, "product", product=first.pk).total_minor == 2400
    assert works(desk, sale, "scan", text="SOAP").total_minor == 4800


def test_an_unknown_barcode_stays_in_the_field(desk: Browser, sale: Sale) -> None:
    page = refused(desk, sale, "scan", 422, text="999\x00<b>")

    assert "No product" in page
    assert "&lt;b&gt;" in page


def test_service_gift_card_and_tip_are_added(desk: Browser, daisy: User) -> None:
    service: Service = ServiceFactory(price_minor=7200)
    provider = ProviderFactory(name="Aino")
    sale = walk_in(daisy)
    works(desk, sale, "service", service=service.pk, provider=provider.pk)
    works(desk, sale, "gift-card", card_type=GiftCardTypeFactory().pk)
    sale = works(desk, sale, "tip", tip="5,00", provider=provider.pk)

    assert sale.total_minor == 7200 + 5000 + 500
    assert "Aino" in desk.get(address(sale)).content.decode()


@pytest.mark.parametrize("step", ["product", "service", "gift-card", "reward", "nonsense"])
def test_what_is_not_there_is_not_sold(desk: Browser, sale: Sale, step: str) -> None:
    refused(desk, sale, step, 422, product="9" * 30, service="x", card_type="-1", reward="٣")


def test_a_line_is_changed_and_keeps_what_was_typed(desk: Browser, sale: Sale) -> None:
    line = sale.lines.get()
    sent = {"line": line.pk, "quantity": "2", "provider": "", "discount": "8"}

    page = refused(desk, sale, "change", 422, **sent, reason="")
    assert "Say why the price is lower." in page
    assert re.search(r'name="quantity"[^>]*value="2"', page)

    sale = works(desk, sale, "change", **sent, reason="Damaged box")
    assert sale.total_minor == 4000
    page = desk.get(address(sale)).content.decode()
    assert "8.00 off: Damaged box" in page
    assert works(desk, sale, "remove", line=line.pk).total_minor == 0
    refused(desk, sale, "change", 409, **sent, reason="x")


@pytest.mark.parametrize("amount", ["", "x", "0", "-5", "1e3", "9" * 40])
def test_an_amount_that_is_none_is_refused(desk: Browser, sale: Sale, amount: str) -> None:
    for step in ("cash", "terminal"):
        page = refused(desk, sale, step, 422, amount=amount)
        assert f'value="{amount}"' in page
    assert Sale.objects.get().paid_minor == 0


def test_tenders_in_any_order_and_then_complete(desk: Browser, sale: Sale) -> None:
    own = OwnTender.objects.create(name="MobilePay")
    code = reveal_code(give_card(None, 500))
    works(desk, sale, "terminal", amount="4,00")
    works(desk, sale, "code", code=code.lower().replace("-", " "))
    works(desk, sale, "", tender=own.pk, amount="5")
    assert works(desk, sale, "cash", amount="20.00").left_to_pay_minor == 0
    page = desk.get(address(sale)).content.decode()
    for words in ("MobilePay", "change €10.00", "Complete sale"):
        assert words in page

    done = works(desk, sale, "complete")

    assert (done.state, done.number) == (SaleState.COMPLETED, 1)
    assert desk.get(address(sale)).headers["Location"] == reverse("backoffice:sale", args=[sale.pk])


def test_complete_pressed_in_two_tabs_lands_on_one_sale(desk: Browser, sale: Sale) -> None:
    works(desk, sale, "cash", amount="24")
    answers = [press(desk, sale, "complete") for _tab in range(2)]

    assert [each.status_code for each in answers] == [302, 302]
    assert [each.number for each in Sale.objects.all()] == [1]


def test_more_than_is_left_is_refused(desk: Browser, sale: Sale) -> None:
    assert "more than what is left" in refused(desk, sale, "terminal", 422, amount="24.01")


def test_what_is_not_paid_is_not_completed(desk: Browser, sale: Sale) -> None:
    assert "left to pay" in refused(desk, sale, "complete", 409)


def test_a_payment_is_taken_back(desk: Browser, sale: Sale, daisy: User) -> None:
    payment = cash(sale, daisy, 1000)
    assert works(desk, sale, "take-back", payment=payment.pk).paid_minor == 0
    refused(desk, sale, "take-back", 409, payment=payment.pk)


def test_a_wrong_code_is_refused_and_stays(desk: Browser, sale: Sale) -> None:
    page = refused(desk, sale, "code", 422, code="ABCD-EFGH-JKMN-PQRS")
    assert 'value="ABCD-EFGH-JKMN-PQRS"' in page


def test_guessing_codes_at_the_till_is_stopped(desk: Browser, sale: Sale) -> None:
    answers = [press(desk, sale, "code", code=f"ABCD-EFGH-JKMN-PQ{n:02}") for n in range(12)]
    assert answers[-1].status_code == 429


def test_the_clients_own_card_is_one_press(desk: Browser, daisy: User, alice: Client) -> None:
    card = give_card(alice, 1000)
    sale = sell(walk_in(daisy, alice), daisy)
    assert f"Gift card …{card.last_four}" in desk.get(address(sale)).content.decode()

    refused(desk, sale, "own-card", 409, card=card.pk, balance=900)
    assert works(desk, sale, "own-card", card=card.pk, balance=1000).paid_minor == 1000


def test_somebody_elses_card_is_not_the_clients(
    desk: Browser, daisy: User, alice: Client, bob: Client
) -> None:
    card = give_card(bob, 1000)
    refused(desk, sell(walk_in(daisy, alice), daisy), "own-card", 409, card=card.pk, balance=1000)


def test_a_client_is_chosen_to_give_points(desk: Browser, sale: Sale, alice: Client) -> None:
    page = desk.get(address(sale)).content.decode()
    assert "Choose a client to give points" in page
    found = press(desk, sale, "search", q="Alice").content.decode()
    assert f'value="{alice.pk}"' in found

    assert works(desk, sale, "", pick=alice.pk).client == alice
    assert works(desk, sale, "nobody").client is None


def test_a_sale_of_a_reward_alone_has_nothing_to_pay(
    desk: Browser, daisy: User, alice: Client
) -> None:
    turn_on("loyalty")
    give_points(alice, 820)
    reward, dear = product_reward(400, name_en="Rosehip oil"), product_reward(900)
    sale = walk_in(daisy, alice)
    page = desk.get(address(sale)).content.decode()
    assert "80 more points needed" in page

    works(desk, sale, "reward", reward=reward.pk)
    page = desk.get(address(sale)).content.decode()
    for words in ("Rosehip oil (Reward)", "REWARD", "820 → 420 points", "Complete, nothing to pay"):
        assert words in page
    works(desk, sale, "reward", reward=dear.pk)
    assert "480 more" in refused(desk, sale, "complete", 409)

    works(desk, sale, "remove", line=sale.lines.get(reward=dear).pk)
    assert works(desk, sale, "complete").state == SaleState.COMPLETED


def test_a_sale_is_left(desk: Browser, sale: Sale) -> None:
    answer = press(desk, sale, "discard")

    assert answer.headers["Location"] == reverse("backoffice:checkout")
    assert Sale.objects.get().state == SaleState.CANCELLED
    assert desk.get(address(sale)).status_code == 302


def test_no_such_sale(desk: Browser) -> None:
    assert desk.get(f"/admin/checkout/{'9' * 30}/").status_code == 404


def test_the_page_asks_as_often_for_many_lines(desk: Browser, daisy: User) -> None:
    sale = sell(walk_in(daisy), daisy)
    desk.get(address(sale))
    with CaptureQueriesContext(connection) as one:
        desk.get(address(sale))
    for _line in range(29):
        sell(sale, daisy)
    with CaptureQueriesContext(connection) as many:
        desk.get(address(sale))

    assert len(many) == len(one)
