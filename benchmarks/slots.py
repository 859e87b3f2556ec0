"""P-S1 and P-S2: free times, against loading the rows that decide about them and against
django-appointment's own slot computation for the same salon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings

from benchmarks.house import NOW, House, Size, copy_of, use
from benchmarks.measuring import (
    Result,
    benchmark,
    interleave,
    medians,
    milliseconds,
    seconds_of,
    times,
)
from benchmarks.peer import Missing, Peer, peer
from benchmarks.shapes import CLOSES, LENGTH, MINUTES, OPENS, STEP, Salon, Shape, add_history, build
from bookings.availability import Slot, first_free_slot, free_slots
from bookings.lines import Line
from bookings.models import Occupation
from bookings.wall_clock import whole_seconds
from business.profile import get_business
from catalogue.models import AddOn, Resource, ResourceKind, ServiceProvider, WorkingHours
from foundation import clock

PEER = "django_appointment"
OLD = 200_000
ROUNDS, PEER_ROUNDS = 15, 3
DAY = dt.timedelta(days=1)

Start = tuple[int, str]


def month(house: House) -> Shape:
    """2,000 bookings in 30 days of 10 providers."""
    return Shape(10, 30, 2_000, house.now.date() + DAY)


def season(house: House) -> Shape:
    """60 days of 25 providers in which nobody has an hour until the last."""
    return Shape(25, 60, 25 * 60 * 7, house.now.date(), full=True)


@benchmark(
    name="P-S1",
    title="free times, and the first free time",
    goal="≤ 1.3 × loading the same rows; ≥ 100 × faster than django-appointment, same slots",
    own_salon=True,
)
def free_times(house: House) -> Iterable[Result]:
    with copy_of(use(Size.SMALL)):
        salon = build(month(house))
        busiest = build(season(house))
        yield from _against_rows(salon)
        yield from _first_against_rows(busiest)
        try:
            with peer(PEER, _told(salon)) as one:
                yield _against_peer(salon, one)
            with peer(PEER, _told(busiest)) as one:
                yield _first_against_peer(busiest, one)
        except Missing as missing:
            yield Result(
                "P-S1",
                "django-appointment cannot be had here",
                "",
                goal="≥ 100 ×",
                note=f"django-appointment was not installed: {missing}",
            )


@benchmark(
    name="P-S2",
    title="queries for free times, and what history costs",
    goal="≤ 4 queries, whatever the days, providers and bookings; 200,000 old bookings change"
    " nothing",
    own_salon=True,
)
def queries(house: House) -> Iterable[Result]:
    with copy_of(use(Size.SMALL)):
        salon = build(month(house))
        busiest = build(season(house))
        tiny = build(Shape(1, 1, 0, house.now.date() + DAY))
        old = build(month(house))
        add_history(old, OLD)
        salons = (tiny, salon, busiest, old)
        counts = {_queries(partial(_free, each)) for each in salons}
        counts |= {_queries(partial(_first, each)) for each in salons}
        if _starts(old, _all(old)) != _starts(salon, _all(salon)):
            raise AssertionError("old bookings changed the free times")
        after, before = interleave(partial(_free, old), partial(_free, salon), rounds=ROUNDS)
        yield Result(
            "P-S2",
            "1 day of 1 provider, 30 of 10, 60 of 25; all times or the first",
            " or ".join(str(many) for many in sorted(counts)) + " queries",
            "4 queries",
            goal="≤ 4, constant",
            met=len(counts) == 1 and max(counts) <= 4,
            note="The business, the clock (PostgreSQL's own, as in production), the plan and what "
            "is taken; a service that needs a room asks once more, for what is taken of rooms.",
        )
        yield Result(
            "P-S2",
            f"30 days × 10 providers with {OLD:,} old bookings, against without",
            milliseconds(after),
            milliseconds(before),
            times(after / before),
            "≤ 1.2 ×",
            after / before <= 1.2,
        )
        yield _chain_with_a_room(salon)


# --- what is measured ---------------------------------------------------------------------------


def _free(salon: Salon) -> dict[dt.date, list[Slot]]:
    shape = salon.shape
    return free_slots(
        lines=[Line(salon.service)], first_day=shape.first_day, last_day=shape.last_day
    )


def _all(salon: Salon) -> list[Slot]:
    return [slot for slots in _free(salon).values() for slot in slots]


def _first(salon: Salon) -> Slot | None:
    days = (salon.shape.last_day - NOW.date()).days + 1
    return first_free_slot(lines=[Line(salon.service)], within_days=days)


def _seconds(salon: Salon) -> float:
    return medians({"": partial(_free, salon)}, rounds=ROUNDS)[""]


def _rows(salon: Salon, *, objects: bool = False) -> int:
    """What any way must read: the business, who does the service, their hours, and what is taken
    of them; as instants that can be compared, or as model objects. Returns how many rows."""
    get_business()
    zone = get_business().zone
    shape = salon.shape
    who = ServiceProvider.objects.filter(service=salon.service)
    people = [one.provider_id for one in who]
    hours = WorkingHours.objects.filter(provider__in=people)
    low = dt.datetime.combine(shape.first_day, dt.time.min, tzinfo=zone)
    high = dt.datetime.combine(shape.last_day + DAY, dt.time.min, tzinfo=zone)
    taken = Occupation.objects.touching(low, high).filter(provider__in=people)
    if objects:
        return len(hours) + len(taken.order_by("provider", "starts_at"))
    week = list(hours.values_list("provider_id", "weekday", "starts", "ends"))
    busy = [
        (pk, whole_seconds(starts_at, ends_at))
        for pk, starts_at, ends_at in taken.order_by("provider_id", "starts_at").values_list(
            "provider_id", "starts_at", "ends_at"
        )
    ]
    return len(week) + len(busy)


def _against_rows(salon: Salon) -> Iterator[Result]:
    found = medians(
        {
            "ours": partial(_free, salon),
            "rows": partial(_rows, salon),
            "objects": partial(_rows, salon, objects=True),
        },
        rounds=ROUNDS,
    )
    many = len(_all(salon))
    for yardstick, words, goal in (
        ("rows", "the same rows loaded", 1.3),
        ("objects", "the same rows as model objects", None),
    ):
        ratio = found["ours"] / found[yardstick]
        yield Result(
            "P-S1",
            f"30 days × 10 providers, {salon.booked:,} bookings, {many:,} times, against {words}",
            milliseconds(found["ours"]),
            milliseconds(found[yardstick]),
            times(ratio),
            f"≤ {goal} ×" if goal else "",
            ratio <= goal if goal else None,
        )


def _first_against_rows(salon: Salon) -> Iterator[Result]:
    far, rows = interleave(partial(_first, salon), partial(_rows, salon), rounds=ROUNDS)
    short = Line(salon.short_service)
    near = medians({"": lambda: first_free_slot(lines=[short], within_days=60)}, rounds=ROUNDS)[""]
    slot = _first(salon)
    if slot is None or slot.starts_at.date() != salon.shape.last_day:
        raise AssertionError(f"the first free time is on the last day, not {slot}")
    yield Result(
        "P-S1",
        f"first free time of 60 days × 25 providers, {salon.booked:,} bookings, on the last day",
        milliseconds(far),
        milliseconds(rows),
        times(far / rows),
        "≤ 1.3 ×",
        far / rows <= 1.3,
        "Somebody is free at one hour of the last day only: every other one is looked at.",
    )
    yield Result(
        "P-S1",
        "the same salon, a service so short that the first day has room",
        milliseconds(near),
        milliseconds(rows),
        times(near / rows),
    )


def _chain_with_a_room(salon: Salon) -> Result:
    """The longest search there is: three lines with add-ons, each in one of two rooms."""
    kind = ResourceKind.objects.create(name="Room")
    for number in range(2):
        Resource.objects.create(kind=kind, name=f"Room {number}")
    kind.services.add(salon.service)
    add_on = AddOn.objects.create(name_en="More", minutes=15, price_minor=0)
    add_on.services.add(salon.service)
    lines = [Line(salon.service, None, (add_on,))] * 3

    def search() -> None:
        free_slots(lines=lines, first_day=salon.shape.first_day, last_day=salon.shape.last_day)

    plain = _seconds(salon)
    seconds = medians({"": search}, rounds=3)[""]
    return Result(
        "P-S2",
        f"three services in a row with add-ons and rooms: {_queries(search)} queries, against one",
        milliseconds(seconds),
        milliseconds(plain),
        times(seconds / plain),
        "≤ 5 queries",
        _queries(search) <= 5,
    )


def _queries(ask: Callable[[], Any]) -> int:
    """As in production, where the database's clock is asked."""
    with _running_clock(), CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


@contextmanager
def _running_clock() -> Iterator[None]:
    pinned = clock.now()
    clock.set_fixed(None)
    try:
        with override_settings(CLOCK="database"):
            yield
    finally:
        clock.set_fixed(pinned)


# --- the peer -----------------------------------------------------------------------------------


def _told(salon: Salon) -> dict[str, Any]:
    """The salon in the peer's words: local times of days."""

    def time(quarter: int) -> str:
        minutes = OPENS * 60 + STEP * quarter
        return f"{minutes // 60:02}:{minutes % 60:02}"

    return {
        "zone": str(get_business().zone),
        "now": clock.now().isoformat(),
        "minutes": MINUTES,
        "step": STEP,
        "opens": OPENS,
        "closes": CLOSES,
        "providers": salon.shape.providers,
        "bookings": [
            (number, day.isoformat(), time(quarter), time(quarter + LENGTH))
            for number, day, quarter in salon.shape.booked()
        ],
    }


def _asked(salon: Salon, what: str, *, days: int | None = None, counted: bool = False) -> Any:
    return {
        "what": what,
        "first": salon.shape.first_day.isoformat(),
        "days": days or salon.shape.days,
        "counted": counted,
    }


def _starts(salon: Salon, slots: Iterable[Slot]) -> set[Start]:
    """Who could begin when, on the salon's clock: what the peer answers."""
    zone = get_business().zone
    numbers = {provider.pk: number for number, provider in enumerate(salon.providers)}
    return {
        (numbers[pk], slot.starts_at.astimezone(zone).replace(tzinfo=None).isoformat())
        for slot in slots
        for pk in slot.provider_ids
    }


def _against_peer(salon: Salon, one: Peer) -> Result:
    ours = _starts(salon, _all(salon))
    theirs = {tuple(start) for start in one.ask(_asked(salon, "free"))["starts"]}
    if ours != theirs:
        raise AssertionError(f"{len(ours ^ theirs)} times differ: {sorted(ours ^ theirs)[:5]}")
    asked = one.ask(_asked(salon, "free", days=1, counted=True))["queries"]
    fast, slow = interleave(
        partial(_free, salon), lambda: one.ask(_asked(salon, "free")), rounds=PEER_ROUNDS
    )
    return Result(
        "P-S1",
        f"30 days × 10 providers against django-appointment, the same {len(ours):,} times",
        milliseconds(fast),
        milliseconds(slow),
        f"{times(slow / fast)} faster",
        "≥ 100 ×",
        slow / fast >= 100,
        f"django-appointment asks {asked / salon.shape.providers:.0f} queries a provider and day.",
    )


def _first_against_peer(salon: Salon, one: Peer) -> Result:
    fast = medians({"": partial(_first, salon)}, rounds=ROUNDS)[""]
    answers: list[dict[str, Any]] = []
    # Once: it takes a minute or more.
    slow = seconds_of(lambda: answers.append(one.ask(_asked(salon, "first"))))
    slot = _first(salon)
    theirs = {tuple(start) for start in answers[0]["starts"]}
    if slot is None or _starts(salon, [slot]) != theirs:
        raise AssertionError(f"the first free time is {slot} here and {theirs} there")
    return Result(
        "P-S1",
        "first free time of 60 days × 25 providers against django-appointment, day by day",
        milliseconds(fast),
        milliseconds(slow),
        f"{times(slow / fast)} faster",
        "≥ 100 ×",
        slow / fast >= 100,
    )
