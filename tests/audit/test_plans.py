"""The audit ends in time at a million rows: no check reads a table once per row."""

from __future__ import annotations

import json
import re
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.audit import load_checks

# The database's own lists are short, and a question about a plan has none.
OF_THE_CATALOGUE = re.compile(r"EXPLAIN|FROM (sqlite_master|pg_constraint|pg_index)\b", re.I)


def explained(sql: str) -> list[tuple[Any, ...]]:
    word = "EXPLAIN (FORMAT JSON)" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {sql}")
        return cursor.fetchall()


def asks_per_row(sql: str) -> bool:
    """Whether the plan reads a whole table, or asks a question of its own, for each row."""
    rows = explained(sql)
    if connection.vendor == "postgresql":
        # A question that could not become a join.
        return '"SubPlan' in json.dumps(rows[0][0])
    scanned: set[int] = set()
    for _number, parent, _unused, detail in rows:
        if "CORRELATED" in detail:
            return True
        if detail.startswith("SCAN") and parent in scanned:
            return True
        if detail.startswith(("SCAN", "SEARCH")):
            scanned.add(parent)
    return False


def test_no_check_reads_a_table_per_row(db: None) -> None:
    """NOT EXISTS beside an OR cannot become a join, and SQLite makes no index for a union: such
    checks ran for hours over a million entries (seen)."""
    slow = []
    for name, check in load_checks().items():
        with CaptureQueriesContext(connection) as asked:
            check()
        assert asked.captured_queries, name
        texts = [query["sql"] for query in asked.captured_queries]
        about_rows = [sql for sql in texts if not OF_THE_CATALOGUE.search(sql)]
        slow += [f"{name}: {sql}" for sql in about_rows if asks_per_row(sql)]
    assert not slow, "\n\n".join(slow)


def test_a_question_per_row_is_noticed(db: None) -> None:
    assert asks_per_row(
        "SELECT e.id FROM loyalty_pointentry e WHERE e.kind = 'adjust' OR NOT EXISTS ("
        "SELECT 1 FROM loyalty_award a WHERE e.key = a.reason)"
    )
