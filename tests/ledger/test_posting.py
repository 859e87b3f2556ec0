"""The form of a ledger: what ``post`` writes, on points and on gift cards."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from foundation.locks import violated_constraint
from ledger.posting import find_entry

pytestmark = pytest.mark.django_db


def test_post_continues_the_chain_and_moves_the_balance(book, clock):
    clock.advance(hours=1)
    due = clock.now - dt.timedelta(minutes=20)

    entry = book.post(-1200, key="sale:1", occurred_at=due, description="Facial")

    entry.refresh_from_db()
    assert (entry.sequence, entry.amount, entry.balance_after) == (2, -1200, 3800)
    assert (entry.occurred_at, entry.created_at) == (due, clock.now)
    assert (entry.description, entry.actor, entry.reverses) == ("Facial", None, None)
    book.account.refresh_from_db()
    assert (book.account.balance, book.account.last_sequence) == (3800, 2)


def test_post_keeps_the_account_in_hand_fresh(book):
    book.post(-1200, key="sale:1")

    assert (book.account.balance, book.account.last_sequence) == (3800, 2)


def test_find_entry_returns_what_the_fact_made(book):
    entry = book.post(-1200, key="sale:1")

    assert find_entry(book.entries, "sale:1") == entry
    assert find_entry(book.entries, "sale:2") is None


def test_post_with_a_used_key_is_refused_and_leaves_nothing(book):
    book.post(-1200, key="sale:1")

    with pytest.raises(IntegrityError):
        book.post(-1200, key="sale:1")

    book.account.refresh_from_db()
    assert (book.account.balance, book.rows.count()) == (3800, 2)


def test_post_from_a_stale_account_is_refused(book):
    """What a lock prevents: somebody decides on a balance that is not the account's any more."""
    stale = book.accounts._default_manager.get(pk=book.account.pk)
    book.post(-5000, key="sale:1")
    book.account = stale
    book.account.refresh_from_db = lambda: None

    with pytest.raises(IntegrityError):
        book.post(-5000, key="sale:2")

    assert list(book.rows.order_by("sequence").values_list("balance_after", flat=True)) == [5000, 0]


def test_post_below_the_floor_is_refused(book):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        book.post(-5001, key="sale:1")

    assert f"{book.constraints}_balance_floor" in violated_constraint(refused.value)
