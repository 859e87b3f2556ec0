"""What the models say that the database must refuse, and whether it does.

A trigger that is gone is seen by its manifest (``guards.py``); a CHECK or a unique key that
somebody dropped or loosened by hand is seen here. Nothing is written: PostgreSQL is asked how it
reads the declared and the present condition, SQLite keeps the text it was given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import CheckConstraint, Model, Q, UniqueConstraint
from django.db.models.expressions import BaseExpression


@dataclass(frozen=True)
class Check:
    """``sql`` stands in parentheses; a row for which it is null obeys it, as in the database."""

    name: str
    table: str
    sql: str


@dataclass(frozen=True)
class Key:
    """``condition`` is empty when it binds every row."""

    name: str
    table: str
    columns: frozenset[str]
    condition: str


def declared_checks() -> list[Check]:
    return list(_declared(connection.vendor)[0])


def declared_keys() -> list[Key]:
    """Of ``Meta.constraints`` and of single columns; primary keys are not asked about."""
    return list(_declared(connection.vendor)[1])


@cache
def _declared(vendor: str) -> tuple[tuple[Check, ...], tuple[Key, ...]]:
    checks: list[Check] = []
    keys: list[Key] = []
    for model in apps.get_models():
        meta = model._meta
        if meta.proxy or not meta.managed:
            continue
        for each in meta.constraints:
            if isinstance(each, CheckConstraint):
                checks.append(Check(each.name, meta.db_table, _sql_of(each.condition, model)))
            elif isinstance(each, UniqueConstraint) and not each.expressions:
                columns = frozenset(_column(meta.get_field(name)) for name in each.fields)
                condition = _sql_of(each.condition, model) if each.condition else ""
                keys.append(Key(each.name, meta.db_table, columns, condition))
        keys += [
            Key(f"{meta.db_table}.{field.column}", meta.db_table, frozenset({_column(field)}), "")
            for field in meta.local_fields
            if field.unique and not field.primary_key
        ]
    return tuple(checks), tuple(keys)


def _column(field: Any) -> str:
    return str(field.column)


def _sql_of(condition: Q | BaseExpression, model: type[Model]) -> str:
    with_name = CheckConstraint(condition=condition, name="it")
    text = str(with_name.constraint_sql(model, connection.schema_editor()))
    return text.partition(" CHECK ")[2]


def lacking() -> list[str]:
    """Names of declared constraints that are not in the database, or not as declared."""
    checks, keys = declared_checks(), declared_keys()
    find = _lacking_in_sqlite if connection.vendor == "sqlite" else _lacking_in_postgresql
    return sorted(find(checks, keys))


def _asked(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


# --- SQLite: the text of the table and of its indexes ------------------------------------------

_SQLITE_TABLES = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
_SQLITE_KEYS = """
SELECT m.name, l.name, coalesce(x.sql, ''), c.name FROM sqlite_master m
JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) c
LEFT JOIN sqlite_master x ON x.type = 'index' AND x.name = l.name
WHERE m.type = 'table' AND l."unique" = 1"""


def _lacking_in_sqlite(checks: list[Check], keys: list[Key]) -> Iterator[str]:
    tables = {name: _squash(sql) for name, sql in _asked(_SQLITE_TABLES)}
    for check in checks:
        if _squash(f'CONSTRAINT "{check.name}" CHECK {check.sql}') not in tables.get(
            check.table, ""
        ):
            yield check.name
    columns: dict[tuple[str, str, str], set[str]] = {}
    for table, index, sql, column in _asked(_SQLITE_KEYS):
        condition = _squash(sql.partition(" WHERE ")[2])
        columns.setdefault((table, index, condition), set()).add(column)
    present = {(table, frozenset(its), on) for (table, _, on), its in columns.items()}
    for key in keys:
        # An index's condition stands without the outermost parentheses of a CHECK.
        condition = _squash(key.condition[1:-1])
        if (key.table, key.columns, condition) not in present:
            yield key.name


def _squash(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()


# --- PostgreSQL: both conditions as the planner writes them ------------------------------------

_CHECKS = """
SELECT t.relname, c.conname, pg_get_expr(c.conbin, c.conrelid)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'c' AND c.convalidated AND c.connamespace = current_schema()::regnamespace"""
_KEYS = """
SELECT t.relname, i.indexrelid, coalesce(pg_get_expr(i.indpred, i.indrelid), ''),
       array_agg(a.attname::text)
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indexprs IS NULL
  AND t.relnamespace = current_schema()::regnamespace
GROUP BY t.relname, i.indexrelid, i.indpred, i.indrelid"""


def _lacking_in_postgresql(checks: list[Check], keys: list[Key]) -> Iterator[str]:
    """A table, a declared condition and the one that should be the same, each read by the
    planner: ``a BETWEEN 1 AND 2`` and ``a >= 1 AND a <= 2`` are one."""
    present = {(table, name): condition for table, name, condition in _asked(_CHECKS)}
    indexes = [(table, on, frozenset(columns)) for table, _, on, columns in _asked(_KEYS)]
    pairs: list[tuple[str, str, str, str]] = []
    for check in checks:
        found = present.get((check.table, check.name))
        if found is None:
            yield check.name
        else:
            pairs.append((check.name, check.table, check.sql, found))
    for key in keys:
        conditions = {on for table, on, its in indexes if (table, its) == (key.table, key.columns)}
        # The database's own words for a condition differ from ours; there is one such key a table.
        similar = {on for on in conditions if bool(on) == bool(key.condition)}
        if not similar:
            yield key.name
        elif key.condition:
            pairs += [(key.name, key.table, key.condition, on) for on in sorted(similar)[:1]]
    yield from _read_differently(pairs)


def _read_differently(pairs: list[tuple[str, str, str, str]]) -> Iterator[str]:
    if not pairs:
        return
    selects = [
        f"SELECT '{at}:{side}', ({condition}) FROM \"{table}\""
        for at, (_name, table, *both) in enumerate(pairs)
        for side, condition in enumerate(both)
    ]
    answer = _asked(f"EXPLAIN (VERBOSE, COSTS OFF, FORMAT JSON) {' UNION ALL '.join(selects)}")
    plan = answer[0][0]
    read = dict(_outputs(json.loads(plan) if isinstance(plan, str) else plan))
    for at, (name, *_rest) in enumerate(pairs):
        if read[f"{at}:0"] != read[f"{at}:1"]:
            yield name


def _outputs(node: Any) -> Iterator[tuple[str, str]]:
    """Every number and condition that stands in a plan."""
    if isinstance(node, list):
        for each in node:
            yield from _outputs(each)
    elif isinstance(node, dict):
        output = node.get("Output", [])
        label = re.match(r"'(\d+:\d)'", output[0]) if "Relation Name" in node and output else None
        if label:
            # The table goes by another name each time that it is read.
            yield label.group(1), output[1].replace(f"{node['Alias']}.", "")
        yield from _outputs(list(node.values()))


# --- the rows, whatever the database refuses --------------------------------------------------


def tables() -> list[str]:
    """Whoever declares a CHECK or a key."""
    checks = {check.table for check in declared_checks()}
    return sorted(checks | {key.table for key in declared_keys()})


def rows_that_break_a_check() -> list[tuple[str, str, str]]:
    """The first name of a CHECK that each bad row breaks, its table and its primary key."""
    by_table: dict[str, list[Check]] = {}
    for check in declared_checks():
        by_table.setdefault(check.table, []).append(check)
    primary = _primary_keys()
    each = [_breaks_of(table, checks, primary[table]) for table, checks in by_table.items()]
    return _asked(" UNION ALL ".join(each))


def _breaks_of(table: str, checks: list[Check], primary: str) -> str:
    names = " ".join(f"WHEN NOT {check.sql} THEN {_text(check.name)}" for check in checks)
    broken = " OR ".join(f"NOT {check.sql}" for check in checks)
    return (
        f'SELECT CASE {names} END, {_text(table)}, CAST("{primary}" AS varchar(64))'
        f' FROM "{table}" WHERE {broken}'
    )


def keys_that_stand_twice() -> list[tuple[str, str, int]]:
    """Name of the key, the first row's primary key and how many rows share it."""
    primary = _primary_keys()
    return _asked(
        " UNION ALL ".join(_doubles_of(key, primary[key.table]) for key in declared_keys())
    )


def _doubles_of(key: Key, primary: str) -> str:
    columns = [f'"{column}"' for column in sorted(key.columns)]
    bound = [f"{column} IS NOT NULL" for column in columns]
    bound += [key.condition] if key.condition else []
    return (
        f'SELECT {_text(key.name)}, min(CAST("{primary}" AS varchar(64))), count(*)'
        f' FROM "{key.table}" WHERE {" AND ".join(bound)}'
        f" GROUP BY {', '.join(columns)} HAVING count(*) > 1"
    )


def count_rows() -> int:
    """Of all tables that declare a CHECK or a key."""
    each = " UNION ALL ".join(f'SELECT count(*) AS n FROM "{table}"' for table in tables())
    return int(_asked(f"SELECT sum(n) FROM ({each}) counted")[0][0])


def _primary_keys() -> dict[str, str]:
    return {model._meta.db_table: _column(model._meta.pk) for model in apps.get_models()}


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
