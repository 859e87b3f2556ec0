"""A database server stopped as by a power cut, under load. ``make prove`` stops it four times as
often."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.prove.cluster import find_programs
from tests.prove.conftest import STOPS, Run
from tests.prove.harm import HARM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgres_only,
    pytest.mark.django_db(transaction=True),
]

PATIENCE = 20.0  # seconds


@pytest.fixture
def programs(folder: Path) -> Iterator[str]:
    found = find_programs()
    if found is None:
        pytest.skip("initdb is not installed: no PostgreSQL cluster of the suite's own")
    yield str(found)
    end_left_over(folder / "cluster" / "data" / "postmaster.pid")


def end_left_over(pid_file: Path) -> None:
    """A run that was killed leaves its server behind."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    end = time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        while time.monotonic() < end:
            os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)


def test_server_stopped_under_load_loses_and_doubles_nothing(run: Run, programs: str) -> None:
    """F09, F10: what was answered as done is there; what was not is told by repeating its key."""
    result = run("cluster", database={}, programs=programs, stops=STOPS)

    assert result["lies"] == []
    assert result["audit"] == []
    assert result["failed"] == []
    assert {name: result[name] for name in HARM} == dict.fromkeys(HARM, 0)
    assert result["undecided"] <= result["stopped"].get("handing_over", 0)
    # Of the seven processes about four are inside a transaction when the server stops.
    assert result["inside"] >= STOPS
    assert min(result["things"], result["cards"], result["visits"]) > 0
    assert result["lost_connections"] > 0
    assert set(result["pages"]) == {"200", "503"}
    assert result["pages_without_retry"] == 0
