from __future__ import annotations

import datetime as dt

import pytest

from business.errors import FeatureOff
from foundation.money import BadAmount
from giftcards.cards import (
    cards_of,
    is_usable,
    issue_card,
    return_to_card,
    reveal_code,
    spend_again,
    spend_card,
    spendable_cards_of,
    void_card,
)
from giftcards.codes import fold_code, hash_code
from giftcards.errors import AlreadyReturned, CardNotUsable, CardShort
from giftcards.models import CardEntry, CardKind, CardOrigin, GiftCard
from tests.factories import GiftCardTypeFactory, give_card, turn_off

pytestmark = pytest.mark.django_db


def ledger_of(card: GiftCard) -> list[tuple[int, str, int, int, str]]:
    """(sequence, kind, amount, balance after, key) of every entry."""
    fields = ("sequence", "kind", "amount", "balance_after", "key")
    return list(CardEntry.objects.filter(card=card).order_by("sequence").values_list(*fields))


def spend(card: GiftCard, amount: int, key: str = "sale:1:card") -> CardEntry:
    return spend_card(card_id=card.pk, amount_minor=amount, key=key, actor=None)


# --- issuing ----------------------------------------------------------------------------------


def test_issue_card_puts_the_whole_value_on_it(alice, clock):
    card_type = GiftCardTypeFactory(value_minor=5000, validity_months=36)

    card = issue_card(
        card_type=card_type,
        owner=alice,
        origin=CardOrigin.DESK,
        key="form:x:issue",
        actor=alice.user,
        description="For a friend",
    )

    card.refresh_from_db()
    assert (card.balance, card.last_sequence, card.value_minor) == (5000, 1, 5000)
    assert (card.type, card.owner, card.origin) == (card_type, alice, "desk")
    assert (card.issued_at, card.active_from, card.voided_at) == (clock.now, clock.now, None)
    assert ledger_of(card) == [(1, "issue", 5000, 5000, "form:x:issue")]
    entry = card.entries.get()
    assert (entry.actor, entry.description) == (alice.user, "For a friend")
    assert (entry.occurred_at, entry.created_at) == (clock.now, clock.now)


def test_issue_card_keeps_the_code_out_of_the_database(alice):
    card = give_card(alice)
    folded = fold_code(reveal_code(card))

    assert card.code_hash == hash_code(folded)
    assert card.last_four == folded[-4:]
    assert folded not in card.code_encrypted


@pytest.mark.parametrize(
    ("issued", "months", "until"),
    [
        # Europe/Helsinki: through the last second of the day there.
        ("2025-11-04T09:00", 36, "2028-11-04T21:59:59"),
        ("2025-06-04T09:00", 36, "2028-06-04T20:59:59"),
        ("2025-01-31T09:00", 1, "2025-02-28T21:59:59"),
        ("2025-12-31T23:30", 1, "2026-02-01T21:59:59"),
        ("2027-02-28T23:30", 12, "2028-03-01T21:59:59"),
    ],
)
def test_issue_card_is_valid_through_its_last_day(alice, clock, issued, months, until):
    clock.move_to(dt.datetime.fromisoformat(issued).replace(tzinfo=dt.UTC))

    card = give_card(alice, validity_months=months)

    assert card.expires_at == dt.datetime.fromisoformat(until).replace(tzinfo=dt.UTC)


def test_issue_card_again_with_the_key_returns_the_same_card(alice):
    card_type = GiftCardTypeFactory()
    first, second = (
        issue_card(
            card_type=card_type, owner=alice, origin=CardOrigin.DESK, key="form:x:issue", actor=None
        )
        for _ in range(2)
    )

    assert first == second
    assert (GiftCard.objects.count(), CardEntry.objects.count()) == (1, 1)


def test_issue_card_is_refused_while_gift_cards_are_off(alice):
    turn_off("gift_cards")

    with pytest.raises(FeatureOff):
        give_card(alice)

    assert GiftCard.objects.count() == 0


def test_issue_card_draws_a_code_that_exists_again(alice, monkeypatch):
    drawn = iter(["7K3M-9QXA-02TB-WHZN", "7K3M-9QXA-02TB-WHZN", "ABCD-EFGH-JKMN-PQRS"])
    monkeypatch.setattr("giftcards.cards.new_code", lambda: next(drawn))

    codes = [reveal_code(give_card(alice)) for _ in range(2)]

    assert codes == ["7K3M-9QXA-02TB-WHZN", "ABCD-EFGH-JKMN-PQRS"]


# --- spending ---------------------------------------------------------------------------------


def test_spend_card_in_parts_down_to_nothing(alice):
    card = give_card(alice, 5000)

    spend(card, 2000, "sale:1:card")
    spend(card, 3000, "sale:2:card")

    card.refresh_from_db()
    assert card.balance == 0
    assert ledger_of(card)[1:] == [
        (2, "spend", -2000, 3000, "sale:1:card"),
        (3, "spend", -3000, 0, "sale:2:card"),
    ]


def test_spend_card_again_with_the_key_spends_once(alice):
    card = give_card(alice, 5000)

    # The first empties the card: the key is looked up before the balance.
    assert spend(card, 5000) == spend(card, 5000)

    assert [row[2] for row in ledger_of(card)] == [5000, -5000]


def test_spend_card_above_the_balance_says_what_is_left(alice):
    card = give_card(alice, 5000)
    spend(card, 2000)

    with pytest.raises(CardShort) as refused:
        spend(card, 3001, "sale:2:card")

    assert refused.value.left_minor == 3000
    card.refresh_from_db()
    assert card.balance == 3000


@pytest.mark.parametrize("amount", [0, -1])
def test_spend_card_refuses_nothing_and_less(alice, amount):
    card = give_card(alice)

    with pytest.raises(BadAmount):
        spend(card, amount)


def test_spend_card_refuses_an_expired_card(alice, clock):
    card = give_card(alice)
    clock.move_to(card.expires_at)
    spend(card, 1000, "the last second")
    clock.advance(seconds=1)

    with pytest.raises(CardNotUsable):
        spend(card, 1000, "a second later")


def test_spend_card_refuses_a_card_that_is_not_active_yet(alice, clock):
    card = give_card(alice)
    GiftCard.objects.update(active_from=clock.now + dt.timedelta(days=1))

    with pytest.raises(CardNotUsable):
        spend(card, 1000)


def test_spend_card_refuses_a_voided_card(alice):
    card = give_card(alice)
    void_card(card_id=card.pk, key="form:v:void", actor=None, description="Lost")

    with pytest.raises(CardNotUsable):
        spend(card, 1000)


def test_money_on_a_card_pays_and_returns_while_gift_cards_are_off(alice):
    card = give_card(alice, 5000)
    turn_off("gift_cards")

    entry = spend(card, 2000)
    return_to_card(entry=entry, key="entry:r", actor=None)

    card.refresh_from_db()
    assert card.balance == 5000


# --- returning --------------------------------------------------------------------------------


def test_return_to_card_mirrors_the_spending_once(alice):
    card = give_card(alice, 5000)
    spent = spend(card, 2000)

    returned = return_to_card(entry=spent, key="entry:1:return", actor=None, description="Sorry")
    again = return_to_card(entry=spent, key="entry:1:return", actor=None, description="Sorry")

    assert returned == again
    assert (returned.reverses, returned.kind, returned.amount) == (spent, CardKind.RETURN, 2000)
    card.refresh_from_db()
    assert card.balance == 5000
    with pytest.raises(AlreadyReturned):
        return_to_card(entry=spent, key="another", actor=None)


def test_spend_again_takes_part_of_what_was_returned_also_after_the_expiry(alice, clock):
    card = give_card(alice, 5000)
    spent = spend(card, 2000)
    clock.move_to(card.expires_at + dt.timedelta(days=1))
    return_to_card(entry=spent, key="payment:1:return", actor=None)

    again = [
        spend_again(entry=spent, amount_minor=1500, key="payment:1:keep", actor=None)
        for _ in range(2)
    ]

    assert again[0] == again[1]
    assert (again[0].kind, again[0].amount, again[0].balance_after) == ("spend", -1500, 3500)


def test_spend_again_takes_only_what_was_returned(alice):
    spent = spend(give_card(alice, 5000), 2000)
    with pytest.raises(BadAmount):
        spend_again(entry=spent, amount_minor=1500, key="payment:1:keep", actor=None)
    return_to_card(entry=spent, key="payment:1:return", actor=None)
    with pytest.raises(BadAmount):
        spend_again(entry=spent, amount_minor=2001, key="payment:1:keep", actor=None)


def test_return_to_card_that_expired_meanwhile_stays_expired(alice, clock):
    card = give_card(alice, 5000)
    spent = spend(card, 2000)
    clock.move_to(card.expires_at + dt.timedelta(days=1))

    return_to_card(entry=spent, key="entry:1:return", actor=None)

    card.refresh_from_db()
    assert card.balance == 5000
    assert not is_usable(card, clock.now)


def test_return_to_card_refuses_a_voided_card(alice):
    card = give_card(alice, 5000)
    spent = spend(card, 2000)
    void_card(card_id=card.pk, key="form:v:void", actor=None, description="Lost")

    with pytest.raises(CardNotUsable):
        return_to_card(entry=spent, key="entry:1:return", actor=None)


def test_return_to_card_takes_back_spendings_only(alice):
    card = give_card(alice)

    with pytest.raises(BadAmount):
        return_to_card(entry=card.entries.get(), key="entry:1:return", actor=None)


# --- voiding ----------------------------------------------------------------------------------


def test_void_card_writes_the_rest_off_once(alice, daisy, clock):
    card = give_card(alice, 5000)
    spend(card, 2000)

    for _ in range(2):
        void_card(card_id=card.pk, key="form:v:void", actor=daisy, description="Lost")

    card.refresh_from_db()
    assert (card.balance, card.voided_at) == (0, clock.now)
    assert ledger_of(card)[2:] == [(3, "void", -3000, 0, "form:v:void")]
    assert card.entries.get(kind="void").actor == daisy


def test_void_card_that_is_used_up_writes_no_entry(alice):
    card = give_card(alice, 5000)
    spend(card, 5000)

    voided = void_card(card_id=card.pk, key="form:v:void", actor=None, description="Lost")

    assert voided.voided_at is not None
    assert len(ledger_of(card)) == 2


# --- reading ----------------------------------------------------------------------------------


def test_spendable_cards_of_offers_the_first_to_expire_first(alice, bob, clock):
    late = give_card(alice, validity_months=36)
    soon = give_card(alice, validity_months=6)
    empty = give_card(alice, 100)
    spend(empty, 100)
    voided = give_card(alice)
    void_card(card_id=voided.pk, key="form:v:void", actor=None, description="Lost")
    give_card(bob)
    give_card(None)

    assert spendable_cards_of(alice) == [soon, late]
    assert list(cards_of(alice)) == [voided, empty, soon, late]


@pytest.mark.parametrize("many", [1, 30])
def test_spendable_cards_of_asks_once_however_many_cards(alice, many, django_assert_num_queries):
    for _ in range(many):
        give_card(alice)

    with django_assert_num_queries(1):
        assert len([card.type.name for card in spendable_cards_of(alice)]) == many
