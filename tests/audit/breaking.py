"""What a breach of docs/invariants.md is, and those that several rows share."""

from __future__ import annotations

from tests.audit.corruptions import without_constraints

Breach = str | tuple[str, *tuple[str, ...]]

OBEY, UNIQUE = "rows-obey-checks", "keys-are-unique"


def twice(table: str) -> Breach:
    """A breach: every row once more, and with it every key."""
    return (UNIQUE, *without_constraints(table), f"INSERT INTO {table} SELECT * FROM {table}")
