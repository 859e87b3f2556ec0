from __future__ import annotations

import datetime as dt
import logging

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation.errors import TooManyAttempts
from giftcards.cards import find_usable_card, reveal_code, spend_card, void_card
from giftcards.codes import new_code
from giftcards.errors import CodeNotUsable
from giftcards.lookup import TRIES_PER_SOURCE, TRIES_SHOP_WIDE
from giftcards.models import GiftCard
from tests.factories import give_card, turn_off

HERE = ["ip:192.0.2.1", "session:abc"]


def void(card):
    void_card(card_id=card.pk, key="v", actor=None, description="Lost")


def expire(card):
    GiftCard.objects.update(expires_at=card.issued_at - dt.timedelta(days=1))


def postpone(card):
    GiftCard.objects.update(active_from=card.issued_at + dt.timedelta(days=1))


def use_up(card):
    spend_card(card_id=card.pk, amount_minor=card.balance, key="s", actor=None)


@pytest.mark.django_db
def test_find_usable_card_by_anybody_who_knows_the_code(alice):
    card = give_card(alice)
    turn_off("gift_cards")

    found = find_usable_card(reveal_code(card).lower().replace("-", " "), sources=HERE)

    assert found == card


@pytest.mark.django_db
@pytest.mark.parametrize("ruin", [void, expire, postpone, use_up], ids=lambda each: each.__name__)
def test_find_usable_card_gives_one_answer_for_every_failure(alice, ruin, caplog):
    """Same exception, same sentence, same status, same statements (T02)."""
    card = give_card(alice)
    code, unknown = reveal_code(card), new_code()
    ruin(card)
    answers = set()

    for typed in (code, unknown, "no such thing", "", "\x00" * 16, "x" * 1_000_000):
        with (
            caplog.at_level(logging.WARNING, "giftcards.lookup"),
            CaptureQueriesContext(connection) as asked,
            pytest.raises(CodeNotUsable) as refused,
        ):
            find_usable_card(typed, sources=HERE)
        statements = tuple(query["sql"].split()[0] for query in asked)
        error = refused.value
        answers.add((type(error), str(error), error.status, error.code, statements))

    reasons = [record.getMessage() for record in caplog.records]
    assert len(answers) == 1
    assert str(error) == "We can't use this code. Codes look like ABCD-EFGH-JKMN-PQRS"
    assert error.status == 422
    assert len(reasons) == 6
    assert (
        reasons[1:]
        == ["Gift card code refused: unknown"] + ["Gift card code refused: malformed"] * 4
    )
    assert not {code, unknown} & set(" ".join(reasons).split())


@pytest.mark.django_db
def test_find_usable_card_stops_a_source_after_ten_wrong_tries(alice, clock):
    code = reveal_code(give_card(alice))
    for _ in range(TRIES_PER_SOURCE):
        with pytest.raises(CodeNotUsable):
            find_usable_card(new_code(), sources=HERE)

    with pytest.raises(TooManyAttempts) as refused:
        find_usable_card(code, sources=HERE)  # the right code is not looked at either
    assert refused.value.status == 429
    with pytest.raises(TooManyAttempts):
        find_usable_card(code, sources=["ip:192.0.2.2", HERE[1]])  # another address, same session

    assert find_usable_card(code, sources=["ip:192.0.2.2", "session:xyz"])
    clock.advance(minutes=10)
    assert find_usable_card(code, sources=HERE)


@pytest.mark.django_db
def test_find_usable_card_does_not_count_a_success(alice):
    code = reveal_code(give_card(alice))

    for _ in range(TRIES_PER_SOURCE * 3):
        find_usable_card(code, sources=HERE)

    with pytest.raises(CodeNotUsable):
        find_usable_card(new_code(), sources=HERE)


@pytest.mark.django_db
def test_find_usable_card_stops_many_sources_together(alice):
    code = reveal_code(give_card(alice))
    for source in range(TRIES_SHOP_WIDE // TRIES_PER_SOURCE):
        for _ in range(TRIES_PER_SOURCE):
            with pytest.raises(CodeNotUsable):
                find_usable_card("wrong", sources=[f"ip:192.0.2.{source}"])

    with pytest.raises(TooManyAttempts):
        find_usable_card(code, sources=["ip:198.51.100.1"])


@pytest.mark.django_db
def test_find_usable_card_one_source_cannot_use_up_the_shop(alice):
    code = reveal_code(give_card(alice))
    for _ in range(TRIES_SHOP_WIDE + 5):
        with pytest.raises((CodeNotUsable, TooManyAttempts)):
            find_usable_card("wrong", sources=HERE)

    assert find_usable_card(code, sources=["ip:198.51.100.1"])


@pytest.mark.django_db(transaction=True)
def test_find_usable_card_refuses_a_transaction_that_could_forget_the_attempt(alice):
    code = reveal_code(give_card(alice))

    with pytest.raises(RuntimeError), transaction.atomic():
        find_usable_card(code, sources=HERE)
