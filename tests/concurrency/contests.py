"""The races of the ledgers and of times: how large each is, and what holds in every one of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from django.db import OperationalError

from foundation.audit import load_checks
from tests.concurrency.racing import CONNECTIONS, TIMES, Operation, race_in_rounds
from tests.concurrency.watching import count_deadlocks, watching

# Operations of each race. test_contests.py adds them up.
OPERATIONS = {
    "one balance, many spends": 320,
    "one card, many payments": 1600,
    "transfers in both directions": 960,
    "one award, many sweeps": 480,
    "cancel against credit": 320,
    "adjust against redeem": 480,
    "feature off against redeem": 160,
    "one form sent many times": 160,
    "settings that exclude each other": 4000,
    "a guest joined against everything": 480,
    "a record merged against everything": 320,
    "a session cancelled against bookings": 480,
    "an offer claimed against bookings": 480,
    "the last slot": 1600,
    "the last room": 1600,
    "two rooms for sixteen": 320,
}


def rounds_of(name: str, per_round: int) -> int:
    rounds, left = divmod(OPERATIONS[name], per_round)
    assert not left, f"{name}: not a whole number of rounds"
    return rounds * TIMES


def affordable(name: str) -> int:
    """Four in five: nearly every round has something left to win, and the last have nothing."""
    return OPERATIONS[name] * TIMES * 4 // 5


def contest(
    name: str,
    plan: Callable[[int], Sequence[Operation]],
    *,
    per_round: int = CONNECTIONS,
    without: Container[str] = (),
) -> list[list[Any]]:
    """Run the race ``name`` on 16 connections, and return what came of each round.

    Meanwhile a reader adds everything up; no total may be adrift at any instant. Nor may the
    database break a deadlock, and afterwards the audit is clean (but for the checks ``without``).
    """
    rounds = rounds_of(name, per_round)
    deadlocks = count_deadlocks()
    with watching() as watch:
        outcomes = race_in_rounds(plan, rounds)
    assert sum(len(each) for each in outcomes) == OPERATIONS[name] * TIMES
    failed = [each for each in flat(outcomes) if isinstance(each, OperationalError)]
    assert failed == [], failed[0]
    assert count_deadlocks() == deadlocks
    assert watch.lies == set()
    # It saw the race on its way, not only its beginning and end.
    assert len(watch.states) > 2
    assert violations(without) == []
    return outcomes


def violations(without: Container[str] = ()) -> list[str]:
    """What the audit finds, by the name of its check."""
    checks = [each for each in load_checks().items() if each[0] not in without]
    return [f"{name}: {line}" for name, run in checks for line in run().violations]


def flat(outcomes: Sequence[Sequence[Any]]) -> list[Any]:
    return [each for round_ in outcomes for each in round_]


def kinds(outcomes: Sequence[Any]) -> dict[str, int]:
    """How many of each type came out."""
    names = [type(each).__name__ for each in outcomes]
    return {name: names.count(name) for name in sorted(set(names))}
