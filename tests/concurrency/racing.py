"""Several connections that start at once, and what came of each."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

CONNECTIONS = 16
# RACE_TIMES=10 pytest tests/concurrency: so many times as many rounds of each race.
TIMES = int(os.environ.get("RACE_TIMES", "1"))
PATIENCE = 10.0  # seconds, for one racer to see what another does

Operation = Callable[[], Any]


def race(*runners: Callable[[], Any], timeout: float = 30) -> list[Any]:
    """Run each callable in a thread with its own connection, all let go by one barrier.

    Returns in order what each returned, or the exception that it raised.
    """
    barrier = threading.Barrier(len(runners))
    results: list[Any] = [None] * len(runners)

    def run(index: int, runner: Callable[[], Any]) -> None:
        try:
            _wait_as_long_as_it_takes()
            barrier.wait(timeout)
            results[index] = runner()
        except BaseException as error:  # noqa: BLE001 — what came of a racer may be any refusal
            results[index] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(index, runner)) for index, runner in enumerate(runners)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
        assert not thread.is_alive(), "a racer hangs: a deadlock that nobody broke"
    return results


def race_in_rounds(
    plan: Callable[[int], Sequence[Operation]], rounds: int, *, timeout: float = 60
) -> list[list[Any]]:
    """Let 16 threads, each with one connection, race round after round; what came of each.

    ``plan`` makes the operations of a round, before its start and while everybody waits at the
    barrier. Racer ``n`` does the ``n``-th operation, the ``n + 16``-th and so on. ``timeout`` is
    for one round, in seconds.
    """
    results: list[list[Any]] = []
    operations: list[Operation] = []

    def prepare() -> None:
        operations[:] = plan(len(results))
        results.append([None] * len(operations))

    start = threading.Barrier(CONNECTIONS, action=prepare)
    broken: list[BaseException] = []

    def run(racer: int) -> None:
        try:
            _wait_as_long_as_it_takes()
            for number in range(rounds):
                start.wait(timeout)
                for index in range(racer, len(operations), CONNECTIONS):
                    try:
                        results[number][index] = operations[index]()
                    except Exception as error:  # noqa: BLE001 — any refusal is an outcome
                        results[number][index] = error
        except BaseException as error:  # noqa: BLE001 — told below, in the test's own thread
            broken.append(error)
            start.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(racer,)) for racer in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout * rounds)
        assert not thread.is_alive(), "a racer hangs: a deadlock that nobody broke"
    for error in broken:
        if not isinstance(error, threading.BrokenBarrierError):
            raise error
    assert not broken, "the racers lost each other"
    return results


def _wait_as_long_as_it_takes() -> None:
    """A busy machine is no reason to refuse: only a deadlock ends a racer's waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")


def won(results: Sequence[Any]) -> list[Any]:
    return [each for each in results if not isinstance(each, BaseException)]


def lost(results: Sequence[Any]) -> list[BaseException]:
    return [each for each in results if isinstance(each, BaseException)]


def wait_until_somebody_waits(many: int = 1) -> None:
    """Return when so many connections to this database wait for a lock: the race is on."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= many:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock: this test tests no race")
