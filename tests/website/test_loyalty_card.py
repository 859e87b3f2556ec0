"""The loyalty card in the account: made by a button, shown with its code."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clients.models import Client
from clients.people import update_client
from tests.factories import turn_off, turn_on

pytestmark = pytest.mark.django_db

CARD = "/account/card/"


@pytest.fixture
def mine(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


def test_a_button_makes_the_card_once(mine: Browser, alice: Client) -> None:
    turn_on("loyalty")
    assert "Make my card" in mine.get(CARD).content.decode()

    mine.post(CARD)
    alice.refresh_from_db()
    number = alice.card_number
    assert len(number) == 13
    mine.post(CARD)
    alice.refresh_from_db()
    assert alice.card_number == number


def test_the_card_shows_number_name_and_code(mine: Browser, alice: Client) -> None:
    update_client(client=alice, actor=None, card_number="2000123456789")
    page = mine.get(CARD).content.decode()
    assert "2000 1234 5678 9" in page
    assert alice.full_name in page
    assert 'aria-label="QR code of your loyalty card"' in page
    assert CARD in mine.get("/account/").content.decode()


def test_while_loyalty_is_off_there_are_no_new_cards(mine: Browser, alice: Client) -> None:
    turn_off("loyalty")
    assert mine.get(CARD).status_code == mine.post(CARD).status_code == 404
    assert CARD not in mine.get("/account/").content.decode()
    alice.refresh_from_db()
    assert alice.card_number == ""

    update_client(client=alice, actor=None, card_number="1001")
    assert mine.get(CARD).status_code == 200
