"""One rival that holds a row, and a command that wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

PATIENCE = 10.0  # seconds, for one to see what the other does


@dataclass
class Outcome:
    """What the command returned, or what it raised; and whether it had to wait for the rival."""

    result: Any = None
    waited: bool = False


def after_rival(
    rival: Callable[[], object],
    command: Callable[[], object],
    *,
    then: Callable[[], object] = lambda: None,
) -> Outcome:
    """Run ``rival`` and keep its transaction open until ``command`` waits for it, or is done
    without having waited. ``then`` is what the rival does in between, before it commits."""
    outcome, holds, done = Outcome(), threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                rival()
                holds.set()
                outcome.waited = _is_waited_for(done)
                then()
        except BaseException as error:  # noqa: BLE001 — told in the thread of the test
            failures.append(error)
        finally:
            holds.set()
            connection.close()

    def want() -> None:
        try:
            assert holds.wait(PATIENCE)
            with transaction.atomic():
                outcome.result = command()
        except BaseException as error:  # noqa: BLE001 — a refusal is an outcome
            outcome.result = error
        finally:
            done.set()
            connection.close()

    threads = [threading.Thread(target=each) for each in (hold, want)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(3 * PATIENCE)
        assert not thread.is_alive()
    if failures:
        raise failures[0]
    return outcome


def _is_waited_for(done: threading.Event) -> bool:
    """Whether another connection waits for this one; False when the command ended first."""
    deadline = time.monotonic() + PATIENCE
    while not done.wait(0.01):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return True
        assert time.monotonic() < deadline, "the command neither waits nor ends"
    return False
