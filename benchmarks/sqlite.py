"""A house on a SQLite file, copied row by row, and crediting it in three statements."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from benchmarks.databases import django_on_sqlite
from benchmarks.statements import CREDIT_ON_SQLITE
from foundation.guards import drop_guards, install_guards, verify_guards

BATCH = 5_000
_SELECT = sql.SQL("SELECT {} FROM {} ORDER BY 1")
_DELETE = sql.SQL("DELETE FROM {}")
_INSERT = sql.SQL("INSERT INTO {} ({}) VALUES ({})")


def _listed(columns: list[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def copy_to_sqlite(path: Path) -> None:
    """Every row of the database that Django is pointed at, into a new file with its guards on."""
    source = connection.settings_dict | {"ENGINE": "postgresql"}
    address = psycopg.conninfo.make_conninfo(
        host=source["HOST"],
        port=source["PORT"],
        user=source["USER"],
        password=source["PASSWORD"],
        dbname=source["NAME"],
    )
    with django_on_sqlite(path, synchronous="OFF"), psycopg.connect(address) as raw:
        call_command("migrate", verbosity=0, interactive=False)
        drop_guards()
        connection.disable_constraint_checking()
        with transaction.atomic(), connection.cursor() as cursor:
            for model in apps.get_models(include_auto_created=True):
                if model._meta.proxy:
                    continue
                table = model._meta.db_table
                columns = [str(field.column) for field in model._meta.local_concrete_fields]
                cursor.execute(_DELETE.format(sql.Identifier(table)).as_string(raw))
                values = sql.SQL(", ").join([sql.Placeholder()] * len(columns))
                into = _INSERT.format(sql.Identifier(table), _listed(columns), values)
                insert = into.as_string(raw)
                with raw.cursor(name="rows") as rows:
                    rows.itersize = BATCH
                    rows.execute(_SELECT.format(_listed(columns), sql.Identifier(table)))
                    while batch := rows.fetchmany(BATCH):
                        cursor.executemany(insert, [[_plain(v) for v in r] for r in batch])
        connection.enable_constraint_checking()
        install_guards()
        verify_guards()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date | dt.time):
        return str(value)
    return json.dumps(value) if isinstance(value, dict | list) else value


def credit_in_three_statements(now: dt.datetime, expected: int) -> None:
    """Entries, balances and awards, in one transaction. Raises AssertionError on another count."""
    at = connection.ops.adapt_datetimefield_value(now)
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in CREDIT_ON_SQLITE:
            cursor.execute(statement, {"now": at})
        if cursor.rowcount != expected:
            raise AssertionError(f"{expected} were due, {cursor.rowcount} were credited")
