"""Killed again and again: nothing lost, nothing double. ``make prove`` kills ten times as often.

Each run has a control whose transaction is taken apart: it must show harm, or the run above it
could not have found any. Without its kills the control must show none.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.prove.conftest import KILLS, Run
from tests.prove.harm import HARM, INSIDE

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.long]

NO_HARM = dict.fromkeys(HARM, 0) | {"failed": [], "audit": []}
# Of the kills; most are aimed there, and some of those miss.
MOSTLY = 0.4
# At a tenth of the kills of `make prove` there is a tenth of the work, and never less than this.
AWARDS = max(1_000, 10 * KILLS)
CARDS = max(20, KILLS)
VISITS = max(10, KILLS // 3)


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
    assert killed_inside(result) >= MOSTLY * KILLS
    assert result["undecided"] <= result["killed"].get("handing_over", 0)
    assert result["things"] >= AWARDS
    assert result["letters"] > 0


def test_exchanges_killed_again_and_again_buy_each_card_once(
    run: Run, scratch: dict[str, Any]
) -> None:
    """F10, F14, F22, F28: the client repeats the same form until it is answered."""
    result = run("buying", database=scratch)

    assert harm_of(result) == NO_HARM
    assert sum(result["killed"].values()) == KILLS
    assert killed_inside(result) >= MOSTLY * KILLS
    assert result["undecided"] + result["repeated"] <= result["killed"].get("handing_over", 0)
    assert result["things"] >= CARDS
    assert result["refused"] > 0


def test_visits_killed_again_and_again_are_whole_and_where_they_were_put(
    run: Run, scratch: dict[str, Any]
) -> None:
    """F10, F22, F25, F26: the desk takes the same step again until it is answered."""
    result = run("visits", database=scratch)

    assert harm_of(result) == NO_HARM
    assert sum(result["killed"].values()) == KILLS
    assert killed_inside(result) >= MOSTLY * KILLS
    assert result["undecided"] + result["repeated"] <= result["killed"].get("handing_over", 0)
    assert result["things"] >= VISITS
    assert result["steps"] >= 3 * VISITS
    assert result["refused"] > 0


def test_sweeps_without_a_transaction_credit_twice(run: Run, scratch: dict[str, Any]) -> None:
    """The control."""
    result = run("sweeps", database=scratch, apart=True, kills=4)

    assert result["doubles"] > 0
    assert result["failed"] == []


def test_exchanges_without_a_transaction_take_points_twice(
    run: Run, scratch: dict[str, Any]
) -> None:
    """The control."""
    result = run("buying", database=scratch, apart=True, kills=12)

    assert result["doubles"] > 0
    assert result["failed"] == []


def test_visits_without_a_transaction_are_left_in_halves(run: Run, scratch: dict[str, Any]) -> None:
    """The control."""
    result = run("visits", database=scratch, apart=True, kills=12)

    assert result["doubles"] + result["halves"] > 0
    assert result["failed"] == []


@pytest.mark.parametrize("scenario", ["sweeps", "buying", "visits"])
def test_what_is_taken_apart_and_not_killed_does_no_harm(
    run: Run, scratch: dict[str, Any], scenario: str
) -> None:
    """The control of the controls: their harm is the kills', and nothing else's."""
    result = run(scenario, database=scratch, apart=True, kills=0)

    assert harm_of(result) | {"audit": []} == NO_HARM
    assert result["things"] > 0
    assert result["ended"] > 0
    # Its guards and keys are off by intent; its rows have nothing wrong with them.
    assert {line.partition(":")[0] for line in result["audit"]} <= {
        "guard missing",
        "constraints-in-place",
    }
