"""Both ledgers behind one face, so that each test of the form runs on points and on cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, models

from foundation import clock
from giftcards.models import CardEntry, GiftCard
from ledger.models import Account, Entry
from ledger.posting import post
from loyalty.models import PointAccount, PointEntry
from loyalty.points import open_account
from tests.factories import give_card, give_points, turn_on


@dataclass
class Book:
    """One account with an entry of +5000 on it, and what differs between the two ledgers."""

    name: str
    entries: type[Entry]
    accounts: type[Account]
    account_field: str
    constraints: str
    account: Any

    @property
    def table(self) -> str:
        return self.entries._meta.db_table

    @property
    def accounts_table(self) -> str:
        return self.accounts._meta.db_table

    @property
    def rows(self) -> models.QuerySet[Any]:
        return self.entries._default_manager.filter(**{self.account_field: self.account})

    def post(self, amount: int, *, kind: str = "spend", key: str = "a fact", **fields: Any) -> Any:
        self.account.refresh_from_db()
        return post(
            self.entries,
            self.account,
            account_field=self.account_field,
            amount=amount,
            key=key,
            kind=kind,
            **fields,
        )

    def row(self, **fields: Any) -> Any:
        """A row that would follow the first one, not saved; ``fields`` make it lie."""
        values = {
            "sequence": 2,
            "amount": -1000,
            "balance_after": 4000,
            "key": "by the way",
            "kind": "spend",
            "occurred_at": clock.now(),
            "created_at": clock.now(),
            self.account_field: self.account,
        }
        return self.entries(**(values | fields))


def check_deferred() -> None:
    """Judge now what the database would judge at COMMIT: foreign keys, cached balances."""
    connection.check_constraints()


def _book_of_cards(alice: Any) -> Book:
    card = give_card(alice, 5000)
    return Book("card", CardEntry, GiftCard, "card", "card_entry", card)


def _book_of_points(alice: Any) -> Book:
    turn_on("loyalty")
    give_points(alice, 5000)
    account = open_account(alice)
    return Book("points", PointEntry, PointAccount, "account", "point_entry", account)


@pytest.fixture(params=[_book_of_cards, _book_of_points], ids=["cards", "points"])
def book(request: pytest.FixtureRequest, alice: Any) -> Book:
    made = request.param(alice)
    check_deferred()
    return made
