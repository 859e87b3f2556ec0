"""Running the machine: how long, from which seed, and how to do it again."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import Clock
from tests.machine.machine import Machine
from tests.machine.world import build_world, furnish

# Per run of the suite; each of the two files plays half.
STEPS = {"sqlite": 10_000, "postgresql": 2_000}
FILES = 2
LENGTH = 40  # of one history
HISTORIES_OF_A_SEED = 15
SEED = "MACHINE_SEED"


def chosen_seed() -> int:
    """That of the environment, to repeat a run, or another one each time."""
    given = os.environ.get("MACHINE_SEED", "")
    return int(given) if given else secrets.randbelow(2**32)


def run_machine(
    clock: Clock,
    start: dt.datetime,
    *,
    steps: int,
    number: int,
    length: int = LENGTH,
    shrink: bool = True,
) -> type[Machine]:
    """Play histories of ``length`` steps until there were ``steps`` of them. Returns the machine
    with its counts.

    Seeds follow each other after some histories: Hypothesis likes to vary what it has, and one
    seed alone stayed with the same few commands for thousands of steps.
    """
    world = build_world(clock, start)
    played = type(
        "Played",
        (Machine,),
        {
            "world": world,
            "furnished": furnish(world),
            "steps": Counter(),
            "histories": 0,
            "looked_at": Counter(),
        },
    )
    while (left := steps - played.steps.total()) > 0:
        run_state_machine_as_test(
            seed(number)(played),
            settings=settings(
                max_examples=min(-(-left // length), HISTORIES_OF_A_SEED),
                stateful_step_count=length,
                phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
                database=None,
                deadline=None,
                derandomize=False,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
        number += 1
    return played


@contextmanager
def repeatable(request: pytest.FixtureRequest) -> Iterator[int]:
    """A seed, told in the run's summary, and with the failure when there is one."""
    number = chosen_seed()
    test = request.node.nodeid
    tell(request, f"{SEED}={number} {test}, on {connection.vendor}")
    try:
        yield number
    except BaseException as error:
        error.add_note(f"To repeat it on {connection.vendor}: {SEED}={number} pytest '{test}'")
        raise


def tell(request: pytest.FixtureRequest, words: str) -> None:
    """Into the summary of the run (tests/conftest.py), also when workers run the tests."""
    request.node.user_properties.append(("told", words))


def play_share(request: pytest.FixtureRequest, clock: Clock, start: dt.datetime) -> None:
    """One file's share of the steps, told and counted."""
    share = STEPS[connection.vendor] // FILES
    with repeatable(request) as number:
        played = run_machine(clock, start, steps=share, number=number)
    counts = ", ".join(f"{name} {many}" for name, many in played.steps.most_common())
    tell(request, f"{played.steps.total()} steps in {played.histories} histories: {counts}")
    assert played.steps.total() >= share
