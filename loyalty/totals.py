"""Points per kind over a time of any length, without reading every movement of it.

What is recorded is never changed, so a day that is over has its totals for good: ``total_days``
writes them down per UTC day and kind, and ``sums`` adds those of whole days to what it reads from
the ledger at both ends of the time asked for, where a salon's day begins and ends at other hours,
and in the days that have no totals yet. It is right at every moment, also when nothing was ever
totalled; only slower. Nothing is written when points are: spending waits for no counter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from foundation import clock
from loyalty.models import PointEntry, PointTotal

# Longer than any transaction lives that took its hour and is not committed yet.
SETTLED_AFTER = dt.timedelta(hours=2)
# Totalled once more every time: a clock that was put back may have recorded into days gone by.
LOOKED_AT_AGAIN = dt.timedelta(days=7)
# Days of one transaction. A month of ten million movements is a second's work.
AT_ONCE = dt.timedelta(days=31)
DAY = dt.timedelta(days=1)


class Total(NamedTuple):
    """Movements, and the points that they add up to."""

    entries: int = 0
    points: int = 0


Sums = dict[str, Total]


def total_days() -> int:
    """Write down the totals of the days that are over; how many rows. Harmless to repeat, and to
    run twice at once: the same day always gets the same totals."""
    over = (clock.now() - SETTLED_AFTER).date() - DAY
    known = last_day()
    if known is None:
        first = PointEntry.objects.aggregate(first=Min("created_at"))["first"]
        if first is None:
            return 0
        day = first.astimezone(dt.UTC).date()
    else:
        day = known + DAY - LOOKED_AT_AGAIN
    written = 0
    # In the order of time: all that lies before the last day totalled is totalled.
    while day <= over:
        last = min(day + AT_ONCE - DAY, over)
        written += _total(day, last)
        day = last + DAY
    return written


def last_day() -> dt.date | None:
    """The last UTC day with totals. Of the days before it, those without had no movement."""
    last: dt.date | None = PointTotal.objects.aggregate(last=Max("day"))["last"]
    return last


def sums(start: dt.datetime | None, end: dt.datetime | None, *, kind: str = "") -> Sums:
    """Per kind, all movements recorded from ``start`` until just before ``end`` (None: open)."""
    entries, totals = PointEntry.objects.all(), PointTotal.objects.all()
    if kind:
        entries, totals = entries.filter(kind=kind), totals.filter(kind=kind)
    first, after = _whole_days(start, end, last_day())
    if after is None or (first is not None and first >= after):
        return sums_of([_between(entries, start, end)])
    totals = totals.filter(day__lt=after)
    live = [_between(entries, midnight(after), end)]
    if first is not None:
        totals = totals.filter(day__gte=first)
        live.append(_between(entries, start, midnight(first)))
    written = totals.order_by().values_list("kind").annotate(Sum("entries"), Sum("points"))
    return _added(written, *map(_of_kinds, live))


def sums_of(parts: Iterable[QuerySet[PointEntry]]) -> Sums:
    """Per kind, the movements of some querysets that have none in common."""
    return _added(*map(_of_kinds, parts))


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def by_day(entries: QuerySet[PointEntry]) -> QuerySet[PointEntry, tuple[dt.date, str, int, int]]:
    """(UTC day, kind, movements, points) of ``entries``, recomputed from the ledger."""
    days = entries.order_by().values_list(TruncDate("created_at", tzinfo=dt.UTC), "kind")
    return days.annotate(Count("pk"), Sum("amount"))


def _total(first: dt.date, last: dt.date) -> int:
    entries = _between(PointEntry.objects.all(), midnight(first), midnight(last + DAY))
    with transaction.atomic():
        rows = [
            PointTotal(day=day, kind=kind, entries=many, points=points)
            for day, kind, many, points in sorted(by_day(entries))
        ]
        PointTotal.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["day", "kind"],
            update_fields=["entries", "points"],
        )
    return len(rows)


def _whole_days(
    start: dt.datetime | None, end: dt.datetime | None, known: dt.date | None
) -> tuple[dt.date | None, dt.date | None]:
    """The first whole day that has totals (None: from the beginning), and the one after the last
    (None: there is none)."""
    if known is None:
        return None, None
    after = known + DAY
    if end is not None:
        after = min(after, end.astimezone(dt.UTC).date())
    if start is None:
        return None, after
    first = start.astimezone(dt.UTC)
    return (first.date() if first == midnight(first.date()) else first.date() + DAY), after


def _between(
    entries: QuerySet[PointEntry], start: dt.datetime | None, end: dt.datetime | None
) -> QuerySet[PointEntry]:
    inside = Q()
    if start is not None:
        inside &= Q(created_at__gte=start)
    if end is not None:
        inside &= Q(created_at__lt=end)
    return entries.filter(inside)


def _of_kinds(entries: QuerySet[PointEntry]) -> QuerySet[Any, Any]:
    return entries.order_by().values_list("kind").annotate(Count("pk"), Sum("amount"))


def _added(first: QuerySet[Any, Any], *others: QuerySet[Any, Any]) -> Sums:
    """Rows of kind, movements and points, added up per kind: one query, however many there are."""
    found: Sums = {}
    for kind, entries, points in first.union(*others, all=True) if others else first:
        before = found.get(kind, Total())
        found[kind] = Total(before.entries + entries, before.points + points)
    return found
