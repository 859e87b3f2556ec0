"""The one clock. Nothing else in the project asks what time it is.

The setting ``CLOCK`` chooses: ``database`` (PostgreSQL's ``clock_timestamp()``, read after the
locks, so that a web host whose clock is wrong cannot write a wrong instant; on SQLite the host's
clock), ``system`` (the host's clock) and ``fixed`` (tests and the demo data).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.conf import settings
from django.db import connection

_fixed: ContextVar[dt.datetime | None] = ContextVar("fixed_clock", default=None)
_process_fixed: dt.datetime | None = None


def system_now() -> dt.datetime:
    """The host's own clock, as an aware UTC instant."""
    return dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    pinned = _fixed.get() or _process_fixed
    if pinned is not None:
        return pinned
    if settings.CLOCK == "database" and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            return cursor.fetchone()[0].astimezone(dt.UTC)
    return system_now()


def is_fixed() -> bool:
    return (_fixed.get() or _process_fixed) is not None


@contextmanager
def fixed(instant: dt.datetime) -> Iterator[None]:
    """Pin the clock of this context to ``instant`` (aware)."""
    token = _fixed.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _fixed.reset(token)


def set_fixed(instant: dt.datetime | None) -> None:
    """Pin the clock of the whole process, every thread included; ``None`` lets it run."""
    global _process_fixed  # noqa: PLW0603 (the process's clock is one thing by nature)
    _process_fixed = instant.astimezone(dt.UTC) if instant is not None else None
