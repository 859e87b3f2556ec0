"""Back to the rows of a fresh database, after a test that commits.

Django's own reset truncates every table and sends ``post_migrate``, which makes the permissions,
roles and guards anew: a second or two for each test on PostgreSQL. Here only tables that differ
are written, and only guards that a test took off.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from foundation.guards import drop_guards, install_guards

Rows = list[tuple[Any, ...]]
_fresh: dict[str, Rows] = {}


def remember_fresh_rows() -> None:
    """What migrations and ``post_migrate`` have written: kept for ``empty_the_database``."""
    _fresh.clear()
    _fresh.update({table: _rows(table) for table in _filled()})


def empty_the_database() -> None:
    """Delete what a test has written; put back what it has taken or changed."""
    filled = set(_filled())
    changed = sorted(
        table
        for table in filled | _fresh.keys()
        if table not in _fresh or table not in filled or _rows(table) != _fresh[table]
    )
    if changed:
        with transaction.atomic(), connection.cursor() as cursor:
            if not _ignore_triggers():
                drop_guards(changed)
            for table in changed:
                cursor.execute(f'DELETE FROM "{table}"')
            for table in changed:
                _write(table, _fresh.get(table, []))
    install_guards()


def _tables() -> list[str]:
    return sorted(set(connection.introspection.table_names()) - {"django_migrations"})


def _filled() -> list[str]:
    tables = _tables()
    looks = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [row[0] for row in cursor.fetchall()]


def _rows(table: str) -> Rows:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
        return list(cursor.fetchall())


def _write(table: str, rows: Rows) -> None:
    if not rows:
        return
    marks = ", ".join(["%s"] * len(rows[0]))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)


def _ignore_triggers() -> bool:
    """For this transaction, where the database lets this user: the checks of keys with them."""
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone()[0] != "on":
            return False
        cursor.execute("SET LOCAL session_replication_role = replica")
    return True
