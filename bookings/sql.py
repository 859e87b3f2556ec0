"""What free times are decided from, in two written statements: the one module of this app that
knows its database.

Every free time and every booking asks for them, and to write them anew through the ORM took
several times as long as to run them (P-S1 of docs/performance.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any, Literal

from foundation.locks import is_postgresql
from foundation.sql import among, listed, run

PROVIDES, WEEKLY, DATE, SPECIAL, NEEDS, GOES_WITH, WAITING = range(7)

Row = tuple[Any, ...]

_WAITS = (
    "SELECT service_id, provider_id, day FROM bookings_waitingplace"
    " WHERE session_id IS NULL AND state = 'waiting' AND day BETWEEN %(first)s AND %(last)s"
)


def plan_rows(
    *,
    services: Collection[int],
    open_to_all: Collection[int],
    named: Collection[int],
    days: Collection[dt.date],
    add_ons: Collection[int],
    with_line: bool,
) -> list[Row]:
    """What each row is, five numbers, a date and two times of day, of which each kind of row uses
    some.

    ``services`` are those asked about, ``open_to_all`` those of them that whoever does them may
    do, ``named`` the providers asked for by name. ``with_line`` adds who waits for a time.
    """
    chosen = {name: among(f"%({name})s") for name in ("services", "open", "named", "weekdays")}
    who = (
        "(provider_id IN (SELECT provider_id FROM catalogue_serviceprovider"
        f" WHERE service_id {chosen['open']}) OR provider_id {chosen['named']})"
    )
    # The first arm's absent columns are typed, and those after it take its types: PostgreSQL
    # takes a bare NULL for text.
    arms = [
        f"""
        SELECT {PROVIDES}, does.service_id, does.provider_id, does.minutes, does.price_minor,
          person.position, CAST(NULL AS date), CAST(NULL AS time), CAST(NULL AS time)
        FROM catalogue_serviceprovider does JOIN catalogue_provider person
          ON person.id = does.provider_id
        WHERE person.archived_at IS NULL AND (does.service_id {chosen["open"]}
          OR (does.service_id {chosen["services"]} AND does.provider_id {chosen["named"]}))
        """,
        f"""
        SELECT {WEEKLY}, provider_id, weekday, NULL, NULL, NULL, NULL, starts, ends
        FROM catalogue_workinghours WHERE weekday {chosen["weekdays"]} AND {who}
        """,
        f"""
        SELECT {DATE}, provider_id, NULL, NULL, NULL, NULL, day, starts, ends
        FROM catalogue_datehours WHERE day BETWEEN %(first)s AND %(last)s AND {who}
        """,
        f"""
        SELECT {SPECIAL}, CASE kind WHEN 'extra' THEN 1 ELSE 0 END, NULL, NULL, NULL, NULL, day,
          opens, closes
        FROM business_specialday WHERE day BETWEEN %(first)s AND %(last)s
        """,
        f"""
        SELECT {NEEDS}, need.service_id, need.kind_id, one.id, one.position,
          CASE WHEN one.archived_at IS NULL THEN 0 ELSE 1 END, NULL, NULL, NULL
        FROM catalogue_serviceresource need LEFT JOIN catalogue_resource one
          ON one.kind_id = need.kind_id
        WHERE need.service_id {chosen["services"]}
        """,
    ]
    if with_line:
        arms.append(
            f"SELECT {WAITING}, service_id, provider_id, NULL, NULL, NULL, day, NULL, NULL"
            f" FROM ({_WAITS}) line"
        )
    if add_ons:
        arms.append(
            f"SELECT {GOES_WITH}, service_id, add_on_id, NULL, NULL, NULL, NULL, NULL, NULL"
            f" FROM catalogue_addonservice WHERE service_id {chosen['services']}"
            f" AND add_on_id {among('%(add_ons)s')}"
        )
    rows = run(
        " UNION ALL ".join(arms),
        {
            "services": listed(services),
            "open": listed(open_to_all),
            "named": listed(named),
            "weekdays": listed({day.weekday() for day in days}),
            "first": min(days),
            "last": max(days),
            "add_ons": listed(add_ons),
        },
    )
    if is_postgresql():
        return rows
    return [(*row[:6], _day(row[6]), _time(row[7]), _time(row[8])) for row in rows]


# Instants as whole seconds since 1970, rounded outwards: the second in which one begins, and the
# first that is not before its end. Free times are decided on integers (``wall_clock.py``). SQLite
# keeps an instant as text in UTC, with a fraction only where there is one; strftime would round it.
_DOWN = {
    True: "FLOOR(EXTRACT(EPOCH FROM taken.starts_at))::bigint",
    False: "CAST(strftime('%%s', substr(taken.starts_at, 1, 19)) AS INTEGER)",
}
_UP = {
    True: "CEIL(EXTRACT(EPOCH FROM taken.ends_at))::bigint",
    False: "CAST(strftime('%%s', substr(taken.ends_at, 1, 19)) AS INTEGER)"
    " + (length(taken.ends_at) > 19)",
}


def taken_rows(
    what: Literal["provider", "resource"],
    ids: Collection[int],
    *,
    low: dt.datetime,
    high: dt.datetime,
    now: dt.datetime,
    ignoring: int | None = None,
    moving: int | None = None,
) -> list[tuple[int, int, int]]:
    """What is taken of these providers or resources between ``low`` and ``high``, one after the
    other: which, from and until in seconds since 1970. The hold ``ignoring`` and the visit
    ``moving`` take nothing, nor does a hold that expired by ``now``."""
    table = {"provider": "bookings_occupation", "resource": "bookings_resourceoccupation"}[what]
    own_hold = "" if ignoring is None else " AND (hold.id IS NULL OR hold.id <> %(ignoring)s)"
    own_visit = "" if moving is None else " AND (line.id IS NULL OR line.visit_id <> %(moving)s)"
    with_visit = (
        "" if moving is None else " LEFT JOIN bookings_booking line ON line.id = taken.booking_id"
    )
    return run(
        f"""
        SELECT taken.{what}_id, {_DOWN[is_postgresql()]}, {_UP[is_postgresql()]}
        FROM {table} taken LEFT JOIN bookings_hold hold ON hold.id = taken.hold_id{with_visit}
        WHERE taken.{what}_id {among("%(ids)s")} AND taken.starts_at < %(high)s
          AND taken.ends_at > %(low)s
          AND (hold.id IS NULL OR hold.expires_at > %(now)s){own_hold}{own_visit}
        ORDER BY taken.{what}_id, taken.starts_at
        """,
        {
            "ids": listed(ids),
            "low": low,
            "high": high,
            "now": now,
            "ignoring": ignoring,
            "moving": moving,
        },
    )


def waiting_rows(days: Collection[dt.date]) -> set[tuple[int, dt.date, int | None]]:
    """Who is in line for a time from the first to the last of ``days`` and was offered none yet:
    service, day, and with whom (None: anybody)."""
    rows = run(_WAITS, {"first": min(days), "last": max(days)})
    return {(service_id, _day(day), who) for service_id, who, day in rows}


def _day(value: Any) -> Any:
    """SQLite keeps dates and times as text."""
    return dt.date.fromisoformat(value) if isinstance(value, str) else value


def _time(value: Any) -> Any:
    return dt.time.fromisoformat(value) if isinstance(value, str) else value
