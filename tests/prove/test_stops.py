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
    found = {name: result[name] for name in ("doubles", "lost", "told_twice", "untold")}
    assert found == {"doubles": 0, "lost": 0, "told_twice": 0, "untold": 0}
    assert result["inside"] > 0
    assert min(result["things"], result["cards"], result["visits"]) > 0
    assert result["lost_connections"] > 0
    assert set(result["pages"]) == {"200", "503"}
    assert result["pages_without_retry"] == 0
