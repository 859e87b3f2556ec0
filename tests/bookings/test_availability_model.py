"""Free slots of random salons against a slow and obvious model, around the clock changes.

Everything in these salons is a multiple of five minutes, and so is the model's time: it looks at
every five minutes of every provider and room, and tries everybody with every room.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bookings.availability import find_chain, free_slots
from bookings.lines import Line
from bookings.models import Occupation, OccupationKind, ResourceOccupation
from business.models import Business, SpecialDay
from catalogue.models import DateHours, Provider, ResourceKind, Service, ServiceProvider
from foundation import clock
from tests.factories import (
    AddOnFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
)

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
TICK = 5 * MINUTE

# A zone and the first of two days, the second of which is that of a change; Kathmandu, a quarter
# of an hour away from everybody else, has none.
PLACES = [
    ("Europe/Copenhagen", dt.date(2025, 10, 25)),
    ("Europe/Copenhagen", dt.date(2026, 3, 28)),
    ("Europe/Helsinki", dt.date(2025, 10, 25)),
    ("Europe/Helsinki", dt.date(2026, 3, 28)),
    ("Europe/London", dt.date(2025, 10, 25)),
    ("Europe/London", dt.date(2026, 3, 28)),
    ("America/New_York", dt.date(2025, 11, 1)),
    ("America/New_York", dt.date(2026, 3, 7)),
    ("Australia/Lord_Howe", dt.date(2025, 10, 4)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 4)),
    ("Asia/Kathmandu", dt.date(2025, 11, 5)),
]

Stretch = tuple[dt.time, dt.time]
Interval = tuple[dt.datetime, dt.datetime]


def _stretch(dice: Random) -> Stretch:
    """Hours of a day; half of them are most of it, or several services would never fit."""
    if dice.random() < 0.5:
        return _time(dice.randint(0, 20)), _time(dice.randint(70, 95))
    low, high = sorted(dice.sample(range(96), 2))
    return _time(low), _time(high)


def _stretches(dice: Random) -> list[Stretch]:
    found = dict(_stretch(dice) for _ in range(dice.choice([0, 1, 1, 2, 3])))
    return list(found.items())


def _time(quarter: int) -> dt.time:
    return dt.time(quarter // 4, quarter % 4 * 15)


def _ticks(start: dt.datetime, end: dt.datetime) -> Iterator[dt.datetime]:
    while start < end:
        yield start
        start += TICK


@dataclass
class Somebody:
    """A provider as the model sees one: what they do, their hours on each day, what is taken."""

    pk: int
    terms: dict[int, int] = field(default_factory=dict)
    hours: dict[dt.date, list[Stretch]] = field(default_factory=dict)
    busy: set[dt.datetime] = field(default_factory=set)

    def works(self, minute: dt.datetime, day: dt.date, zone: ZoneInfo) -> bool:
        local = minute.astimezone(zone)
        return local.date() == day and any(
            opens <= local.time() < closes for opens, closes in self.hours[day]
        )


@dataclass
class Salon:
    zone: ZoneInfo
    days: list[dt.date]
    people: list[Somebody]
    # Rooms by kind: what is taken of each.
    rooms: dict[int, dict[int, set[dt.datetime]]]
    # Each wanted service: its number, minutes before and after, the kinds of rooms it needs.
    wanted: list[tuple[int, int, int, list[int]]]

    def ways(self, start: dt.datetime) -> Iterator[tuple[list[int], dt.datetime]]:
        """Everybody in every order with every room: who could do it, and when it is over."""
        able = [[each for each in self.people if wish[0] in each.terms] for wish in self.wanted]
        kinds = [[list(self.rooms[kind]) for kind in wish[3]] for wish in self.wanted]
        for people in itertools.product(*able):
            choices = itertools.product(*(itertools.product(*kind) for kind in kinds))
            for rooms in choices:
                over = self.fits(start, people, rooms)
                if over is not None:
                    yield [each.pk for each in people], over

    def fits(
        self, start: dt.datetime, people: tuple[Somebody, ...], rooms: tuple[tuple[int, ...], ...]
    ) -> dt.datetime | None:
        day = start.astimezone(self.zone).date()
        used: set[tuple[str, int, dt.datetime]] = set()
        before: Somebody | None = None
        kept_until = begins = start
        for wish, person, places in zip(self.wanted, people, rooms, strict=True):
            number, ahead, behind, kinds = wish
            if person is before:
                begins = kept_until + ahead * MINUTE
            ends = begins + person.terms[number] * MINUTE
            if not all(person.works(tick, day, self.zone) for tick in _ticks(begins, ends)):
                return None
            for tick in _ticks(begins - ahead * MINUTE, ends + behind * MINUTE):
                if tick in person.busy:
                    return None
                needs = {("person", person.pk, tick)}
                for kind, room in zip(kinds, places, strict=True):
                    if tick in self.rooms[kind][room]:
                        return None
                    needs.add(("room", room, tick))
                if needs & used:
                    return None
                used |= needs
            before, kept_until, begins = person, ends + behind * MINUTE, ends
        return begins

    def free(
        self, raster: int, not_before: dt.datetime
    ) -> dict[dt.datetime, tuple[set[dt.datetime], list[int]]]:
        """For each start when it may be over with the first who could begin, and who could."""
        found: dict[dt.datetime, tuple[set[dt.datetime], list[int]]] = {}
        first = dt.datetime.combine(self.days[0], dt.time(0), tzinfo=dt.UTC)
        for start in _ticks(first - dt.timedelta(days=1), first + dt.timedelta(days=4)):
            local = start.astimezone(self.zone)
            on_raster = (local.hour * 60 + local.minute) % raster == 0
            if local.date() not in self.days or not on_raster or start < not_before:
                continue
            for people, over in self.ways(start):
                ends, first_people = found.setdefault(start, (set(), []))
                if people[0] not in first_people:
                    first_people.append(people[0])
                if people[0] == first_people[0]:
                    ends.add(over)
        return found


def _taken(dice: Random, origin: dt.datetime) -> list[Interval]:
    """Intervals that do not overlap, in fives, so that many touch a slot exactly."""
    free_from, kept = None, []
    wanted = [
        (dice.randint(-12, 600) * 5, dice.randint(1, 36) * 5) for _ in range(dice.randint(0, 7))
    ]
    for offset, length in sorted(wanted):
        start = origin + offset * MINUTE
        if free_from is None or start >= free_from:
            free_from = start + length * MINUTE
            kept.append((start, free_from))
    return kept


def _special_days(dice: Random, days: list[dt.date]) -> dict[dt.date, tuple[str, Stretch | None]]:
    special: dict[dt.date, tuple[str, Stretch | None]] = {}
    for day in days:
        kind = dice.choice(["", "", "", "", "closed", "shorter", "extra"])
        if kind:
            hours = None if kind == "closed" else _stretch(dice)
            opens, closes = hours or (None, None)
            SpecialDay.objects.create(day=day, kind=kind, opens=opens, closes=closes)
            special[day] = (kind, hours)
    return special


def _provider(
    dice: Random,
    days: list[dt.date],
    origin: dt.datetime,
    special: dict[dt.date, tuple[str, Stretch | None]],
    position: int,
) -> tuple[Provider, Somebody]:
    week = {day.weekday(): _stretches(dice) for day in days}
    hours = [(weekday, *each) for weekday, found in week.items() for each in found]
    provider = ProviderFactory(hours=hours, position=position)
    person = Somebody(provider.pk)
    for day in days:
        weekly = week[day.weekday()]
        kind, opening = special.get(day, ("", None))
        if dice.random() < 0.2:
            person.hours[day] = _stretches(dice)
            for starts, ends in person.hours[day] or [(None, None)]:
                DateHours.objects.create(provider=provider, day=day, starts=starts, ends=ends)
        elif opening is None:
            person.hours[day] = [] if kind else weekly
        elif kind == "extra":
            person.hours[day] = [opening]
        else:
            person.hours[day] = [
                (max(opens, opening[0]), min(closes, opening[1])) for opens, closes in weekly
            ]
    for start, end in _taken(dice, origin):
        person.busy.update(_ticks(start, end))
        Occupation.objects.create(
            provider=provider, kind=OccupationKind.TIME_OFF, starts_at=start, ends_at=end
        )
    return provider, person


def _service(
    dice: Random, number: int, team: list[tuple[Provider, Somebody]], kinds: list[ResourceKind]
) -> tuple[Line, tuple[int, int, int, list[int]]]:
    minutes = dice.choice([5, 20, 45, 60, 90, 200])
    before, after = dice.choice([0, 0, 10, 30]), dice.choice([0, 0, 15, 40])
    service: Service = ServiceFactory(minutes=minutes, buffer_before=before, buffer_after=after)
    extra = dice.choice([0, 0, 10, 25])
    add_ons = (AddOnFactory(minutes=extra, services=[service]),) if extra else ()
    for provider, person in team:
        own = dice.choice([None, None, 30, 75])
        if dice.random() < 0.8:
            ServiceProvider.objects.create(service=service, provider=provider, minutes=own)
            person.terms[number] = (own or minutes) + extra
    needed = [kind for kind in kinds if dice.random() < 0.7]
    for kind in needed:
        kind.services.add(service)
    return Line(service, None, add_ons), (number, before, after, sorted(k.pk for k in needed))


def _rooms(dice: Random, origin: dt.datetime) -> dict[ResourceKind, dict[int, set[dt.datetime]]]:
    kinds: dict[ResourceKind, dict[int, set[dt.datetime]]] = {}
    for _ in range(dice.choice([0, 1, 1, 2])):
        kind = ResourceKindFactory()
        kinds[kind] = {}
        for position in range(dice.randint(1, 2)):
            room = ResourceFactory(kind=kind, position=position)
            kinds[kind][room.pk] = busy = set()
            for start, end in _taken(dice, origin):
                busy.update(_ticks(start, end))
                ResourceOccupation.objects.create(resource=room, starts_at=start, ends_at=end)
    return kinds


@pytest.mark.parametrize(("zone_name", "first_day"), PLACES)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no smaller salon
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_free_slots_agree_with_the_obvious_model(zone_name: str, first_day: dt.date, seed: int):
    dice, zone = Random(seed), ZoneInfo(zone_name)
    days = [first_day, first_day + dt.timedelta(days=1)]
    raster, notice = dice.choice([15, 20, 30, 45, 60]), dice.choice([0, 60, 1500])
    origin = dt.datetime.combine(first_day, dt.time(0), tzinfo=dt.UTC)
    now = origin - dice.randint(-600, 600) * MINUTE

    with transaction.atomic(), clock.fixed(now):
        Business.objects.update(timezone=zone_name, slot_minutes=raster, notice_minutes=notice)
        special = _special_days(dice, days)
        team = [_provider(dice, days, origin, special, position) for position in range(2)]
        kinds = _rooms(dice, origin)
        chosen = [
            _service(dice, number, team, list(kinds)) for number in range(dice.choice([1, 1, 2, 3]))
        ]
        lines = [line for line, _wish in chosen]
        salon = Salon(
            zone=zone,
            days=[day for day in days if day >= now.astimezone(zone).date()],
            people=[person for _provider, person in team],
            rooms={kind.pk: rooms for kind, rooms in kinds.items()},
            wanted=[wish for _line, wish in chosen],
        )

        slots = free_slots(lines=lines, first_day=days[0], last_day=days[1])

        got = {
            slot.starts_at: (slot.ends_at, list(slot.provider_ids))
            for day in days
            for slot in slots[day]
        }
        expected = salon.free(raster, now + notice * MINUTE)
        assert {start: who for start, (_over, who) in got.items()} == {
            start: who for start, (_ends, who) in expected.items()
        }
        assert all(over in expected[start][0] for start, (over, _who) in got.items())
        assert list(got) == sorted(got)
        for start in list(got)[:3]:
            # What would be booked is one of the ways.
            _calendar, steps = find_chain(lines=lines, starts_at=start)
            people = [step.provider_id for step in steps]
            assert people in [who for who, _over in salon.ways(start)]
        transaction.set_rollback(True)
