"""The sweep's statements: the one module of this app that knows which database it talks to.

Crediting a chunk is a handful of statements whatever its size. Through the ORM, row by row, the
same work takes many times as long (P-C1 of docs/performance.md).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.db import connection

from foundation.locks import is_postgresql

# A quarantined award was retried this often; nothing else stops the others meanwhile.
_DUE = "state = 'promised' AND due_at <= %s AND (next_try_at IS NULL OR next_try_at <= %s)"


def _run(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    # As the ORM writes instants: SQLite compares them as text, and two forms of one instant are
    # neither equal nor in order (the report's pages lost rows: seen).
    adapt = connection.ops.adapt_datetimefield_value
    adapted = [adapt(each) if isinstance(each, dt.datetime) else each for each in params]
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted)
        return cursor.fetchall() if cursor.description else []


def _in(ids: list[int]) -> tuple[str, Any]:
    """A condition "is one of ids" with one parameter, however many there are."""
    if is_postgresql():
        return "= ANY(%s)", ids
    return "IN (SELECT value FROM json_each(%s))", json.dumps(ids)


def due_award_ids(at: dt.datetime, limit: int, skip: list[int]) -> list[int]:
    """Awards that fell due by ``at``, the oldest first, without a lock. ``skip`` are the ids
    that failed in this run."""
    among, ids = _in(skip)
    rows = _run(
        f"SELECT id FROM loyalty_award WHERE {_DUE} AND NOT (id {among}) "
        "ORDER BY due_at, id LIMIT %s",
        [at, at, ids, limit],
    )
    return [row[0] for row in rows]


def lock_due_awards(ids: list[int], at: dt.datetime) -> list[int]:
    """Lock those of ``ids`` that are still due, in order; others are in somebody else's hands."""
    among, value = _in(ids)
    lock = " FOR NO KEY UPDATE SKIP LOCKED" if is_postgresql() else ""
    rows = _run(
        f"SELECT id FROM loyalty_award WHERE id {among} AND {_DUE} ORDER BY id{lock}",
        [value, at, at],
    )
    return [row[0] for row in rows]


def lock_accounts_of(award_ids: list[int]) -> None:
    """Lock the awards' point accounts by id: the project's one order, so no deadlock."""
    if not is_postgresql():
        return
    among, value = _in(award_ids)
    _run(
        "SELECT id FROM loyalty_pointaccount WHERE id IN "
        f"(SELECT account_id FROM loyalty_award WHERE id {among}) ORDER BY id FOR NO KEY UPDATE",
        [value],
    )


def drop_ineligible(award_ids: list[int], at: dt.datetime, off_since: dt.datetime | None) -> int:
    """End awards that must not be credited, each with its reason; how many there were.

    ``off_since`` is when loyalty was switched off (None while it is on): what fell due before
    was earned while it was on. Cancelling and marking a no-show end the award themselves; a
    booking that was changed round the commands is caught here.
    """
    among, value = _in(award_ids)
    off = " WHEN a.due_at >= %s THEN 'loyalty_off'" if off_since else ""
    rows = _run(
        "SELECT a.id, CASE WHEN b.status = 'cancelled' THEN 'cancelled'"
        " WHEN b.status = 'no_show' THEN 'no_show'"
        f" WHEN c.anonymised_at IS NOT NULL THEN 'anonymised'{off} END"
        " FROM loyalty_award a JOIN bookings_booking b ON b.id = a.booking_id"
        " JOIN loyalty_pointaccount p ON p.id = a.account_id"
        " JOIN clients_client c ON c.id = p.client_id"
        f" WHERE a.id {among}",
        [*([off_since] if off_since else []), value],
    )
    dropped = 0
    for reason in ("cancelled", "no_show", "anonymised", "loyalty_off"):
        ids = [row[0] for row in rows if row[1] == reason]
        if ids:
            some, some_value = _in(ids)
            _run(
                "UPDATE loyalty_award SET state = 'dropped', reason = %s, settled_at = %s "
                f"WHERE id {some}",
                [reason, at, some_value],
            )
            dropped += len(ids)
    return dropped


def credit_awards(award_ids: list[int], now: dt.datetime) -> list[tuple[int, int, int]]:
    """Entries, balances and states of the awards that are still promised; (award id, entry id,
    client id) of each. The caller holds the locks of awards and accounts.

    ``occurred_at`` of an entry is the hour when it was due, ``created_at`` now: after an outage
    it stands where it was recorded, so that exported months never change.
    """
    if is_postgresql():
        return _credit_at_once(award_ids, now)
    _insert_earnings(award_ids, now)
    _move_balances(award_ids)
    return _settle_awards(award_ids, now)


def _credit_at_once(award_ids: list[int], now: dt.datetime) -> list[tuple[int, int, int]]:
    """One statement: an entry's number comes from its insert, instead of looking its key up in
    the index of all entries again. A booking has one promised award at most, so it names it;
    points are never below 1, so the greatest balance is the last."""
    return [
        (row[0], row[1], row[2])
        for row in _run(
            """
            WITH earning AS MATERIALIZED (
              SELECT a.id, a.account_id, a.points, a.due_at, a.rule, a.base, a.rate, a.booking_id,
                b.service_id, b.provider_id, p.client_id,
                p.last_sequence + row_number() OVER chain AS sequence,
                p.balance + sum(a.points) OVER chain AS balance_after
              FROM loyalty_award a
              JOIN loyalty_pointaccount p ON p.id = a.account_id
              JOIN bookings_booking b ON b.id = a.booking_id
              WHERE a.id = ANY(%s) AND a.state = 'promised'
              WINDOW chain AS (PARTITION BY a.account_id ORDER BY a.due_at, a.id
                               ROWS UNBOUNDED PRECEDING)
            ), entry AS (
              INSERT INTO loyalty_pointentry (
                account_id, sequence, kind, amount, balance_after, key, description, occurred_at,
                created_at, rule, base, rate, service_id, provider_id, booking_id)
              SELECT account_id, sequence, 'earn', points, balance_after,
                'award:' || id || ':earn', '', due_at, %s::timestamptz, rule, base, rate,
                service_id, provider_id, booking_id
              FROM earning ORDER BY account_id, sequence
              RETURNING id, booking_id
            ), moved AS (
              UPDATE loyalty_pointaccount SET balance = last.balance, last_sequence = last.sequence
              FROM (SELECT account_id, max(sequence) AS sequence, max(balance_after) AS balance
                    FROM earning GROUP BY account_id) last
              WHERE loyalty_pointaccount.id = last.account_id
            ), settled AS (
              UPDATE loyalty_award SET state = 'credited', settled_at = %s::timestamptz,
                next_try_at = NULL, earn_entry_id = entry.id
              FROM earning JOIN entry ON entry.booking_id = earning.booking_id
              WHERE loyalty_award.id = earning.id
            )
            SELECT earning.id, entry.id, earning.client_id
            FROM earning JOIN entry ON entry.booking_id = earning.booking_id
            """,
            [award_ids, now, now],
        )
    ]


def _insert_earnings(award_ids: list[int], now: dt.datetime) -> None:
    """One entry per award that is still promised, numbered on from its account's last. SQLite
    checks the chain row by row, hence the order."""
    among, value = _in(award_ids)
    _run(
        f"""
        INSERT INTO loyalty_pointentry (
          account_id, sequence, kind, amount, balance_after, key, description, actor_id,
          occurred_at, created_at, reverses_id, rule, base, rate, service_id, provider_id,
          booking_id, reward_id)
        SELECT a.account_id,
          p.last_sequence + row_number() OVER chain,
          'earn', a.points,
          p.balance + sum(a.points) OVER chain,
          'award:' || a.id || ':earn', '', NULL,
          a.due_at, %s, NULL, a.rule, a.base, a.rate, b.service_id, b.provider_id, b.id, NULL
        FROM loyalty_award a
        JOIN loyalty_pointaccount p ON p.id = a.account_id
        JOIN bookings_booking b ON b.id = a.booking_id
        WHERE a.id {among} AND a.state = 'promised'
        WINDOW chain AS (PARTITION BY a.account_id ORDER BY a.due_at, a.id
                         ROWS UNBOUNDED PRECEDING)
        ORDER BY 1, 2
        """,
        [now, value],
    )


def _move_balances(award_ids: list[int]) -> None:
    """Each account's balance and last sequence from the awards that are being credited."""
    among, value = _in(award_ids)
    _run(
        f"""
        UPDATE loyalty_pointaccount SET balance = balance + s.points,
          last_sequence = last_sequence + s.many
        FROM (SELECT account_id, sum(points) AS points, count(*) AS many FROM loyalty_award
              WHERE id {among} AND state = 'promised' GROUP BY +account_id) s
        WHERE loyalty_pointaccount.id = s.account_id
        """,
        [value],
    )


def _settle_awards(award_ids: list[int], now: dt.datetime) -> list[tuple[int, int, int]]:
    """Mark the awards credited by their entries; (award id, entry id, client id) of each."""
    among, value = _in(award_ids)
    _run(
        f"""
        UPDATE loyalty_award SET state = 'credited', settled_at = %s, next_try_at = NULL,
          earn_entry_id = (SELECT e.id FROM loyalty_pointentry e
                           WHERE e.key = 'award:' || loyalty_award.id || ':earn')
        WHERE id {among} AND state = 'promised'
        """,
        [now, value],
    )
    return [
        (row[0], row[1], row[2])
        for row in _run(
            "SELECT a.id, a.earn_entry_id, p.client_id FROM loyalty_award a"
            " JOIN loyalty_pointaccount p ON p.id = a.account_id"
            f" WHERE a.id {among} AND a.state = 'credited'",
            [value],
        )
    ]
