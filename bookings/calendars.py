"""What decides about free times between two days, laid out for looking up."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bookings.lines import Line
from bookings.wall_clock import Interval, Piece, worked
from business.models import Business
from catalogue.terms import Terms


@dataclass
class Calendar:
    """The rows, laid out for looking up. Intervals are whole seconds since 1970, in order."""

    business: Business
    now: dt.datetime
    lines: Sequence[Line]
    for_staff: bool
    pieces: dict[dt.date, list[Piece]]
    # For each line: who could do it, in the business's order, and what they take for it.
    takers: list[dict[int, Terms]] = field(default_factory=list)
    # For each line: for each kind of resource that it needs, those that would do.
    needs: list[list[list[int]]] = field(default_factory=list)
    goes_with: set[tuple[int, int]] = field(default_factory=set)
    hours: dict[int, dict[int, list[Interval]]] = field(default_factory=dict)
    dates: dict[int, dict[dt.date, list[Interval]]] = field(default_factory=dict)
    special: dict[dt.date, tuple[bool, Interval | None]] = field(default_factory=dict)
    # Who waits for a time and was offered none yet: service, day, and with whom (None: anybody).
    waiting: set[tuple[int, dt.date, int | None]] = field(default_factory=set)
    busy: Mapping[int, list[Interval]] = field(default_factory=dict)
    busy_resources: Mapping[int, list[Interval]] = field(default_factory=dict)
    _worked: dict[tuple[int, dt.date], list[Interval]] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.business.zone).date()

    @property
    def notice_minutes(self) -> int:
        """The longest notice that any of the services asks for."""
        general = self.business.notice_minutes
        own = [line.service.notice_minutes for line in self.lines]
        return max(general if minutes is None else minutes for minutes in own)

    @property
    def horizon_days(self) -> int:
        """The nearest horizon that any of the services has."""
        general = self.business.horizon_days
        own = [line.service.horizon_days for line in self.lines]
        return min(general if days is None else days for days in own)

    @property
    def last_online_day(self) -> dt.date:
        return self.today + dt.timedelta(days=self.horizon_days)

    @property
    def step(self) -> int:
        """Seconds between the times on offer: those of the service that comes first."""
        return (self.lines[0].service.slot_minutes or self.business.slot_minutes) * 60

    @property
    def earliest(self) -> float:
        """A visit may not begin before this. Staff may still book what is not over."""
        if self.for_staff:
            shortest = min((t.minutes for t in self.takers[0].values()), default=0)
            return math.floor(self.now.timestamp()) - shortest * 60 + 1
        return self.now.timestamp() + self.notice_minutes * 60

    def is_offered(self, *, moving: bool = False) -> bool:
        """Whether all of it can be booked; what is booked already may be moved in any case."""
        for line in self.lines:
            service = line.service
            if service.is_class:
                return False
            if moving:
                continue
            if service.archived_at is not None or not (service.online or self.for_staff):
                return False
            for add_on in line.add_ons:
                if add_on.archived_at is not None:
                    return False
                if (service.pk, add_on.pk) not in self.goes_with:
                    return False
        return True

    def worked_on(self, provider_id: int, day: dt.date) -> list[Interval]:
        """When a provider works on ``day``: what their own date says goes before the business's
        special day, and that before the week."""
        found = self._worked.get((provider_id, day))
        if found is None:
            found = worked(self.pieces[day], self._hours_on(provider_id, day))
            self._worked[provider_id, day] = found
        return found

    def _hours_on(self, provider_id: int, day: dt.date) -> list[Interval]:
        own = self.dates.get(provider_id, {})
        if day in own:
            return own[day]
        week = self.hours.get(provider_id, {}).get(day.weekday(), [])
        if day not in self.special:
            return week
        extra, opening = self.special[day]
        if opening is None:
            return []
        if extra:
            return [opening]
        return [(max(low, opening[0]), min(high, opening[1])) for low, high in week]

    def works(self, provider_id: int, day: dt.date, starts: int, ends: int) -> bool:
        return any(low <= starts and ends <= high for low, high in self.worked_on(provider_id, day))

    def is_free(self, provider_id: int, low: int, high: int) -> bool:
        return _is_free(self.busy.get(provider_id), low, high)

    def is_resource_free(self, resource_id: int, low: int, high: int) -> bool:
        return _is_free(self.busy_resources.get(resource_id), low, high)


def _is_free(busy: list[Interval] | None, low: int, high: int) -> bool:
    if not busy:
        return True
    position = bisect_right(busy, low, key=lambda interval: interval[1])
    return position == len(busy) or busy[position][0] >= high
