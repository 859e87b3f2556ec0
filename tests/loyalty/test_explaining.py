"""Every movement says why it is as large as it is: rule, base and rate in a sentence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils.translation import override

from bookings.models import Booking
from business.profile import get_business
from catalogue.models import Service
from clients.models import Client
from loyalty.awards import promise_award, undo_award
from loyalty.explaining import explain
from loyalty.history import entries_of, explain_award
from loyalty.history import explain as explain_entry
from loyalty.models import DropReason
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.loyalty.conftest import make_booking

pytestmark = pytest.mark.django_db


def said(rule: str, base: int, rate: int, points: int, what: str = "products") -> str:
    return explain(rule=rule, base=base, rate=rate, points=points, what=what, currency="EUR")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("per_booking", 1, 60, 60, "Deep tissue"), "1 × 60 = 60 for Deep tissue"),
        (("per_booking", 2, 1500, 3000, "Yoga"), "2 × 1,500 = 3,000 for Yoga"),
        (("per_spend_product", 2400, 2, 48), "2 × 24.00 = 48 for products"),
        (("per_spend_service", 7250, 2, 145, "services"), "2 × 72.50 = 145 for services"),
        (("per_spend_product", 2400, 2, -48), "2 × 24.00 = 48 for products"),
    ],
)
def test_explain_multiplies_what_the_rule_counts(asked: Any, told: str) -> None:
    assert said(*asked) == told


def test_explain_writes_money_as_the_reader_does() -> None:
    with override("fi"):
        assert "24,00" in said("per_spend_product", 2400, 2, 48)


@pytest.fixture
def booking(alice: Client, massage: Service, clock: Clock) -> Booking:
    """Two places of 60 points each."""
    return make_booking(alice, massage, clock.now, places=2)


def test_award_and_both_its_movements_explain_themselves(
    alice: Client, booking: Booking, clock: Clock
) -> None:
    business = get_business()
    award = promise_award(booking=booking, client=alice, business=business)
    assert award is not None
    assert explain_award(award, business) == "2 × 60 = 120 for Deep tissue massage"

    clock.move_to(award.due_at + dt.timedelta(minutes=5))
    credit_due_awards()
    undo_award(booking=booking, reason=DropReason.CANCELLED, actor=None)

    assert [explain_entry(entry, business) for entry in entries_of(alice)] == [
        "2 × 60 = 120 taken back: Deep tissue massage, Tue 4 Nov 11:00",
        "2 × 60 = 120 for Deep tissue massage, Tue 4 Nov 11:00",
    ]
