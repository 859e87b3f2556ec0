"""The machine can fail: each rule of the product that is taken out is missed at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bookings.models import Booking
from catalogue.models import Provider
from foundation.models import User
from sales.models import Sale
from sales.payments import refund_all
from tests.conftest import Clock
from tests.machine.running import run_machine

# The same seed each time: whether it is found must not hang on luck. Some hundreds of steps do as
# a rule; a machine that needs this many is blind.
SEED, STEPS = 3, 2_000


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _yes(*args: Any, **kwargs: Any) -> bool:
    return True


def _everybody(ids: set[int]) -> set[int]:
    return ids


def _price_as_booked(booking: Booking, provider: Provider) -> int:
    return booking.price_minor


def _all_back(*, sale: Sale, total_minor: int, actor: User | None) -> None:
    refund_all(sale=sale, actor=actor)


SABOTAGE: dict[str, tuple[str, Callable[..., Any]]] = {
    "cancelling returns nothing to cards": ("sales.visits.refund_all", _nothing),
    "points stay after the visit was undone": ("sales.visits.undo_award", _nothing),
    "the sweep tells who did not agree": ("loyalty.sweep.consenting_ids", _everybody),
    "corrections tell who did not agree": ("loyalty.points.has_consent", _yes),
    "points buy cards while loyalty is off": ("sales.exchange.require_feature", _nothing),
    "points of a moved visit keep their hour": ("sales.moving.move_award", _nothing),
    "another provider's price is not asked": ("bookings.moving.price_with", _price_as_booked),
    "a cheaper move gives all the money back": ("sales.moving.return_excess", _all_back),
    "a client moves at any time": ("bookings.moving.check_client_may_move", _nothing),
    "points stay dropped when a mark is taken back": ("sales.marking._reopen_award", _nothing),
    "cancelling keeps the points of a reward": ("sales.visits.return_rewards", _nothing),
    "a reward that stands again is had for nothing": ("sales.marking.take_again", _nothing),
    "rewards are booked while loyalty is off": ("sales.rewards.require_feature", _nothing),
    "places are counted where they were": ("bookings.moving.give_places_back", _nothing),
}


@pytest.mark.parametrize("harm", SABOTAGE)
def test_the_machine_misses(
    db: None,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    harm: str,
) -> None:
    monkeypatch.setattr(*SABOTAGE[harm])

    with pytest.raises(AssertionError):
        run_machine(clock, Clock.START, steps=STEPS, number=SEED, shrink=False)
