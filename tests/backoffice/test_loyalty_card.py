"""A client's loyalty card at the desk: typed, made, found and printed."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from clients.people import update_client
from foundation.models import RateCounter
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


def fields(person: Client, **changes: str) -> dict[str, str]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone": str(person.phone),
        "language": person.language,
        "allergies": "",
        "note": "",
        "card_number": person.card_number,
        "consent_records-TOTAL_FORMS": "0",
        "consent_records-INITIAL_FORMS": "0",
    } | changes


def page_of(person: Client) -> str:
    return reverse("admin:clients_client_change", args=[person.pk])


def test_a_number_is_typed_and_the_search_at_the_top_finds_it(desk: Browser, alice: Client) -> None:
    answer = desk.post(page_of(alice), fields(alice, card_number="ab12-3456-7890"))
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.card_number == "AB1234567890"

    # Letters and digits look like a gift card's code, and a number that somebody has is no guess.
    found = desk.post(reverse("backoffice:search"), {"q": "ab12 3456 7890"}, follow=True)
    assert alice.full_name in found.content.decode()
    assert not RateCounter.objects.exists()
    desk.post(reverse("backoffice:search"), {"q": "ab12 3456 7899"})
    assert RateCounter.objects.exists()


def test_a_number_is_made_by_a_tick(desk: Browser, alice: Client) -> None:
    desk.post(page_of(alice), fields(alice, make_number="on"))
    alice.refresh_from_db()
    assert re.fullmatch(r"2\d{12}", alice.card_number)
    number = alice.card_number

    refused = desk.post(page_of(alice), fields(alice, make_number="on"))
    assert "Empty the number to have a new one made" in refused.content.decode()
    desk.post(page_of(alice), fields(alice, card_number="", make_number="on"))
    alice.refresh_from_db()
    assert re.fullmatch(r"2\d{12}", alice.card_number)
    assert alice.card_number != number


def test_whose_number_it_is_already_is_said(desk: Browser, alice: Client, bob: Client) -> None:
    update_client(client=bob, actor=None, card_number="1001")

    refused = desk.post(page_of(alice), fields(alice, card_number="10 01", note="Tea"))

    said = refused.content.decode()
    assert f"{bob.full_name} has this loyalty card number." in said
    assert "Tea" in said
    alice.refresh_from_db()
    assert alice.card_number == ""


def test_an_odd_number_is_refused_with_what_is_right(desk: Browser, alice: Client) -> None:
    refused = desk.post(page_of(alice), fields(alice, card_number="12"))
    assert "Enter the number on the card: 4 to 20 letters and digits" in refused.content.decode()


def test_a_new_client_gets_a_card_at_once(desk: Browser) -> None:
    person = ClientFactory.build()
    desk.post(reverse("admin:clients_client_add"), fields(person, make_number="on"))
    assert re.fullmatch(r"2\d{12}", Client.objects.get().card_number)


def test_booking_finds_who_is_scanned(desk: Browser, alice: Client, bob: Client) -> None:
    update_client(client=alice, actor=None, card_number="1001")
    sent = {"q": "1001", "step": "search"}
    page = desk.post(reverse("backoffice:booking-new"), sent).content.decode()
    assert alice.full_name in page
    assert bob.full_name not in page


def test_the_card_is_printed_and_is_not_there_without_a_number(
    desk: Browser, alice: Client
) -> None:
    address = reverse("backoffice:loyalty-card", args=[alice.pk])
    assert address not in desk.get(page_of(alice)).content.decode()
    assert desk.get(address).status_code == 404

    update_client(client=alice, actor=None, card_number="2000123456789")
    assert address in desk.get(page_of(alice)).content.decode()
    page = desk.get(address).content.decode()
    assert "2000 1234 5678 9" in page
    assert '<svg class="qr"' in page
