"""Checks that recompute a whole ledger from its rows, for whichever app has one."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from foundation import clock
from foundation.audit import Finding, check, sql_check

# Clocks of two machines may differ by this much without anybody having lied.
_SKEW = dt.timedelta(seconds=60)


def ledger_checks(*, prefix: str, entries: str, accounts: str, account_column: str) -> None:
    """Register the checks of one ledger under names that begin with ``prefix``."""
    count_accounts = f"SELECT count(*) FROM {accounts}"
    count_entries = f"SELECT count(*) FROM {entries}"
    sql_check(
        f"{prefix}-balance-is-sum",
        rows=count_accounts,
        violations=f"""
        SELECT a.id, a.balance, coalesce(s.total, 0) FROM {accounts} a LEFT JOIN (
          SELECT {account_column} AS account, sum(amount) AS total FROM {entries} GROUP BY 1
        ) s ON s.account = a.id WHERE a.balance <> coalesce(s.total, 0)""",
        line="account {0} says {1}, its entries add up to {2}",
    )
    sql_check(
        f"{prefix}-last-sequence",
        rows=count_accounts,
        violations=f"""
        SELECT a.id, a.last_sequence, coalesce(s.last, 0), coalesce(s.many, 0)
        FROM {accounts} a LEFT JOIN (
          SELECT {account_column} AS account, max(sequence) AS last, count(*) AS many
          FROM {entries} GROUP BY 1
        ) s ON s.account = a.id
        WHERE a.last_sequence <> coalesce(s.last, 0) OR coalesce(s.last, 0) <> coalesce(s.many, 0)
        """,
        line="account {0} says {1}, last sequence is {2} of {3} entries",
    )
    sql_check(
        f"{prefix}-chain",
        rows=count_entries,
        violations=f"""
        SELECT id, balance_after, expected FROM (
          SELECT id, balance_after,
                 sum(amount) OVER (PARTITION BY {account_column} ORDER BY sequence) AS expected
          FROM {entries}
        ) c WHERE balance_after <> expected""",
        line="entry {0} says {1} after it, the chain says {2}",
    )
    sql_check(
        f"{prefix}-recorded-in-order",
        rows=count_entries,
        violations=f"""
        SELECT e.id, e.created_at FROM {entries} e JOIN {entries} n
          ON n.{account_column} = e.{account_column} AND n.sequence = e.sequence + 1
        WHERE n.created_at < e.created_at""",
        line="entry {0} of {1} was recorded after the entry that follows it",
    )
    sql_check(
        f"{prefix}-reversal-mirrors",
        rows=f"SELECT count(*) FROM {entries} WHERE reverses_id IS NOT NULL",
        violations=f"""
        SELECT r.id, e.id FROM {entries} r JOIN {entries} e ON e.id = r.reverses_id
        WHERE r.{account_column} <> e.{account_column} OR r.amount <> -e.amount""",
        line="entry {0} does not mirror entry {1}",
    )

    @check(f"{prefix}-not-in-the-future")
    def not_in_the_future() -> Finding:
        """A row dated later than now was written by a clock that jumped (reliability F07)."""
        latest = connection.ops.adapt_datetimefield_value(clock.now() + _SKEW)
        with connection.cursor() as cursor:
            cursor.execute(count_entries)
            rows = cursor.fetchone()[0]
            cursor.execute(f"SELECT id, created_at FROM {entries} WHERE created_at > %s", [latest])
            return Finding(
                rows,
                [f"entry {pk} is dated {at}, which is to come" for pk, at in cursor.fetchall()],
            )
