"""Visits that ended a while ago and whose points are due: what a sweep finds after an outage."""

from __future__ import annotations

from django.db import connection, transaction

from benchmarks.house import House
from benchmarks.statements import ADD_DUE


def add_due(many: int, house: House, turn: int) -> None:
    """Add ``many`` visits whose awards are due; equal for equal arguments. ``turn`` is new each
    time on one database."""
    with transaction.atomic(), connection.cursor() as cursor:
        # As the building of the house: bulk rows, proved by the audit afterwards.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in ADD_DUE:
            cursor.execute(
                statement,
                {
                    "many": many,
                    "clients": int(house.size.clients),
                    "hot": house.hot_client_id,
                    "now": house.now,
                    "turn": turn,
                    # A class session holds at most 32,767.
                    "sessions": many // 5_000 + 1,
                },
            )
    with connection.cursor() as cursor:
        for table in ("bookings_visit", "bookings_booking", "loyalty_award"):
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("CHECKPOINT")
