"""Each invariant of a ledger with the commands bypassed: the database refuses, on both engines.

Where only PostgreSQL can refuse (it judges the cached balance at COMMIT), SQLite's second line is
the audit, and the test says so.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from foundation.audit import load_checks
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from tests.ledger.conftest import Book, check_deferred

pytestmark = pytest.mark.django_db


def refused(action: Callable[[], object]) -> str:
    """The name of the constraint or guard that refused ``action``."""
    with pytest.raises(IntegrityError) as error:
        _commit(action)
    return violated_constraint(error.value)


def _commit(action: Callable[[], object]) -> None:
    with transaction.atomic():
        action()
        check_deferred()


def save_changed(book: Book) -> None:
    entry = book.rows.get()
    entry.balance_after = entry.amount = 9000
    entry.save()


def execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def found_by(check: str) -> list[str]:
    return load_checks()[check]().violations


# --- entries are never changed or deleted -----------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda book: book.rows.update(amount=9000),
        lambda book: book.rows.update(key="another fact"),
        lambda book: book.rows.update(description="another story"),
        lambda book: book.rows.update(description="", amount=9000),
        lambda book: book.rows.update(sequence=7),
        lambda book: execute(f"UPDATE {book.table} SET balance_after = 1"),
        lambda book: save_changed(book),
    ],
    ids=["amount", "key", "description", "blank-and-amount", "sequence", "raw", "save"],
)
def test_changing_an_entry_is_refused(book: Book, change):
    assert f"{book.table}_append_only" in refused(lambda: change(book))


@pytest.mark.parametrize(
    "delete",
    [
        lambda book: book.rows.delete(),
        lambda book: book.rows.get().delete(),
        lambda book: execute(f"DELETE FROM {book.table}"),
    ],
    ids=["queryset", "instance", "raw"],
)
def test_deleting_an_entry_is_refused(book: Book, delete):
    assert f"{book.table}_append_only" in refused(lambda: delete(book))


def test_replacing_an_entry_is_refused(book: Book):
    """SQLite's INSERT OR REPLACE deletes past a trigger unless recursive triggers are on."""
    # All but what the database itself keeps folded beside a description.
    columns = ", ".join(field.column for field in book.rows.model._meta.concrete_fields)
    copy = f"INTO {book.table} ({columns}) SELECT {columns} FROM {book.table} WHERE true"
    statement = (
        f"INSERT {copy} ON CONFLICT (id) DO UPDATE SET amount = 1"
        if connection.vendor == "postgresql"
        else f"INSERT OR REPLACE {copy}"
    )

    assert f"{book.table}_append_only" in refused(lambda: execute(statement))


def test_blanking_a_description_is_the_one_change_allowed(book: Book):
    book.post(-1000, key="sale:1", description="For Anna, born 1990")

    book.rows.update(description="")

    assert set(book.rows.values_list("description", flat=True)) == {""}


def test_without_its_guard_an_entry_can_be_changed_and_deleted(book: Book):
    """The negative control of the two tests above: it is the guard that refuses."""
    book.post(-1000, key="sale:1")
    check_deferred()
    drop_guards([book.table])

    book.rows.filter(sequence=1).update(amount=9000)
    book.rows.filter(sequence=2).delete()

    assert found_by(f"{book.name}-chain")
    assert found_by(f"{book.name}-balance-is-sum")
    assert found_by(f"{book.name}-last-sequence")


# --- one fact, one entry ----------------------------------------------------------------------


def test_a_second_entry_of_one_fact_is_refused(book: Book):
    book.post(-1000, key="sale:1")

    name = refused(book.row(sequence=3, balance_after=3000, key="sale:1").save)

    assert "key" in name


def test_a_second_reversal_of_one_entry_is_refused(book: Book):
    spent = book.post(-1000, key="sale:1")
    book.post(1000, kind="return", key="entry:1", reverses=spent)

    name = refused(
        book.row(sequence=4, amount=1000, balance_after=6000, kind="return", reverses=spent).save
    )

    assert "reverses" in name


# --- an unbroken chain ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lie",
    [
        {"balance_after": 4001},
        {"sequence": 3},
        {"sequence": 3, "balance_after": 5000, "amount": -1},
        {"amount": -4000},
    ],
    ids=["balance", "gap", "gap-from-nothing", "amount"],
)
def test_an_entry_that_does_not_follow_is_refused(book: Book, lie):
    assert f"{book.table}_chain" in refused(book.row(**lie).save)


def test_two_entries_with_one_number_are_refused(book: Book):
    name = refused(book.row(sequence=1, amount=5000, balance_after=5000, kind="adjust").save)

    # SQLite names the columns of a unique constraint.
    assert f"{book.constraints}_sequence_once" in name or "sequence" in name


def test_an_entry_without_a_number_is_refused(book: Book):
    name = refused(book.row(sequence=0, amount=5000, balance_after=5000, kind="adjust").save)

    assert f"{book.constraints}_from_one" in name or f"{book.table}_chain" in name


def test_many_entries_at_once_follow_each_other(book: Book):
    """One statement per chunk, as the sweep writes them: the guard reads it as a whole."""
    chain = [
        book.row(
            sequence=number, amount=-10, balance_after=5000 - 10 * (number - 1), key=f"{number}"
        )
        for number in range(2, 7)
    ]
    with transaction.atomic():
        book.entries._default_manager.bulk_create(chain)
        book.accounts._default_manager.filter(pk=book.account.pk).update(
            balance=4950, last_sequence=6
        )
        check_deferred()

    assert not found_by(f"{book.name}-chain")


def test_without_its_guard_a_chain_can_break(book: Book):
    check_deferred()
    drop_guards([book.table])

    book.row(balance_after=4001).save()

    assert found_by(f"{book.name}-chain") == [
        f"entry {book.rows.get(sequence=2).pk} says 4001 after it, the chain says 4000"
    ]


# --- amounts, signs, the floor ----------------------------------------------------------------


def test_an_entry_of_nothing_is_refused(book: Book):
    name = refused(book.row(amount=0, balance_after=5000, kind="adjust").save)

    assert f"{book.constraints}_not_zero" in name


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("spend", 1000), ("return", -1000), ("expire", 1000), ("nonsense", 1000)],
)
def test_a_sign_that_disagrees_with_the_kind_is_refused(book: Book, kind, amount):
    name = refused(book.row(kind=kind, amount=amount, balance_after=5000 + amount).save)

    assert f"{book.constraints}_sign_agrees" in name


def test_a_balance_below_the_floor_is_refused(book: Book):
    name = refused(book.row(amount=-5001, balance_after=-1).save)

    assert f"{book.constraints}_balance_floor" in name


# --- the cached balance -----------------------------------------------------------------------


def refused_or_found(book: Book, action: Callable[[], object], guard: str, check: str) -> None:
    """PostgreSQL refuses at COMMIT; SQLite has no deferred trigger, and the audit finds it."""
    if connection.vendor == "postgresql":
        assert refused(action) == guard
    else:
        action()
        assert found_by(check)


def test_a_cached_balance_that_lies_is_refused(book: Book):
    accounts = book.accounts._default_manager.filter(pk=book.account.pk)

    refused_or_found(
        book,
        lambda: accounts.update(balance=9000),
        f"{book.table}_cached_balance",
        f"{book.name}-balance-is-sum",
    )


def test_a_last_number_that_lies_is_refused(book: Book):
    accounts = book.accounts._default_manager.filter(pk=book.account.pk)

    refused_or_found(
        book,
        lambda: accounts.update(last_sequence=9),
        f"{book.table}_cached_balance",
        f"{book.name}-last-sequence",
    )


def test_an_entry_that_its_account_does_not_know_is_refused(book: Book):
    refused_or_found(
        book,
        book.row().save,
        f"{book.table}_cached_balance_entry",
        f"{book.name}-last-sequence",
    )


def test_without_their_guards_cached_balances_can_lie(book: Book):
    check_deferred()
    drop_guards([book.table, book.accounts_table])

    book.accounts._default_manager.filter(pk=book.account.pk).update(balance=9000)
    check_deferred()

    assert found_by(f"{book.name}-balance-is-sum") == [
        f"account {book.account.pk} says 9000, its entries add up to 5000"
    ]


# --- rows that a ledger points at -------------------------------------------------------------


def test_deleting_an_account_with_entries_is_refused(book: Book):
    with pytest.raises(ProtectedError):
        book.account.delete()

    refused(lambda: execute(f"DELETE FROM {book.accounts_table} WHERE id = %s", book.account.pk))


def test_deleting_the_owner_of_a_ledger_is_refused(book: Book, alice):
    with pytest.raises(ProtectedError):
        alice.delete()
