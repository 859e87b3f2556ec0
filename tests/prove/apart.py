"""The controls: the same commands with their transaction taken apart and the database's own
guards off. A run that finds no harm then could not have found any."""

from __future__ import annotations

import re
import secrets
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from django.db import connection

from business.features import get_features
from clients.models import Client
from foundation.guards import drop_guards
from loyalty import points, sweep
from loyalty.models import PointEntry
from sales import exchange


def autocommit() -> Any:
    """Stands in for ``django.db.transaction`` in one module: each statement commits by itself."""
    return SimpleNamespace(atomic=nullcontext, on_commit=lambda function: None)


def take_sweep_apart() -> None:
    drop_guards()
    drop_unique_keys()
    module: Any = sweep
    module.transaction = autocommit()
    module.lock_features = get_features
    module._postpone = lambda award_id, error: None


def take_exchange_apart() -> None:
    drop_guards()
    module: Any = exchange
    module.transaction = autocommit()
    module.lock_features = get_features
    module.lock_client = lambda pk: Client.objects.get(pk=pk)
    module.nudge_sending = lambda: None
    module.spend_points = with_key_of_its_own(exchange.spend_points)
    module.issue_card = with_key_of_its_own(exchange.issue_card)
    unlocked: Any = points
    unlocked.lock_one = lambda queryset, pk: queryset.get(pk=pk)


def with_key_of_its_own(command: Any) -> Any:
    """A key made up inside names no fact: the unique key finds no repetition."""

    def call(*, key: str, **more: Any) -> Any:
        return command(key=f"{key}:{secrets.token_hex(4)}", **more)

    return call


def drop_unique_keys() -> None:
    """From the table of point entries, which must be empty still."""
    table = PointEntry._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = %s::regclass",
                [table],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        whole = cursor.fetchone()[0]
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute(f"DROP TABLE {table}")
        by_table = re.sub(r', CONSTRAINT "\w+" UNIQUE \([^)]*\)', "", whole)
        cursor.execute(re.sub(r" UNIQUE\b", "", by_table))
        cursor.execute("PRAGMA foreign_keys = ON")
