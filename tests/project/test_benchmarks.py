"""The benchmarks are run by hand (``make bench``); what they stand on is kept true here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Each goal of the house and who measures it; P-P3 is of the finding of people and of every list.
GOALS = {
    "P-C1": "P-C1", "P-C2": "P-C2", "P-C3": "P-C3", "P-C5": "P-C5",
    "P-R1": "P-R1", "P-R2": "P-R2", "P-R3": "P-R3",
    "P-P1": "P-P1", "P-P2": "P-P2", "P-P3": "P-W1", "P-P3-search": "P-P3-search", "P-P4": "P-P4",
    "P-W1": "P-W1",
    "P-E1": "P-E1", "P-E2": "P-E2", "P-E4": "P-E4", "P-E5": "P-E5",
    "P-S1": "P-S1", "P-S2": "P-S2",
    "T02": "T02",
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
    listed = bench("--list")

    names = {line.split(maxsplit=1)[0] for line in listed.stdout.splitlines()}
    assert listed.returncode == 0, listed.stderr
    assert names == set(GOALS.values())


@pytest.mark.once
def test_the_page_has_each_benchmark_or_says_that_it_is_not_measured_yet() -> None:
    told = (ROOT / "docs" / "performance.md").read_text()
    head = told.partition("\n## ")[0]
    not_yet = re.findall(r"^Not measured yet: (.+)\.$", head, re.MULTILINE)
    missing = not_yet[0].split(", ") if not_yet else []

    measured = re.findall(r"^## ([\w-]+): ", told, re.MULTILINE)
    assert sorted(measured + missing) == sorted(set(GOALS.values()))


@pytest.mark.postgres_only
@pytest.mark.slow
def test_the_benchmarks_salon_audits_clean_and_its_files_are_true() -> None:
    built = bench("--small", "--only", "P-E5")

    assert built.returncode == 0, built.stderr
    assert re.search(r"is there and clean after \d+ s", built.stderr)
    assert re.search(r"P-E5 +[\d,]{6,} rows × 11 cells of CSV and Excel .* all equal", built.stdout)
