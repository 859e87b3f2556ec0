"""Older and Newer over rows that go on being written: by the last row seen, never by a number.

A page deep in a list costs what the first one costs, and a row written meanwhile shifts nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

PAGE = 50
CHUNK = 1_000
# What a database can look for: a longer number in an address names no row, and is no error.
LARGEST_ID = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class Page:
    """The rows, and what to ask for to see those before and after them ("" for none)."""

    rows: list[Any]
    previous: str
    next: str


class _Place(NamedTuple):
    """Before (``p``) or after (``n``) the row ``pk``. ``instant`` is None where the key is text."""

    direction: str
    instant: dt.datetime | None
    pk: int


def page_of(
    rows: QuerySet[Any] | Sequence[QuerySet[Any]],
    *,
    by: str,
    descending: bool,
    at: str = "",
    size: int = PAGE,
    whole: Callable[[QuerySet[Any]], QuerySet[Any]] | None = None,
) -> Page:
    """``size`` of ``rows`` in the order of the column ``by`` and the id.

    ``at`` is a ``previous`` or ``next`` of another page; anything else shows the first page. It
    carries the instant of the row, so that a row moved meanwhile shifts nothing; a text is looked
    up again by the row's id, because names have no place in an address.

    With ``whole``, the rows' keys are found alone and the rows fetched by their ids through it:
    an index may answer what a join would read the table for. ``rows`` may then be several
    querysets that have no row in common: each is walked by an index of its own, where one
    condition made of several would be tried on every row.
    """
    parts = [rows] if isinstance(rows, QuerySet) else list(rows)
    place = _read(at)
    key = _key_at(parts[0], by, place) if place else None
    if place is None or key is None:
        place, backwards = None, False
    else:
        backwards = place.direction == "p"
        beyond = _beyond(by, key, place.pk, falling=descending != backwards)
        parts = [part.filter(beyond) for part in parts]
    falling = descending != backwards
    sign = "-" if falling else ""
    ordered = [part.order_by(f"{sign}{by}", f"{sign}pk")[: size + 1] for part in parts]
    if whole is None:
        (only,) = ordered
        found = list(only)
    else:
        found = _fetch(ordered, by, whole, falling=falling, most=size + 1)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_previous = more if backwards else place is not None
    has_next = True if backwards else more
    return Page(
        rows=found,
        previous=_write("p", found[0], by) if has_previous else "",
        next=_write("n", found[-1], by) if has_next else "",
    )


def _fetch(
    parts: list[QuerySet[Any]],
    by: str,
    whole: Callable[[QuerySet[Any]], QuerySet[Any]],
    *,
    falling: bool,
    most: int,
) -> list[Any]:
    """The first ``most`` rows of all parts together, each fetched by its id."""
    keys = sorted((key for part in parts for key in part.values_list(by, "pk")), reverse=falling)
    ids = [pk for _key, pk in keys[:most]]
    if not ids:
        return []
    rows = whole(parts[0].model._default_manager.order_by()).in_bulk(ids)
    return [rows[pk] for pk in ids if pk in rows]


def every_row(
    rows: QuerySet[Any], *, by: str, descending: bool, size: int = CHUNK
) -> Iterator[list[Any]]:
    """All of ``rows`` in the order of ``page_of``, in lists of ``size``.

    A query each: one cursor held open for a slow reader dies on the database's time-outs
    (reliability trap 25).
    """
    at = ""
    while True:
        page = page_of(rows, by=by, descending=descending, at=at, size=size)
        if page.rows:
            yield page.rows
        at = page.next
        if not at:
            return


def _key_at(rows: QuerySet[Any], by: str, place: _Place) -> Any:
    """The key of the row that ``place`` names; None where there is no such row."""
    if place.instant is not None:
        return place.instant
    key = rows.model._default_manager.filter(pk=place.pk).values_list(by, flat=True).first()
    return None if isinstance(key, dt.datetime) else key


def _beyond(by: str, key: Any, pk: int, *, falling: bool) -> Q:
    side = "lt" if falling else "gt"
    # The first condition says nothing new: it is what an index can be walked by.
    return Q(**{f"{by}__{side}e": key}) & (Q(**{f"{by}__{side}": key}) | Q(**{f"pk__{side}": pk}))


def _write(direction: str, row: Any, by: str) -> str:
    key = getattr(row, by)
    if isinstance(key, dt.datetime):
        return f"{direction}{(key - _EPOCH) // _MICROSECOND}-{row.pk}"
    return f"{direction}{row.pk}"


def _read(text: str) -> _Place | None:
    direction, rest = text[:1], text[1:]
    if direction not in ("p", "n") or len(text) > 40:
        return None
    micros, dash, pk = rest.rpartition("-")
    numbers = (micros, pk) if dash else (pk,)
    if not all(number.isascii() and number.isdecimal() for number in numbers):
        return None
    try:
        instant = _EPOCH + int(micros) * _MICROSECOND if dash else None
    except OverflowError:
        return None
    return _Place(direction, instant, min(int(pk), LARGEST_ID))
