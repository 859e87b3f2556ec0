"""The manifest of what the database itself refuses, and the check that it still does.

Triggers and exclusion constraints cannot live in ``Meta.constraints``: SQLite cannot build the
latter, and a migration that rebuilds a SQLite table silently drops its triggers (reliability
traps 3 and 4). So every app lists its guards in ``<app>/guards.py`` as ``GUARDS``, with a text per
database; ``post_migrate`` installs them, skipping tables that are not there yet; a migration
that touches a guarded table drops them first (``DropGuards``); and ``verify_guards`` refuses to let
a web server, worker or beat start on a difference.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations import RunPython
from django.utils.module_loading import module_has_submodule


@dataclass(frozen=True)
class Guard:
    """One trigger or constraint.

    ``name`` is also what the database says when it refuses. ``postgresql`` may create a function
    and must create a trigger (or, with ``is_constraint``, a table constraint) of that name;
    ``sqlite`` is one or more CREATE TRIGGER statements whose names begin with ``name``.
    """

    name: str
    table: str
    postgresql: str = ""
    sqlite: tuple[str, ...] = ()
    is_constraint: bool = False

    @property
    def digest(self) -> str:
        return _digest(_squash(self.postgresql))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class GuardsBroken(ImproperlyConfigured):
    """The database lacks a guard, or holds another than the manifest says."""


def all_guards() -> list[Guard]:
    """Every app's guards, in the order of the floors."""
    found: list[Guard] = []
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "guards"):
            module = import_module(f"{config.name}.guards")
            found.extend(getattr(module, "GUARDS", ()))
    return found


def _squash(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip().rstrip(";")


def _trigger_names(guard: Guard) -> list[str]:
    found = (re.match(r"\s*CREATE TRIGGER (\w+)", text) for text in guard.sqlite)
    return [match.group(1) for match in found if match]


def _existing_sqlite(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: _squash(sql) for name, sql in cursor.fetchall()}


def _existing_postgresql(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """Guard → its comment, for those that are enabled and still say what was installed.

    The comment holds the manifest's digest and one of the definition as the database keeps it,
    function body included: a function that was swapped by hand is a difference.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DEFINITIONS)
        rows = cursor.fetchall()
    found: dict[str, str] = {}
    for name, comment, definition in rows:
        manifest, _colon, installed = comment.partition(":")
        found[name] = manifest if installed == _digest(definition) else "changed by hand"
    return found


_DEFINITIONS = """
SELECT t.tgname, coalesce(obj_description(t.oid, 'pg_trigger'), ''),
       pg_get_triggerdef(t.oid) || p.prosrc
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
  AND t.tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)
UNION ALL
SELECT c.conname, coalesce(obj_description(c.oid, 'pg_constraint'), ''),
       pg_get_constraintdef(c.oid)
FROM pg_constraint c
WHERE c.contype = 'x' AND c.connamespace = current_schema()::regnamespace
"""


def _is_in_place(guard: Guard, existing: dict[str, str], vendor: str) -> bool:
    if vendor == "sqlite":
        return all(
            existing.get(name) == _squash(text)
            for name, text in zip(_trigger_names(guard), guard.sqlite, strict=True)
        )
    return not guard.postgresql or existing.get(guard.name) == guard.digest


def _existing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    if connection.vendor == "sqlite":
        return _existing_sqlite(connection)
    return _existing_postgresql(connection)


def _drop(guard: Guard, connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in _trigger_names(guard):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        elif guard.is_constraint:
            cursor.execute(f"ALTER TABLE {guard.table} DROP CONSTRAINT IF EXISTS {guard.name}")
        elif guard.postgresql:
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}")


def _create(guard: Guard, connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for text in guard.sqlite:
                cursor.execute(text)
        elif guard.postgresql:
            cursor.execute(guard.postgresql)
            kind = "CONSTRAINT" if guard.is_constraint else "TRIGGER"
            cursor.execute(
                f"SELECT definition FROM ({_DEFINITIONS}) d (name, comment, definition)"
                " WHERE name = %s",
                [guard.name],
            )
            sealed = f"{guard.digest}:{_digest(cursor.fetchone()[0])}"
            cursor.execute(f"COMMENT ON {kind} {guard.name} ON {guard.table} IS '{sealed}'")


def install_guards(using: str = "default") -> list[str]:
    """Install every guard that is missing or different; names of those written."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    existing = _existing(connection)
    written: list[str] = []
    for guard in all_guards():
        if guard.table not in tables or _is_in_place(guard, existing, connection.vendor):
            continue
        with transaction.atomic(using=using):
            _drop(guard, connection)
            _create(guard, connection)
        written.append(guard.name)
    return written


def drop_guards(tables: Iterable[str] | None = None, *, using: str = "default") -> None:
    """Take the guards off ``tables`` (all by default): for migrations and the tests' reset."""
    connection = connections[using]
    wanted = None if tables is None else set(tables)
    present = set(connection.introspection.table_names())
    for guard in all_guards():
        if guard.table in present and (wanted is None or guard.table in wanted):
            _drop(guard, connection)


def missing_guards(using: str = "default") -> list[str]:
    """Names of guards that are not in the database as the manifest says."""
    connection = connections[using]
    existing = _existing(connection)
    return [g.name for g in all_guards() if not _is_in_place(g, existing, connection.vendor)]


def verify_guards(using: str = "default") -> None:
    """Refuse to start on an unguarded database. Raises GuardsBroken.

    Called in wsgi, worker and beat start-up: Django's system checks do not run there.
    """
    missing = missing_guards(using)
    if missing:
        raise GuardsBroken(
            "The database lacks these guards: "
            + ", ".join(missing)
            + ". Run `manage.py migrate`, which installs them, and start again."
        )


def install_after_migrate(using: str = "default", **kwargs: Any) -> None:
    install_guards(using)


class DropGuards(RunPython):
    """Migration operation: take the guards off ``tables``, which the next operations rebuild."""

    reduces_to_sql = False

    def __init__(self, tables: Iterable[str]) -> None:
        self.tables = tuple(tables)

        def forwards(_apps: Any, editor: Any) -> None:
            drop_guards(self.tables, using=editor.connection.alias)

        super().__init__(forwards, forwards)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [self.tables], {})


def never_emptied(table: str, *, refusal: str) -> Guard:
    """TRUNCATE passes every trigger by row; PostgreSQL refuses it by this one. SQLite has none."""
    name = f"{table}_never_emptied"
    return Guard(
        name=name,
        table=table,
        postgresql=f"""
        CREATE OR REPLACE FUNCTION {name}_fn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{name}: {refusal}'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';
        END $$;
        CREATE TRIGGER {name} BEFORE TRUNCATE ON {table}
          FOR EACH STATEMENT EXECUTE FUNCTION {name}_fn();
        """,
    )


def append_only(
    table: str, *, columns: Iterable[str], redactable: str | None = None, name: str | None = None
) -> Guard:
    """Rows of ``table`` are never changed or deleted.

    ``redactable`` names one text column that may be blanked, and nothing else may change with it.
    ``columns`` lists all columns (SQLite cannot compare whole rows).
    """
    guard = name or f"{table}_append_only"
    others = [column for column in columns if column != redactable]
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in others)
    if redactable:
        sqlite_when = f"WHEN {changed} OR NEW.{redactable} <> ''"
        pg_allow = (
            f"IF TG_OP = 'UPDATE' AND NEW.{redactable} = ''"
            # A column that the database keeps folded beside it is not made yet, and null.
            f" AND to_jsonb(NEW) - '{redactable}' - '{redactable}_folded'"
            f" = to_jsonb(OLD) - '{redactable}' - '{redactable}_folded'"
            " THEN RETURN NEW; END IF;"
        )
    else:
        sqlite_when, pg_allow = "", ""
    return Guard(
        name=guard,
        table=table,
        postgresql=f"""
        CREATE OR REPLACE FUNCTION {guard}_fn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          {pg_allow}
          RAISE EXCEPTION '{guard}: rows of {table} are never changed or deleted'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{guard}';
        END $$;
        CREATE TRIGGER {guard} BEFORE UPDATE OR DELETE ON {table}
          FOR EACH ROW EXECUTE FUNCTION {guard}_fn();
        """,
        sqlite=(
            f"CREATE TRIGGER {guard}_update BEFORE UPDATE ON {table} {sqlite_when} "
            f"BEGIN SELECT RAISE(ABORT, '{guard}: rows are never changed'); END",
            f"CREATE TRIGGER {guard}_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{guard}: rows are never deleted'); END",
        ),
    )
