"""F07: the clock jumps back. What ends at an instant ends there, and nothing counts twice."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import HoldAtItsEnd
from bookings.holds import MOST_EXTENSIONS, extend_hold, place_hold
from bookings.lines import Line
from clients.models import Client
from loyalty.models import PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.loyalty.conftest import Promise
from tests.website.booking import THURSDAY_10, massage

pytestmark = pytest.mark.django_db


def test_hold_is_never_extended_beyond_its_cap(clock: Clock) -> None:
    hold = place_hold(lines=[Line(massage())], starts_at=THURSDAY_10)
    cap = clock.now + dt.timedelta(minutes=110)
    clock.advance(days=-1)

    for _ in range(MOST_EXTENSIONS):
        hold = extend_hold(hold=hold)
    with pytest.raises(HoldAtItsEnd):
        extend_hold(hold=hold)

    assert (hold.expires_at, hold.latest_expiry) == (cap, cap)


def test_clock_going_to_and_fro_credits_once(alice: Client, promise: Promise, clock: Clock) -> None:
    promise(alice)
    for hours in (5, -5, 4, -1, 2):
        clock.advance(hours=hours)
        credit_due_awards()

    assert (PointEntry.objects.count(), balance_of(alice)) == (1, 60)
