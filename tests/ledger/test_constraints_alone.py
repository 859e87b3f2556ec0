"""Constraints of a ledger that stand behind its triggers: each still refuses with those off."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from tests.ledger.conftest import Book, check_deferred

pytestmark = pytest.mark.django_db


def test_a_number_below_one_is_refused_without_the_chain(book: Book) -> None:
    check_deferred()
    drop_guards([book.table])

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        book.row(sequence=0, kind="adjust").save()

    assert f"{book.constraints}_from_one" in violated_constraint(refused.value)
