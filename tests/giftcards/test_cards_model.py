"""Any sequence of commands, against an obvious model of a card (reliability T07: no sequence of
operations makes money)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.audit import load_checks
from foundation.errors import DomainError
from giftcards.cards import return_to_card, spend_card, void_card
from giftcards.models import CardEntry, GiftCard
from tests.factories import give_card

VALUE = 1000

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(-1, VALUE + 1), st.integers(0, 5)),
        st.tuples(st.just("return"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("void"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


@dataclass
class Model:
    """What a card should hold."""

    balance: int = VALUE
    voided: bool = False
    spent: dict[str, int] = field(default_factory=dict)
    returned: set[str] = field(default_factory=set)

    def spend(self, amount: int, number: int) -> None:
        if amount < 1 or f"s{number}" in self.spent or self.voided or amount > self.balance:
            return
        self.spent[f"s{number}"] = amount
        self.balance -= amount

    def give_back(self, number: int) -> None:
        key = f"s{number}"
        if key in self.spent and key not in self.returned and not self.voided:
            self.returned.add(key)
            self.balance += self.spent[key]

    def void(self) -> None:
        self.balance, self.voided = 0, True


def do(card: GiftCard, step: tuple[str, int, int], model: Model) -> None:
    what, first, second = step
    if what == "spend":
        model.spend(first, second)
        spend_card(card_id=card.pk, amount_minor=first, key=f"s{second}", actor=None)
    elif what == "return":
        model.give_back(first)
        entry = CardEntry.objects.filter(key=f"s{first}").first()
        if entry is not None:
            return_to_card(entry=entry, key=f"r{first}:{second}", actor=None)
    else:
        model.void()
        void_card(card_id=card.pk, key="v", actor=None, description="Lost")


@pytest.mark.django_db
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_no_sequence_of_commands_makes_money(steps):
    with transaction.atomic():
        card, model = give_card(None, VALUE), Model()
        for step in steps:
            try:
                do(card, step, model)
            except DomainError:
                pass
            card.refresh_from_db()
            assert (card.balance, card.voided_at is not None) == (model.balance, model.voided)
            assert 0 <= card.balance <= VALUE
        checks = {name: run for name, run in load_checks().items() if name.startswith("card-")}
        assert [line for run in checks.values() for line in run().violations] == []
        transaction.set_rollback(True)
