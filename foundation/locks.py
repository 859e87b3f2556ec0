"""The project's one order of locks, and the one place that asks a database what it can do.

Order: feature row, request for a correction, login, client, service, sale, weekly class, class
session, waiting places by id, provider, resource, hold, booking, award, gift cards by id, coupon,
point accounts by id, outbox.
Two accounts in random order gave 190 deadlocks in a minute's run; in id order none (reliability
trap 6).

Every lock is FOR NO KEY UPDATE: a row that only points here (a new entry of a booking, of an
account) takes a KEY SHARE lock for its foreign key, and a plain FOR UPDATE would make the two wait
for each other across that order (seen: cancelling against the sweep).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def lock_in_order(queryset: models.QuerySet[M], ids: Iterable[int]) -> dict[int, M]:
    """Lock the rows with ``ids`` in ascending order and return them fresh, by id.

    On SQLite the immediate transaction holds the one write lock already.
    """
    wanted = sorted(set(ids))
    rows = (
        queryset.filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",), no_key=True)
    )
    return {row.pk: row for row in rows}


def lock_one(queryset: models.QuerySet[M], pk: int) -> M:
    """Lock one row and return it fresh. Raises the model's DoesNotExist."""
    return queryset.select_for_update(of=("self",), no_key=True).get(pk=pk)


def violated_constraint(error: BaseException) -> str:
    """The name of the constraint or guard behind an IntegrityError, as far as the driver tells."""
    cause = error.__cause__
    diag = getattr(cause, "diag", None)
    if diag is not None and diag.constraint_name:
        return str(diag.constraint_name)
    return str(error)
