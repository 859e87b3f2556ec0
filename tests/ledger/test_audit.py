"""The audit adds everything up again: each lie is planted with the guards off, and found.

Changed, deleted and unchained entries stand in test_database_refuses.py, beside their guards.
"""

from __future__ import annotations

import datetime as dt

import pytest

from foundation.audit import load_checks
from foundation.guards import drop_guards
from tests.ledger.conftest import check_deferred

pytestmark = pytest.mark.django_db

CHECKS = (
    "balance-is-sum",
    "chain",
    "last-sequence",
    "not-in-the-future",
    "recorded-in-order",
    "reversal-mirrors",
)


def violated(prefix: str) -> dict[str, list[str]]:
    """The ledger's own checks that found something; those of the app above have their own tests."""
    names = [f"{prefix}-{check}" for check in CHECKS]
    found = {name: load_checks()[name]().violations for name in names}
    return {name: lines for name, lines in found.items() if lines}


def test_every_ledger_has_every_check(book):
    assert {f"{book.name}-{check}" for check in CHECKS} <= set(load_checks())


def test_an_honest_ledger_is_clean(book, clock):
    spent = book.post(-1000, key="sale:1")
    clock.advance(hours=1)
    book.post(1000, kind="return", key="entry:1", reverses=spent)

    assert violated(book.name) == {}


def test_rows_looked_at_are_counted(book):
    book.post(-1000, key="sale:1")

    checks = load_checks()

    assert checks[f"{book.name}-balance-is-sum"]().rows == 1
    assert checks[f"{book.name}-chain"]().rows == 2
    assert checks[f"{book.name}-reversal-mirrors"]().rows == 0


def test_a_reversal_that_does_not_mirror_is_found(book):
    spent = book.post(-1000, key="sale:1")
    returned = book.post(999, kind="return", key="entry:1", reverses=spent)

    assert violated(book.name) == {
        f"{book.name}-reversal-mirrors": [f"entry {returned.pk} does not mirror entry {spent.pk}"]
    }


def test_a_clock_that_went_back_is_found(book, clock):
    """F07: nothing is refused, and the audit says what happened."""
    began = clock.now
    clock.advance(hours=2)
    first = book.post(-1000, key="sale:1")
    clock.move_to(began)
    book.post(-1000, key="sale:2")

    found = violated(book.name)

    assert set(found) == {f"{book.name}-recorded-in-order", f"{book.name}-not-in-the-future"}
    assert found[f"{book.name}-recorded-in-order"][0].startswith(f"entry {first.pk} of ")
    clock.move_to(began + dt.timedelta(hours=2))
    assert set(violated(book.name)) == {f"{book.name}-recorded-in-order"}


def test_a_number_left_out_is_found(book):
    check_deferred()
    drop_guards([book.table, book.accounts_table])
    book.row(sequence=3).save()

    assert f"{book.name}-last-sequence" in violated(book.name)
