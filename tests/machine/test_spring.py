"""The other half of the machine's steps, from the Friday before the clocks go forward."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.conftest import Clock
from tests.machine.running import play_share

pytestmark = pytest.mark.long

FRIDAY = dt.datetime(2026, 3, 27, 9, 0, tzinfo=dt.UTC)


def test_commands_and_model_agree(db: None, clock: Clock, request: pytest.FixtureRequest) -> None:
    play_share(request, clock, FRIDAY)
