"""A hundred random histories, each ended by the whole audit: no alarm.

That every check has something to look at is seen in test_corruptions.py.
"""

from __future__ import annotations

import pytest

from foundation.audit import load_checks
from tests.conftest import Clock
from tests.machine.running import repeatable, run_machine, tell

HISTORIES, LENGTH = 100, 15


def test_a_hundred_clean_histories_raise_no_alarm(
    db: None, clock: Clock, request: pytest.FixtureRequest
) -> None:
    with repeatable(request) as seed:
        played = run_machine(
            clock, Clock.START, steps=HISTORIES * LENGTH * 5 // 4, number=seed, length=LENGTH
        )
    tell(request, f"{played.histories} clean histories, rows looked at: {played.looked_at.total()}")

    assert played.histories >= HISTORIES
    assert set(played.looked_at) == set(load_checks())
