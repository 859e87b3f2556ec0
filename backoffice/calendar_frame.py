"""Where things stand in a column of the day: real time, drawn without a style attribute.

A day is drawn from its first full hour to its last. What lies in it carries classes that the style
sheet turns into a place: ``h3 m6 lh1 lm0`` begins three hours and six steps of five minutes below
the top and is an hour long. Hours are elapsed ones, so the day of 25 hours has 25 of them, and the
hour that comes twice stands there twice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bookings.wall_clock import Interval, Piece, day_pieces, raster, to_instant
from business.models import Business
from foundation.writing import write_clock

STEP = 5 * 60
HOUR = 60 * 60
_STEPS = HOUR // STEP
# What is drawn of a day on which nobody works and nothing is booked, by the wall clock.
_USUAL = (9 * HOUR, 17 * HOUR)


@dataclass(frozen=True)
class HourMark:
    """``again`` is 1 and 2 for the hour that autumn repeats, else 0."""

    text: str
    place: str
    again: int


@dataclass(frozen=True)
class Frame:
    """What is drawn of a day: from ``first`` to ``last``, whole seconds since 1970."""

    first: int
    last: int
    marks: tuple[HourMark, ...]

    @property
    def length(self) -> str:
        return _length(-(-(self.last - self.first) // STEP))

    @property
    def first_at(self) -> dt.datetime:
        return to_instant(self.first)

    def place(self, starts: float, ends: float) -> str:
        """The classes of what lasts from–to; what goes beyond the frame is cut off."""
        low = int(min(max(starts, self.first), self.last) - self.first) // STEP
        high = int(min(max(ends, self.first), self.last) - self.first) // STEP
        return f"{_start(low)} {_length(max(high - low, 1))}"

    def holds(self, starts: float, ends: float) -> bool:
        return starts < self.last and ends > self.first


def frame_of(business: Business, day: dt.date, within: Iterable[Interval]) -> Frame:
    """From the full hour at or before the first of ``within`` to the one at or after the last."""
    pieces = day_pieces(business.zone, day)
    starts, ends = pieces[0].starts, pieces[-1].ends
    shown = [one for one in within if one[0] < ends and one[1] > starts]
    if not shown:
        shift = pieces[-1].shift
        shown = [(_USUAL[0] - shift, _USUAL[1] - shift)]
    first = _hour_before(pieces, max(min(low for low, _ in shown), starts))
    last = _hour_after(pieces, min(max(high for _, high in shown), ends))
    hours = list(raster(pieces, within=(first, last), step=HOUR))
    walls = [to_instant(each).astimezone(business.zone) for each in hours]
    seen = Counter(wall.replace(tzinfo=None) for wall in walls)
    marks = tuple(
        HourMark(
            text=write_clock(wall, business.zone),
            place=_start((each - first) // STEP),
            again=wall.fold + 1 if seen[wall.replace(tzinfo=None)] > 1 else 0,
        )
        for each, wall in zip(hours, walls, strict=True)
    )
    return Frame(first, last, marks)


def _hour_before(pieces: list[Piece], instant: int) -> int:
    piece = next(each for each in pieces if each.starts <= instant < each.ends)
    return max(piece.starts, instant - (instant + piece.shift) % HOUR)


def _hour_after(pieces: list[Piece], instant: int) -> int:
    piece = next(each for each in pieces if each.starts < instant <= each.ends)
    return min(piece.ends, instant + -(instant + piece.shift) % HOUR)


def _start(steps: int) -> str:
    return f"h{steps // _STEPS} m{steps % _STEPS}"


def _length(steps: int) -> str:
    return f"lh{steps // _STEPS} lm{steps % _STEPS}"
