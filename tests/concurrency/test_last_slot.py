"""The last slot and the last room, 16 connections, round after round (reliability F25).

Their twins show what the locks and the database each do: with the database's refusal alone there
is still one winner, and without either a room is taken twice.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction

from bookings.availability import free_slots
from bookings.errors import SlotTaken
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Hold, Occupation, ResourceOccupation, Source, Visit
from bookings.scheduling import schedule_visit
from catalogue.models import Provider, Resource, Service
from clients.models import Client
from foundation.guards import drop_guards
from tests.concurrency.contests import contest, flat, rounds_of, violations
from tests.concurrency.racing import CONNECTIONS, Operation, lost, race, race_in_rounds, won
from tests.factories import (
    ClientFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
)

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
]

HOUR = dt.timedelta(hours=1)
TEN = dt.datetime(2025, 11, 5, 8, tzinfo=dt.UTC)  # 10:00 in Helsinki


def hours_of(service: Service, rounds: int) -> list[dt.datetime]:
    """Free times that leave each other alone, one for each round."""
    day = dt.date(2025, 11, 5)
    days = free_slots(
        lines=[Line(service)], first_day=day, last_day=day + dt.timedelta(days=rounds // 5 + 1)
    )
    starts = [slot.starts_at for slots in days.values() for slot in slots]
    return [each for each in starts if each.minute == 0][:rounds]


def booker(client: Client, lines: Sequence[Line], starts_at: dt.datetime) -> Operation:
    return lambda: schedule_visit(
        client=client,
        lines=lines,
        starts_at=starts_at,
        source=Source.ONLINE,
        note="",
        actor=None,
    )


def holder(lines: Sequence[Line], starts_at: dt.datetime) -> Operation:
    return lambda: place_hold(lines=lines, starts_at=starts_at)


def all_others_are_told(outcomes: Sequence[Sequence[Any]]) -> bool:
    return {type(error) for error in lost(flat(outcomes))} == {SlotTaken}


def test_the_last_slot_has_one_winner() -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    clients = ClientFactory.create_batch(CONNECTIONS)
    rounds = rounds_of("the last slot", CONNECTIONS)
    hours = hours_of(service, rounds)

    def plan(number: int) -> list[Operation]:
        line = [Line(service)]
        return [booker(client, line, hours[number]) for client in clients[1:]] + [
            holder(line, hours[number])
        ]

    outcomes = contest("the last slot", plan)

    assert [len(won(each)) for each in outcomes] == [1] * rounds
    assert all_others_are_told(outcomes)
    assert Occupation.objects.count() == rounds
    assert Visit.objects.count() + Hold.objects.count() == rounds


def test_the_last_room_has_one_winner() -> None:
    """Sixteen people who could all do it, and one room."""
    team = ProviderFactory.create_batch(CONNECTIONS)
    service = ServiceFactory(providers=team)
    ResourceFactory(kind=ResourceKindFactory(services=[service]))
    clients = ClientFactory.create_batch(CONNECTIONS)
    rounds = rounds_of("the last room", CONNECTIONS)
    hours = hours_of(service, rounds)

    def plan(number: int) -> list[Operation]:
        pairs = zip(clients, team, strict=True)
        return [booker(client, [Line(service, person)], hours[number]) for client, person in pairs]

    outcomes = contest("the last room", plan)

    assert [len(won(each)) for each in outcomes] == [1] * rounds
    assert all_others_are_told(outcomes)
    assert ResourceOccupation.objects.count() == Occupation.objects.count() == rounds


def test_two_rooms_for_sixteen_have_two_winners() -> None:
    """Anyone, any room; two services in a row, so that a visit wants several of both."""
    team = ProviderFactory.create_batch(4)
    first, second = ServiceFactory(providers=team), ServiceFactory(providers=team)
    kind = ResourceKindFactory(services=[first, second])
    ResourceFactory.create_batch(2, kind=kind)
    clients = ClientFactory.create_batch(CONNECTIONS)
    rounds = rounds_of("two rooms for sixteen", CONNECTIONS)
    free = hours_of(first, 5 * rounds)
    hours = [each for each in free if each.hour in (7, 10, 13)]  # 9, 12, 15 there
    lines = [Line(first), Line(second)]

    def plan(number: int) -> list[Operation]:
        return [booker(client, lines, hours[number]) for client in clients]

    outcomes = contest("two rooms for sixteen", plan)

    assert [len(won(each)) for each in outcomes] == [2] * rounds
    assert all_others_are_told(outcomes)


# --- protection off ---------------------------------------------------------------------------


def _look_then_take(room: Resource) -> Callable[[], ResourceOccupation]:
    """What a command without our lock would do: look, then write what looked free."""
    both_looked = threading.Barrier(2)

    def take() -> ResourceOccupation:
        with transaction.atomic():
            assert not ResourceOccupation.objects.touching(TEN, TEN + HOUR).exists()
            both_looked.wait(10)
            return ResourceOccupation.objects.create(
                resource=room, starts_at=TEN, ends_at=TEN + HOUR
            )

    return take


def test_without_the_lock_the_database_still_refuses_a_room() -> None:
    take = _look_then_take(ResourceFactory())

    results = race(take, take)

    assert len(won(results)) == 1
    assert isinstance(lost(results)[0], IntegrityError | OperationalError)
    assert violations() == []


def test_without_lock_and_constraint_a_room_is_taken_twice() -> None:
    drop_guards(["bookings_resourceoccupation"])  # the reset after the test puts them back
    take = _look_then_take(ResourceFactory())

    results = race(take, take)

    assert len(won(results)) == 2
    assert len(violations()) == 1


def test_without_the_guard_the_lock_alone_keeps_a_slot_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And without the lock as well, the command itself books one room for two: the race is real."""
    drop_guards(["bookings_resourceoccupation", "bookings_occupation"])
    team = ProviderFactory.create_batch(CONNECTIONS)
    service = ServiceFactory(providers=team)
    ResourceFactory(kind=ResourceKindFactory(services=[service]))
    clients = ClientFactory.create_batch(CONNECTIONS)
    hours = hours_of(service, 10)

    def plan(number: int) -> list[Operation]:
        pairs = zip(clients, team, strict=True)
        return [booker(client, [Line(service, person)], hours[number]) for client, person in pairs]

    locked = race_in_rounds(plan, 5)
    assert [len(won(each)) for each in locked] == [1] * 5

    def look_at_nothing(*_args: Any, **_options: Any) -> dict[int, Provider]:
        return {}

    monkeypatch.setattr("bookings.placing.lock_and_clear", look_at_nothing)
    unlocked = race_in_rounds(lambda number: plan(number + 5), 5)
    assert max(len(won(each)) for each in unlocked) > 1
    assert violations()
