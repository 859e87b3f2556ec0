"""Fitting the lines of a visit one after another.

The next line begins when the one before is over; where the same provider goes on, when the
buffers between the two are over as well. What earlier lines of the visit still keep (a provider's
or a room's buffer) is a *claim*: nothing later in the visit may run into it. A claim that has
passed is forgotten, so that a dead end is recognised whichever way led to it.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bookings.calendars import Calendar

Rank = Callable[[int, list[int]], list[int]]
"""Providers who could take a line (its number, their ids), in the order to try them."""

_Claims = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Step:
    """One line, decided: instants in whole seconds, ``low``–``high`` with buffers."""

    provider_id: int
    starts: int
    ends: int
    low: int
    high: int
    resource_ids: tuple[int, ...]


def in_order(number: int, provider_ids: list[int]) -> list[int]:
    return provider_ids


@dataclass
class Chains:
    """All ways of fitting a calendar's lines on one day. With ``look_at_hours_only`` nothing
    counts as taken: whether it would be on offer at all. ``within_hours`` keeps staff, who may
    book a named person outside the hours, to the hours as well: what is listed is never outside."""

    calendar: Calendar
    day: dt.date
    rank: Rank = in_order
    look_at_hours_only: bool = False
    within_hours: bool = False

    def __post_init__(self) -> None:
        self._dead: set[tuple[int, int, int, _Claims]] = set()

    def first(self, starts: int, *, provider_id: int | None = None) -> list[Step] | None:
        """The best way to begin at ``starts``, with ``provider_id`` if given, or None."""
        return next(self._rest(0, starts, None, frozenset(), provider_id), None)

    def _rest(
        self,
        number: int,
        ends: int,
        before: Step | None,
        claims: _Claims,
        only: int | None = None,
    ) -> Iterator[list[Step]]:
        calendar = self.calendar
        if number == len(calendar.lines):
            yield []
            return
        dead_end = (number, ends, before.provider_id if before else 0, claims)
        if only is None and dead_end in self._dead:
            return
        service = calendar.lines[number].service
        takers = calendar.takers[number]
        fits = False
        for provider_id in self.rank(number, [only] if only is not None else list(takers)):
            starts = ends
            if before is not None and before.provider_id == provider_id:
                starts = before.high + service.buffer_before * 60
            over = starts + takers[provider_id].minutes * 60
            low, high = starts - service.buffer_before * 60, over + service.buffer_after * 60
            if not self._is_possible(number, provider_id, (starts, over), (low, high), claims):
                continue
            for resources in self._resources(number, low, high, claims):
                step = Step(provider_id, starts, over, low, high, resources)
                for rest in self._rest(
                    number + 1, over, step, self._still_claimed(number, claims, step)
                ):
                    fits = True
                    yield [step, *rest]
        if only is None and not fits:
            self._dead.add(dead_end)

    def _is_possible(
        self,
        number: int,
        provider_id: int,
        visit: tuple[int, int],
        blocked: tuple[int, int],
        claims: _Claims,
    ) -> bool:
        calendar = self.calendar
        low, high = blocked
        if any(
            what == "provider" and pk == provider_id and until > low for what, pk, until in claims
        ):
            return False
        anywhere = calendar.for_staff and calendar.lines[number].provider is not None
        anywhere = anywhere and not self.within_hours
        if not anywhere and not calendar.works(provider_id, self.day, *visit):
            return False
        return self.look_at_hours_only or calendar.is_free(provider_id, low, high)

    def _resources(
        self, number: int, low: int, high: int, claims: _Claims
    ) -> Iterator[tuple[int, ...]]:
        """Ways to take one resource of each kind: a single one, unless a later line may need what
        this one would take."""
        calendar = self.calendar
        later = {pk for kinds in calendar.needs[number + 1 :] for kind in kinds for pk in kind}
        claimed = {pk for what, pk, until in claims if what == "resource" and until > low}
        choices: list[Sequence[int]] = []
        for kind in calendar.needs[number]:
            free = [
                pk
                for pk in kind
                if pk not in claimed
                and (self.look_at_hours_only or calendar.is_resource_free(pk, low, high))
            ]
            choices.append(free if later.intersection(kind) else free[:1])
        return itertools.product(*choices)

    def _still_claimed(self, number: int, claims: _Claims, step: Step) -> _Claims:
        """What a later line may still run into."""
        later = self.calendar.lines[number + 1 :]
        if not later:
            return frozenset()
        reach = step.ends - max(line.service.buffer_before for line in later) * 60
        taken = [("provider", step.provider_id, step.high)]
        taken += [("resource", pk, step.high) for pk in step.resource_ids]
        return frozenset(claim for claim in (*claims, *taken) if claim[2] > reach)
