"""Statements in SQL that both databases read: how a list and an instant are handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from foundation.locks import is_postgresql


def run(sql: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that a statement gives, if it gives any."""
    if isinstance(params, Mapping):
        adapted: Any = {name: _adapt(each) for name, each in params.items()}
    else:
        adapted = [_adapt(each) for each in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted)
        return cursor.fetchall() if cursor.description else []


def _adapt(value: Any) -> Any:
    # As the ORM writes instants: SQLite compares them as text, and two forms of one instant are
    # neither equal nor in order (the report's pages lost rows: seen).
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date):
        return connection.ops.adapt_datefield_value(value)
    return value


def among(marker: str = "%s") -> str:
    """A condition "is one of those" with one parameter, however many there are; ``listed`` makes
    its value."""
    if is_postgresql():
        # Of the type of ids, or each row is compared with one of them after the other.
        return f"= ANY({marker}::bigint[])"
    return f"IN (SELECT value FROM json_each({marker}))"


def listed(ids: Iterable[int]) -> str:
    """The value of the parameter of ``among``: a text, because the driver takes a list apart for
    every statement, and thousands of ids take longer to read so than the rows that they find."""
    written = ",".join(map(str, ids))
    return f"{{{written}}}" if is_postgresql() else f"[{written}]"
