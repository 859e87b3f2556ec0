"""The benchmarks are run by hand (``make bench``); what they stand on is kept true here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

GOALS = {
    "P-C1", "P-C2", "P-C3", "P-C5",
    "P-R1", "P-R2", "P-R3",
    "P-P1", "P-P2", "P-P3", "P-P4", "P-W1",
    "P-E1", "P-E2", "P-E4", "P-E5",
}  # fmt: skip


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: the benchmarks point Django at another database."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        cwd=ROOT,
        env=os.environ | {"TEST_DB_SUFFIX": f"ci{os.getpid()}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_every_goal_has_a_benchmark() -> None:
    """Each is registered under its goal's name, perhaps with a word behind it."""
    listed = bench("--list")

    names = {line.split(maxsplit=1)[0] for line in listed.stdout.splitlines()}
    assert listed.returncode == 0, listed.stderr
    assert [goal for goal in sorted(GOALS) if not any(n.startswith(goal) for n in names)] == []


@pytest.mark.postgres_only
@pytest.mark.slow
def test_the_benchmarks_salon_is_built_and_audits_clean() -> None:
    built = bench("--small", "--build")

    assert built.returncode == 0, built.stderr
    assert re.search(r"is there and clean after \d+ s", built.stderr)
