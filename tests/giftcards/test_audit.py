"""Each check of the cards, on a clean card and on one lie."""

from __future__ import annotations

import pytest
from django.db import connection

from foundation.audit import load_checks
from foundation.crypto import encrypt
from foundation.guards import drop_guards
from giftcards.cards import return_to_card, spend_card, void_card
from giftcards.codes import new_code
from giftcards.models import CardEntry, GiftCard
from ledger.posting import post
from tests.factories import give_card

pytestmark = pytest.mark.django_db


def violated() -> dict[str, list[str]]:
    checks = {name: run for name, run in load_checks().items() if name.startswith("card-")}
    found = {name: run().violations for name, run in checks.items()}
    return {name: lines for name, lines in found.items() if lines}


def take_guards_off() -> None:
    connection.check_constraints()
    drop_guards()


def test_cards_in_every_state_are_clean(alice):
    used = give_card(alice, 5000)
    entry = spend_card(card_id=used.pk, amount_minor=2000, key="sale:1", actor=None)
    return_to_card(entry=entry, key="entry:1", actor=None)
    voided = give_card(None)
    void_card(card_id=voided.pk, key="form:v", actor=None, description="Lost")

    assert violated() == {}


def test_a_code_that_no_key_opens_is_found(alice):
    card = give_card(alice)
    GiftCard.objects.update(code_encrypted="nonsense")

    assert violated() == {
        "card-code-opens-its-card": [
            f"the code of card {card.pk} cannot be read with the keys here"
        ]
    }


@pytest.mark.parametrize("lie", [{"code_encrypted": None}, {"last_four": "0000"}])
def test_a_code_that_opens_another_card_is_found(alice, lie):
    card = give_card(alice)
    if "code_encrypted" in lie:
        lie = {"code_encrypted": encrypt(new_code().replace("-", ""))}
    GiftCard.objects.update(**lie)

    assert violated() == {
        "card-code-opens-its-card": [f"the code of card {card.pk} does not open it"]
    }


def test_a_value_that_was_not_issued_is_found(alice):
    card = give_card(alice, 5000)
    GiftCard.objects.update(value_minor=6000)

    assert violated() == {
        "card-issued-once-with-its-value": [f"card {card.pk} of 6000 has 1 issue entries, of 5000"]
    }


def test_a_card_from_nowhere_is_found(alice):
    card = give_card(alice, 5000)
    take_guards_off()
    CardEntry.objects.all().delete()
    GiftCard.objects.update(balance=0, last_sequence=0)

    assert violated() == {
        "card-issued-once-with-its-value": [f"card {card.pk} of 5000 has 0 issue entries, of 0"]
    }


def test_a_card_loaded_twice_is_found(alice):
    card = give_card(alice, 5000)
    post(CardEntry, card, account_field="card", amount=5000, key="again", kind="issue", actor=None)

    assert set(violated()) == {"card-issued-once-with-its-value", "card-never-above-its-value"}


def test_a_return_without_a_spending_is_found(alice):
    card = give_card(alice, 5000)
    spend_card(card_id=card.pk, amount_minor=5000, key="sale:1", actor=None)
    card.refresh_from_db()
    entry = post(
        CardEntry, card, account_field="card", amount=100, key="r", kind="return", actor=None
    )

    assert violated() == {
        "card-return-names-its-spending": [f"return {entry.pk} takes no spending back"]
    }
