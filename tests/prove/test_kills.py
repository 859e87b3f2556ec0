"""Killed again and again: nothing lost, nothing double. ``make prove`` kills ten times as often.

Each run has a control whose transaction is taken apart: it must show harm, or the run above it
could not have found any.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.prove.conftest import KILLS, Run

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NO_HARM = {
    "doubles": 0,
    "lost": 0,
    "sums_off": 0,
    "told_twice": 0,
    "told_wrong": 0,
    "untold": 0,
    "told_without_consent": 0,
    "failed": [],
    "audit": [],
}
INSIDE = ("begun", "written", "committing")


def harm_of(result: dict[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in NO_HARM}


def killed_inside(result: dict[str, Any]) -> int:
    return sum(result["killed"].get(phase, 0) for phase in INSIDE)


def test_sweeps_killed_again_and_again_credit_and_tell_once(
    run: Run, scratch: dict[str, Any]
) -> None:
    """F01, F02, F05."""
    result = run("sweeps", database=scratch)

    assert harm_of(result) == NO_HARM
    assert sum(result["killed"].values()) == KILLS
    assert killed_inside(result) > 0
    assert result["undecided"] <= result["killed"].get("handing_over", 0)
    assert result["things"] >= 1_000
    assert result["letters"] > 0


def test_exchanges_killed_again_and_again_buy_each_card_once(
    run: Run, scratch: dict[str, Any]
) -> None:
    """F10, F14, F22, F28: the client repeats the same form until it is answered."""
    result = run("buying", database=scratch)

    assert harm_of(result) == NO_HARM
    assert sum(result["killed"].values()) == KILLS
    assert killed_inside(result) > 0
    assert result["undecided"] + result["repeated"] <= result["killed"].get("handing_over", 0)
    assert result["things"] > 0
    assert result["refused"] > 0


def test_sweeps_without_a_transaction_credit_twice(run: Run, scratch: dict[str, Any]) -> None:
    """The control."""
    result = run("sweeps", database=scratch, apart=True, kills=12)

    assert result["doubles"] > 0


def test_exchanges_without_a_transaction_take_points_twice(
    run: Run, scratch: dict[str, Any]
) -> None:
    """The control."""
    result = run("buying", database=scratch, apart=True, kills=12)

    assert result["doubles"] > 0
