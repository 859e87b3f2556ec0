"""The controls: the same commands with their transaction taken apart and the database's own
guards off. A run that finds no harm then could not have found any."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.models import Count, F, Sum

from business.features import get_features
from clients.models import Client
from foundation.guards import drop_guards
from loyalty import points, sql, sweep
from loyalty.models import Award, AwardState, PointAccount, PointEntry
from sales import exchange, marking, moving, visits
from sales.models import Sale


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
    statements: Any = sql
    statements._credit_at_once = credit_step_by_step


def credit_step_by_step(award_ids: list[int], now: dt.datetime) -> list[tuple[int, int, int]]:
    """As SQLite does it: PostgreSQL's one statement is a transaction by itself."""
    sql._insert_earnings(award_ids, now)
    promised = Award.objects.filter(pk__in=award_ids, state=AwardState.PROMISED)
    of_accounts = promised.values_list("account").annotate(Sum("points"), Count("pk"))
    for account, earned, many in list(of_accounts):
        PointAccount.objects.filter(pk=account).update(
            balance=F("balance") + earned, last_sequence=F("last_sequence") + many
        )
    return sql._settle_awards(award_ids, now)


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


def take_visits_apart() -> None:
    drop_guards()
    commands: list[Any] = [visits, moving, marking]
    for module in commands:
        module.transaction = autocommit()
        module.lock_features = get_features
        module.lock_awards = lambda bookings: None
        module.lock_sale_and_sessions = lambda visit, also=(): Sale.objects.filter(
            visit=visit
        ).first()
        module.nudge_sending = module.nudge_waiting = lambda: None
    unlocked: Any = visits
    unlocked.lock_client = lambda pk: Client.objects.get(pk=pk)
    for module in (visits, moving):
        module.lock_in_order = lambda rows, ids: {  # type: ignore[attr-defined]
            row.pk: row for row in rows.filter(pk__in=list(ids)).order_by("pk")
        }


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
