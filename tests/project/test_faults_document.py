"""docs/faults.md names tests that exist, and every test of tests/faults and tests/prove."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = ROOT / "docs" / "faults.md"
TESTS = ROOT / "tests"
ABOUT_THE_TEST_ITSELF = {"faults/test_threads.py::test_a_cursor_without_a_with_would_be_found"}


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if re.match(r"\| F\d", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def named() -> set[str]:
    return {name for row in rows() for name in re.findall(r"`([\w/]+\.py::\w+)`", row[2])}


@pytest.mark.parametrize("name", sorted(named()))
def test_the_test_exists(name: str) -> None:
    path, _, function = name.partition("::")
    assert re.search(rf"^def {function}\(", (TESTS / path).read_text("utf-8"), re.MULTILINE)


def test_every_fault_says_what_must_happen_and_has_tests() -> None:
    numbers = [row[0].split()[0] for row in rows()]
    assert numbers == sorted(set(numbers))
    assert all(len(row) == 3 and row[1] and row[2] for row in rows())


def test_every_test_of_a_fault_stands_there() -> None:
    found = {
        f"{folder}/{path.name}::{name}"
        for folder in ("faults", "prove")
        for path in (TESTS / folder).glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert found - named() == ABOUT_THE_TEST_ITSELF
