"""One balance, two checkouts at once (reliability F24): the race, and proof that it is one.

The last two tests switch the protections off one by one. Without the lock the database refuses
the second entry; without the lock and the unique number it does not, and a card of 10.00 pays for
20.00. So the first tests mean something.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from foundation.form_tokens import new_form_token
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from giftcards.cards import issue_card, return_to_card, spend_card
from giftcards.errors import CardShort
from giftcards.models import CardEntry, CardOrigin, GiftCard
from loyalty.points import adjust_points, balance_of
from tests.concurrency.contests import affordable, contest, flat, kinds, violations
from tests.concurrency.racing import PATIENCE, lost, race, wait_until_somebody_waits, won
from tests.factories import GiftCardTypeFactory, UserFactory, give_card, give_points, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def spend(card: GiftCard, key: str) -> Callable[[], CardEntry]:
    return lambda: spend_card(card_id=card.pk, amount_minor=1000, key=key, actor=None)


# What is spent here pays no sale.
NO_SALE = ("payment-for-every-card-entry",)


def test_the_second_checkout_waits_and_reads_what_is_left(alice):
    card = give_card(alice, 1000)
    spent, waiting = threading.Event(), []

    def first() -> CardEntry:
        with transaction.atomic():
            entry = spend(card, "sale:1")()
            spent.set()
            wait_until_somebody_waits()
            waiting.append(True)
        return entry

    def second() -> CardEntry:
        assert spent.wait(PATIENCE)
        return spend(card, "sale:2")()

    paid, refused = race(first, second)

    assert waiting
    assert (paid.amount, paid.balance_after) == (-1000, 0)
    assert isinstance(refused, CardShort)
    assert refused.left_minor == 0
    assert violations(NO_SALE) == []


def test_eight_checkouts_never_spend_more_than_the_card(alice):
    card = give_card(alice, 3000)

    outcomes = race(*(spend(card, f"sale:{number}") for number in range(8)))

    assert kinds(outcomes) == {"CardEntry": 3, "CardShort": 5}
    card.refresh_from_db()
    assert (card.balance, card.last_sequence) == (0, 4)
    assert violations(NO_SALE) == []


def test_one_card_pays_what_is_on_it_and_not_one_more(alice):
    paid = affordable("one card, many payments")
    card = give_card(alice, paid * 1000 + 999)

    outcomes = flat(
        contest(
            "one card, many payments",
            lambda number: [spend(card, f"sale:{number}:{each}") for each in range(160)],
            per_round=160,
            without=NO_SALE,
        )
    )

    assert len(won(outcomes)) == paid
    assert {type(error) for error in lost(outcomes)} == {CardShort}
    card.refresh_from_db()
    assert (card.balance, card.last_sequence) == (999, paid + 1)


def test_one_checkout_sent_eight_times_spends_once(alice):
    card = give_card(alice, 3000)

    outcomes = race(*(spend(card, "sale:1") for _ in range(8)))

    assert {entry.pk for entry in outcomes} == {outcomes[0].pk}
    card.refresh_from_db()
    assert card.balance == 2000
    assert violations(NO_SALE) == []


def test_one_spending_returned_twice_at_once_returns_once(alice):
    card = give_card(alice, 1000)
    entry = spend(card, "sale:1")()

    outcomes = race(
        *(
            lambda key=key: return_to_card(entry=entry, key=key, actor=None)
            for key in ("entry:1:return", "another name for it")
        )
    )

    assert kinds(outcomes) == {"AlreadyReturned": 1, "CardEntry": 1}
    card.refresh_from_db()
    assert card.balance == 1000
    assert violations(NO_SALE) == []


def test_one_card_issued_eight_times_at_once_is_one_card(alice):
    card_type = GiftCardTypeFactory()

    outcomes = race(
        *[
            lambda: issue_card(
                card_type=card_type,
                owner=alice,
                origin=CardOrigin.DESK,
                key="form:x:issue",
                actor=None,
            )
        ]
        * 8
    )

    assert {card.pk for card in outcomes} == {outcomes[0].pk}
    assert GiftCard.objects.count() == CardEntry.objects.count() == 1
    assert violations(NO_SALE) == []


def test_eight_deductions_never_take_more_points_than_there_are(alice):
    turn_on("loyalty")
    give_points(alice, 300)
    owner = UserFactory(is_superuser=True)

    outcomes = race(
        *[
            lambda: adjust_points(
                client=alice,
                amount=-100,
                description="A correction",
                form_token=new_form_token(),
                actor=owner,
                tell_client=False,
            )
        ]
        * 8
    )

    assert kinds(outcomes) == {"BelowZero": 5, "PointEntry": 3}
    assert balance_of(alice) == 0
    assert violations(NO_SALE) == []


# --- the lock switched off --------------------------------------------------------------------


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both checkouts read the card before either writes, which is what the lock forbids."""
    both_have_read = threading.Barrier(2)

    def read_only(queryset: models.QuerySet[Any], pk: int) -> Any:
        row = queryset.get(pk=pk)
        both_have_read.wait(PATIENCE)
        return row

    monkeypatch.setattr("giftcards.cards.lock_one", read_only)


@pytest.fixture
def without_unique_number() -> Iterator[None]:
    """The guards and the unique number off; afterwards the table is emptied and whole again."""
    constraint = next(
        each for each in CardEntry._meta.constraints if each.name == "card_entry_sequence_once"
    )
    drop_guards()
    with connection.schema_editor() as editor:
        editor.remove_constraint(CardEntry, constraint)
    yield
    drop_guards()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE giftcards_cardentry CASCADE")
    with connection.schema_editor() as editor:
        editor.add_constraint(CardEntry, constraint)


def test_without_the_lock_the_database_refuses_the_second_entry(alice, without_lock):
    card = give_card(alice, 1000)

    outcomes = race(spend(card, "sale:1"), spend(card, "sale:2"))

    assert kinds(outcomes) == {"CardEntry": 1, "IntegrityError": 1}
    refused = next(outcome for outcome in outcomes if isinstance(outcome, IntegrityError))
    assert violated_constraint(refused) == "card_entry_sequence_once"
    card.refresh_from_db()
    assert card.balance == 0
    assert violations(NO_SALE) == []


def test_without_lock_and_unique_number_a_card_is_spent_twice(
    alice, without_unique_number, without_lock
):
    card = give_card(alice, 1000)

    outcomes = race(spend(card, "sale:1"), spend(card, "sale:2"))

    assert kinds(outcomes) == {"CardEntry": 2}
    assert sum(CardEntry.objects.values_list("amount", flat=True)) == -1000
    said = f"account {card.pk} says 0, its entries add up to -1000"
    assert f"card-balance-is-sum: {said}" in violations(NO_SALE)
