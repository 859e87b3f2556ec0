"""The sweep's statements: the one module of this app that knows which database it talks to.

Crediting a chunk is a handful of statements whatever its size. Through the ORM, row by row, the
same work takes many times as long (P-C1 of docs/performance.md).
"""

from __future__ import annotations

import datetime as dt

from foundation.locks import is_postgresql
from foundation.sql import among, listed, run

# A quarantined award was retried this often; nothing else stops the others meanwhile.
_DUE = "state = 'promised' AND due_at <= %s AND (next_try_at IS NULL OR next_try_at <= %s)"
# Where attendance must be marked, what nobody marked waits. A scalar subquery, because it is asked
# only of the rows that the index of due awards names; EXISTS may become a join over all bookings.
_MARKED = (
    " AND (SELECT b.status FROM bookings_booking b WHERE b.id = loyalty_award.booking_id)"
    " <> 'booked'"
)


def due_award_ids(
    at: dt.datetime, limit: int, skip: list[int], *, only_marked: bool = False
) -> list[int]:
    """The ``limit`` oldest of the awards that fell due by ``at``, without a lock; account by
    account, because neighbours in the indexes of the ledger are written far faster than what lies
    scattered (P-C2 of docs/performance.md). ``skip`` are the ids that failed in this run;
    ``only_marked`` leaves out visits that nobody marked yet."""
    chosen, ids = among(), listed(skip)
    marked = _MARKED if only_marked else ""
    rows = run(
        "SELECT id FROM (SELECT id, account_id, due_at FROM loyalty_award"
        f" WHERE {_DUE}{marked} AND NOT (id {chosen}) ORDER BY due_at, id LIMIT %s) oldest"
        " ORDER BY account_id, due_at, id",
        [at, at, ids, limit],
    )
    return [row[0] for row in rows]


def lock_due_awards(ids: list[int], at: dt.datetime, *, only_marked: bool = False) -> list[int]:
    """Lock those of ``ids`` that are still due, in order; others are in somebody else's hands."""
    chosen, value = among(), listed(ids)
    marked = _MARKED if only_marked else ""
    lock = " FOR NO KEY UPDATE SKIP LOCKED" if is_postgresql() else ""
    rows = run(
        f"SELECT id FROM loyalty_award WHERE id {chosen} AND {_DUE}{marked} ORDER BY id{lock}",
        [value, at, at],
    )
    return [row[0] for row in rows]


def lock_accounts_of(award_ids: list[int]) -> None:
    """Lock the awards' point accounts by id: the project's one order, so no deadlock."""
    if not is_postgresql():
        return
    chosen, value = among(), listed(award_ids)
    run(
        "SELECT id FROM loyalty_pointaccount WHERE id IN "
        f"(SELECT account_id FROM loyalty_award WHERE id {chosen}) ORDER BY id FOR NO KEY UPDATE",
        [value],
    )


def drop_ineligible(award_ids: list[int], at: dt.datetime, off_since: dt.datetime | None) -> int:
    """End awards that must not be credited, each with its reason; how many there were.

    ``off_since`` is when loyalty was switched off (None while it is on): what fell due before
    was earned while it was on. Cancelling and marking a no-show end the award themselves; a
    booking that was changed round the commands is caught here. What comes to a guest's record
    after it joined an account is credited, and gathered (``joining.py``).
    """
    chosen, value = among(), listed(award_ids)
    off = " WHEN a.due_at >= %s THEN 'loyalty_off'" if off_since else ""
    rows = run(
        "SELECT a.id, CASE WHEN b.status = 'cancelled' THEN 'cancelled'"
        " WHEN b.status = 'no_show' THEN 'no_show'"
        f" WHEN c.anonymised_at IS NOT NULL AND c.joined_to_id IS NULL THEN 'anonymised'{off} END"
        " FROM loyalty_award a JOIN bookings_booking b ON b.id = a.booking_id"
        " JOIN loyalty_pointaccount p ON p.id = a.account_id"
        " JOIN clients_client c ON c.id = p.client_id"
        f" WHERE a.id {chosen}",
        [*([off_since] if off_since else []), value],
    )
    dropped = 0
    for reason in ("cancelled", "no_show", "anonymised", "loyalty_off"):
        ids = [row[0] for row in rows if row[1] == reason]
        if ids:
            some, some_value = among(), listed(ids)
            run(
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
        for row in run(
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
    chosen, value = among(), listed(award_ids)
    run(
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
        WHERE a.id {chosen} AND a.state = 'promised'
        WINDOW chain AS (PARTITION BY a.account_id ORDER BY a.due_at, a.id
                         ROWS UNBOUNDED PRECEDING)
        ORDER BY 1, 2
        """,
        [now, value],
    )


def _move_balances(award_ids: list[int]) -> None:
    """Each account's balance and last sequence from the awards that are being credited."""
    chosen, value = among(), listed(award_ids)
    run(
        f"""
        UPDATE loyalty_pointaccount SET balance = balance + s.points,
          last_sequence = last_sequence + s.many
        FROM (SELECT account_id, sum(points) AS points, count(*) AS many FROM loyalty_award
              WHERE id {chosen} AND state = 'promised' GROUP BY +account_id) s
        WHERE loyalty_pointaccount.id = s.account_id
        """,
        [value],
    )


def _settle_awards(award_ids: list[int], now: dt.datetime) -> list[tuple[int, int, int]]:
    """Mark the awards credited by their entries; (award id, entry id, client id) of each."""
    chosen, value = among(), listed(award_ids)
    run(
        f"""
        UPDATE loyalty_award SET state = 'credited', settled_at = %s, next_try_at = NULL,
          earn_entry_id = (SELECT e.id FROM loyalty_pointentry e
                           WHERE e.key = 'award:' || loyalty_award.id || ':earn')
        WHERE id {chosen} AND state = 'promised'
        """,
        [now, value],
    )
    return [
        (row[0], row[1], row[2])
        for row in run(
            "SELECT a.id, a.earn_entry_id, p.client_id FROM loyalty_award a"
            " JOIN loyalty_pointaccount p ON p.id = a.account_id"
            f" WHERE a.id {chosen} AND a.state = 'credited'",
            [value],
        )
    ]
