"""Spending in one statement: the one module of this app that is written for PostgreSQL alone.

Lock, decide, append and move the balance are four statements and a savepoint when they go one by
one, and nobody else can spend from the account between the first and the last. As one statement
the lock is held for one round trip and the COMMIT (P-R1 to P-R3 of docs/performance.md).
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.db import connection

from foundation import clock
from foundation.locks import is_postgresql
from ledger.models import Account, Entry

E = TypeVar("E", bound=Entry)

_NOW = "clock_timestamp()"


def spend_at_once(
    entries: type[E],
    accounts: type[Account],
    *,
    account_field: str,
    owner: dict[str, int],
    amount: int,
    key: str,
    **fields: Any,
) -> E | None:
    """Take ``amount`` off the account of ``owner`` (a column and its value), if that much is there.

    None means that nothing was written: there is no such account, the key was used, it holds too
    little, or this is not a database to do it on. The caller then goes step by step, which finds
    out why. A key used at the same moment is waited for and counts as used. Raises
    IntegrityError as ``post`` does.
    """
    if not is_postgresql() or (settings.CLOCK != "database" and not clock.is_fixed()):
        return None
    ((owner_column, owner_id),) = owner.items()
    account_column = f"{account_field}_id"
    entry = entries(amount=-amount, key=key, **fields)
    # Everything that the account does not decide, as the ORM would write it.
    given = {
        str(field.column): field.get_db_prep_save(getattr(entry, field.attname), connection)
        for field in entries._meta.concrete_fields
        if not field.primary_key
        and field.attname
        not in {account_column, "sequence", "balance_after", "created_at", "occurred_at"}
    }
    # Read behind the lock: an entry is never dated before the one that it follows.
    at, instant = ("%s::timestamptz", [clock.now()]) if clock.is_fixed() else (_NOW, [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH locked AS MATERIALIZED (
              SELECT id, balance, last_sequence FROM {accounts._meta.db_table}
              WHERE {owner_column} = %s FOR NO KEY UPDATE
            ), covered AS MATERIALIZED (
              SELECT id, balance - %s AS left_over, last_sequence + 1 AS next, {at} AS at
              FROM locked WHERE balance >= %s
            ), fresh AS (
              INSERT INTO {entries._meta.db_table} ({account_column}, sequence, balance_after,
                created_at, occurred_at, {", ".join(given)})
              SELECT id, next, left_over, at, at, {", ".join(["%s"] * len(given))} FROM covered
              ON CONFLICT (key) DO NOTHING
              RETURNING id, {account_column} AS account_id, sequence, balance_after, created_at
            ), moved AS (
              UPDATE {accounts._meta.db_table} a
              SET balance = f.balance_after, last_sequence = f.sequence
              FROM fresh f WHERE a.id = f.account_id
            )
            SELECT id, account_id, sequence, balance_after, created_at FROM fresh""",
            [owner_id, amount, *instant, amount, *given.values()],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    entry.pk, account_id, entry.sequence, entry.balance_after, entry.created_at = row
    setattr(entry, account_column, account_id)
    entry.occurred_at = entry.created_at
    columns = [field.attname for field in entries._meta.concrete_fields]
    # As if it had been read: saving it would be an UPDATE, which the guards refuse.
    return entries.from_db(connection.alias, columns, [getattr(entry, name) for name in columns])
