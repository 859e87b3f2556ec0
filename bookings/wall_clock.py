"""The business's wall clock laid over real time.

Working hours are wall-clock times, slots are real instants. A day is cut into pieces of constant
UTC offset (one piece on all days but two a year), and hours are looked up piece by piece: the hour
that spring skips lies in no piece, so it is never offered, and the hour that autumn repeats lies in
two, so it is offered twice (reliability F08).

All instants are whole seconds since 1970 in UTC: interval arithmetic on integers is several times
faster than on datetimes, and a month of ten providers is a lot of intervals.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

Interval = tuple[int, int]
"""From–to, half open: one may begin the second another ends."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a day with one UTC offset. ``shift`` turns an instant into seconds on the wall
    clock since local midnight."""

    starts: int
    ends: int
    shift: int


def to_instant(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def whole_seconds(starts_at: dt.datetime, ends_at: dt.datetime) -> Interval:
    """The interval in whole seconds, rounded outwards so that nothing taken looks free."""
    return math.floor(starts_at.timestamp()), math.ceil(ends_at.timestamp())


def wall_seconds(time: dt.time) -> int:
    return time.hour * 3600 + time.minute * 60 + time.second


def _offset(zone: ZoneInfo, instant: int) -> int:
    here = dt.datetime.fromtimestamp(instant, zone)
    return int(
        (here.replace(tzinfo=dt.UTC) - dt.datetime.fromtimestamp(instant, dt.UTC)).total_seconds()
    )


def _midnight(zone: ZoneInfo, day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time.min, tzinfo=zone).timestamp())


def day_pieces(zone: ZoneInfo, day: dt.date) -> list[Piece]:
    """``day`` on the wall clock as pieces of constant offset, in order: 23, 24 or 25 hours."""
    start, end = _midnight(zone, day), _midnight(zone, day + dt.timedelta(days=1))
    wall_midnight = int(dt.datetime.combine(day, dt.time.min, tzinfo=dt.UTC).timestamp())
    before, after = _offset(zone, start), _offset(zone, end - 1)
    if before == after:
        return [Piece(start, end, before - wall_midnight)]
    low, high = start, end - 1  # the change lies in (low, high]
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return [
        Piece(start, high, before - wall_midnight),
        Piece(high, end, after - wall_midnight),
    ]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """Ordered, with those that overlap or touch joined, and empty ones left out."""
    merged: list[Interval] = []
    for starts, ends in sorted(intervals):
        if starts >= ends:
            continue
        if merged and starts <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((starts, ends))
    return merged


def worked(pieces: list[Piece], hours: Iterable[Interval]) -> list[Interval]:
    """The instants of the day at which the wall clock shows a time within ``hours`` (seconds since
    local midnight)."""
    return merge(
        (max(piece.starts, opens - piece.shift), min(piece.ends, closes - piece.shift))
        for piece in pieces
        for opens, closes in hours
    )


def raster(pieces: list[Piece], *, within: Interval, step: int) -> Iterator[int]:
    """Instants inside ``within`` at which the wall clock shows a multiple of ``step`` seconds."""
    for piece in pieces:
        low, high = max(piece.starts, within[0]), min(piece.ends, within[1])
        on_wall = low + piece.shift
        yield from range(low + -on_wall % step, high, step)


def is_on_raster(pieces: list[Piece], instant: int, step: int) -> bool:
    return any(
        piece.starts <= instant < piece.ends and (instant + piece.shift) % step == 0
        for piece in pieces
    )
