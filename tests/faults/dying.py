"""Processes that die: a child on the database of the test, killed at a chosen statement.

The child sends itself SIGKILL just before the statement reaches the database, which no handler,
``finally`` or ``atexit`` survives: what a power cut or the kernel's out-of-memory killer does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.db import connection

from foundation import clock

START = """
import datetime
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {database!r}
django.setup()
from foundation import clock
clock.set_fixed({now})
from tests.faults.dying import die, die_before
"""
PATIENCE = 120  # seconds, for a child on a busy machine


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_before(statement: str) -> None:
    """Kill this process when it is about to send a statement that contains ``statement``."""

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if statement in sql:
            die()
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(watch)


def run_child(script: str, *, database: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``script`` in a process of its own, on the database of this test or on ``database``.

    The clock stands where it stands here. Call it in a test that commits, or the child sees
    nothing.
    """
    start = START.format(
        database=database or str(connection.settings_dict["NAME"]),
        now=f"datetime.datetime.fromisoformat({clock.now().isoformat()!r})",
    )
    return subprocess.run(
        [sys.executable, "-c", start + script],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "loyalty_site.settings.test"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def run_until_killed(script: str, *, database: str | None = None) -> None:
    child = run_child(script, database=database)
    assert child.returncode == -signal.SIGKILL, f"it was to be killed:\n{child.stderr}"
