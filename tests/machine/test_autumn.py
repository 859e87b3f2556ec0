"""Half of the machine's steps, from the Tuesday on which every test begins."""

from __future__ import annotations

import pytest

from tests.conftest import Clock
from tests.machine.running import play_share

pytestmark = pytest.mark.long


def test_commands_and_model_agree(db: None, clock: Clock, request: pytest.FixtureRequest) -> None:
    play_share(request, clock, Clock.START)
