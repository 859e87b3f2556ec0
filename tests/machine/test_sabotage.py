"""The machine can fail: each rule of the product that is taken out is missed at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Clock
from tests.machine.running import run_machine

# The same seed each time: whether it is found must not hang on luck. Some hundreds of steps do as
# a rule; a machine that needs this many is blind.
SEED, STEPS = 21, 10_000


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


def _yes(*args: Any, **kwargs: Any) -> bool:
    return True


def _everybody(ids: set[int]) -> set[int]:
    return ids


SABOTAGE: dict[str, tuple[str, Callable[..., Any]]] = {
    "cancelling returns nothing to cards": ("sales.visits.refund_all", _nothing),
    "points stay after the visit was undone": ("sales.visits.undo_award", _nothing),
    "the sweep tells who did not agree": ("loyalty.sweep.consenting_ids", _everybody),
    "corrections tell who did not agree": ("loyalty.points.has_consent", _yes),
    "points buy cards while loyalty is off": ("sales.exchange.require_feature", _nothing),
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
