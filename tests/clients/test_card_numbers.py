from __future__ import annotations

import re

import pytest
from django.db import IntegrityError, transaction

from clients import people
from clients.card_numbers import new_card_number
from clients.errors import CardNumberOdd, CardNumberTaken, ClientGone
from clients.models import Client
from clients.people import (
    create_client,
    erase_personal_data,
    give_card_number,
    search_clients,
    update_client,
)
from foundation.locks import violated_constraint
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["2000-1234 ab", " 20001234AB ", "2000\u20131234ab"])
def test_a_number_is_kept_in_one_way_and_found_in_every_way(typed: str) -> None:
    client = create_client(first_name="Mette", card_number=typed, actor=None)

    assert Client.objects.get(pk=client.pk).card_number == "20001234AB"
    assert list(search_clients("2000 1234-Ab")) == [client]
    assert list(search_clients("2000 1234")) == []


@pytest.mark.parametrize("typed", ["123", "1" * 21, "12345*", "ÄÖ12", "1234\n\0"])
def test_what_is_no_number_is_refused(typed: str, alice: Client) -> None:
    with pytest.raises(CardNumberOdd):
        update_client(client=alice, actor=None, card_number=typed)
    with pytest.raises(CardNumberOdd):
        create_client(first_name="Mette", card_number=typed, actor=None)
    alice.refresh_from_db()
    assert alice.card_number == ""


def test_a_number_is_one_client_s(alice: Client, bob: Client) -> None:
    update_client(client=alice, actor=None, card_number="1001")

    with pytest.raises(CardNumberTaken):
        update_client(client=bob, actor=None, card_number="10 01")
    with pytest.raises(CardNumberTaken):
        create_client(first_name="Mette", card_number="1001", actor=None)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Client.objects.filter(pk=bob.pk).update(card_number="1001")
    assert "card_number" in violated_constraint(refused.value)
    assert [each.pk for each in search_clients("1001")] == [alice.pk]


def test_many_have_none(alice: Client, bob: Client) -> None:
    update_client(client=alice, actor=None, card_number="  ")
    assert {alice.card_number, bob.card_number} == {""}


def test_other_changes_leave_the_number(alice: Client) -> None:
    update_client(client=alice, actor=None, card_number="1001")
    update_client(client=alice, actor=None, note="Window seat")
    alice.refresh_from_db()
    assert (alice.card_number, alice.note) == ("1001", "Window seat")


def test_a_new_number_reads_as_an_ean_13_of_the_shop_s_own() -> None:
    """GS1: twelve digits weighed 1, 3, 1, 3 … and the check digit come to a whole ten."""
    for number in {new_card_number() for _ in range(50)}:
        assert re.fullmatch(r"2\d{12}", number)
        assert sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(number)) % 10 == 0


def test_who_has_a_number_keeps_it(alice: Client) -> None:
    first = give_card_number(client=alice).card_number
    assert first
    assert give_card_number(client=alice).card_number == first


def test_a_number_that_is_taken_is_made_anew(
    alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(["2000", "2000", "2001"])
    monkeypatch.setattr(people, "new_card_number", lambda: next(made))

    assert give_card_number(client=alice).card_number == "2000"
    assert give_card_number(client=bob).card_number == "2001"


def test_when_every_number_is_taken_that_is_said(
    alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "new_card_number", lambda: "2000")
    give_card_number(client=alice)
    with pytest.raises(CardNumberTaken):
        give_card_number(client=bob)


def test_erasing_takes_the_number(alice: Client) -> None:
    update_client(client=alice, actor=None, card_number="1001")
    erase_personal_data(client=alice, actor=None)

    alice.refresh_from_db()
    assert alice.card_number == ""
    with pytest.raises(ClientGone):
        give_card_number(client=alice)
    assert ClientFactory(card_number="1001").pk
