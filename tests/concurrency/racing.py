"""Several connections that start at once, and what came of each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

PATIENCE = 10.0  # seconds, for one racer to see what another does


def race(*runners: Callable[[], Any], timeout: float = 30) -> list[Any]:
    """Run each callable in a thread with its own connection, all let go by one barrier.

    Returns in order what each returned, or the exception that it raised.
    """
    barrier = threading.Barrier(len(runners))
    results: list[Any] = [None] * len(runners)

    def run(index: int, runner: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
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


def won(results: Sequence[Any]) -> list[Any]:
    return [each for each in results if not isinstance(each, BaseException)]


def lost(results: Sequence[Any]) -> list[BaseException]:
    return [each for each in results if isinstance(each, BaseException)]


def wait_until_somebody_waits() -> None:
    """Return when another connection to this database waits for a lock: the race is on."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock: this test tests no race")
