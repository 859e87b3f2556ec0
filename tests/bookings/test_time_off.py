"""Time off of providers, and resources out of order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from bookings.availability import free_slots
from bookings.errors import InThePast, NotOffered
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Occupation, ResourceOccupation
from bookings.time_off import (
    SHOWN,
    TimeInUse,
    TimeOffGone,
    add_time_off,
    all_out_of_order,
    all_time_off,
    change_time_off,
    remove_time_off,
)
from catalogue.models import Provider, Resource, Service
from clients.models import Client
from foundation.errors import BadInput, FormAlreadyUsed
from foundation.form_tokens import new_form_token
from tests.conftest import Clock
from tests.factories import (
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
    book,
)

pytestmark = pytest.mark.django_db

WEDNESDAY = dt.date(2025, 11, 5)


def at(hour: int, *, day: int = 5) -> dt.datetime:
    """The hour in Helsinki in November 2025."""
    return dt.datetime(2025, 11, day, hour - 2, tzinfo=dt.UTC)


def off(whose: Any, starts: dt.datetime, ends: dt.datetime, **more: Any) -> Any:
    more.setdefault("form_token", new_form_token())
    return add_time_off(whose=whose, starts_at=starts, ends_at=ends, actor=None, **more)


@pytest.fixture
def aino() -> Provider:
    return ProviderFactory(name="Aino")


@pytest.fixture
def massage(aino: Provider) -> Service:
    return ServiceFactory(providers=[aino])


@pytest.fixture
def room(massage: Service) -> Resource:
    return ResourceFactory(kind=ResourceKindFactory(services=[massage]))


def hours_of(service: Service) -> set[int]:
    slots = free_slots(lines=[Line(service)], first_day=WEDNESDAY, last_day=WEDNESDAY)
    return {slot.starts_at.hour + 2 for slot in slots[WEDNESDAY]}


def test_time_off_takes_free_times_away_and_removing_it_brings_them_back(
    aino: Provider, massage: Service
) -> None:
    before = hours_of(massage)

    row = off(aino, at(9), at(13), reason="Dentist")

    assert hours_of(massage) == {13, 14, 15, 16}
    assert [each.reason for each in all_time_off()] == ["Dentist"]
    remove_time_off(time_off=row, actor=None)
    remove_time_off(time_off=row, actor=None)
    assert hours_of(massage) == before


def test_a_room_out_of_order_takes_free_times_away(massage: Service, room: Resource) -> None:
    row = off(room, at(9), at(13))

    assert hours_of(massage) == {13, 14, 15, 16}
    assert list(all_out_of_order()) == [row]
    remove_time_off(time_off=row, actor=None)
    assert not ResourceOccupation.objects.exists()


@pytest.mark.parametrize("whose", ["aino", "room"])
def test_what_is_booked_refuses_it_and_is_named(
    whose: str, massage: Service, room: Resource, alice: Client, request: Any
) -> None:
    booking = book(alice, massage, at(10)).bookings.get()
    owner = request.getfixturevalue(whose)

    with pytest.raises(TimeInUse) as refused:
        off(owner, at(9), at(11))

    assert [each.booking for each in refused.value.in_the_way] == [booking]
    assert refused.value.count == 1
    # What touches it is no overlap.
    off(owner, at(9), at(10))
    off(owner, at(11), at(12))
    booking.refresh_from_db()
    assert booking.starts_at == at(10)


@pytest.mark.parametrize("whose", ["aino", "room"])
def test_time_off_over_time_off_is_refused_and_named(
    whose: str, room: Resource, aino: Provider, request: Any
) -> None:
    owner = request.getfixturevalue(whose)
    first = off(owner, at(9), at(11))

    with pytest.raises(TimeInUse) as refused:
        off(owner, at(10), at(12))

    assert refused.value.in_the_way == [first]


def test_a_hold_is_in_the_way_until_it_ends(aino: Provider, massage: Service, clock: Clock) -> None:
    place_hold(lines=[Line(massage)], starts_at=at(10), user=None)
    with pytest.raises(TimeInUse) as refused:
        off(aino, at(9), at(12))
    assert refused.value.in_the_way[0].hold is not None

    clock.advance(minutes=11)
    off(aino, at(9), at(12))

    assert [each.kind for each in Occupation.objects.all()] == ["time_off"]


def test_the_list_of_what_is_in_the_way_is_short_and_counts_all(
    aino: Provider, massage: Service, alice: Client
) -> None:
    for number in range(SHOWN + 2):
        Occupation.objects.create(
            provider=aino,
            kind="time_off",
            starts_at=at(9) + dt.timedelta(minutes=10 * number),
            ends_at=at(9) + dt.timedelta(minutes=10 * number + 5),
        )

    with pytest.raises(TimeInUse) as refused:
        off(aino, at(8), at(22))

    assert (len(refused.value.in_the_way), refused.value.count) == (SHOWN, SHOWN + 2)


def test_the_same_form_makes_one(aino: Provider) -> None:
    token = new_form_token()

    first, again = (off(aino, at(9), at(11), form_token=token) for _ in range(2))

    assert first == again
    with pytest.raises(FormAlreadyUsed):
        off(aino, at(12), at(13), form_token=token)
    remove_time_off(time_off=first, actor=None)
    with pytest.raises(TimeOffGone):
        off(aino, at(9), at(11), form_token=token)


def test_changing_gives_it_other_times(aino: Provider, massage: Service, alice: Client) -> None:
    row = off(aino, at(9), at(11), reason="Dentist")
    book(alice, massage, at(12))

    # Over what it was before it may lie.
    changed = change_time_off(
        time_off=row, starts_at=at(10), ends_at=at(12), reason="Course", actor=None
    )

    row.refresh_from_db()
    assert (row.starts_at, row.ends_at, row.reason) == (at(10), at(12), "Course")
    assert changed == row
    with pytest.raises(TimeInUse):
        change_time_off(time_off=row, starts_at=at(10), ends_at=at(13), actor=None)
    remove_time_off(time_off=row, actor=None)
    with pytest.raises(TimeOffGone):
        change_time_off(time_off=row, starts_at=at(10), ends_at=at(12), actor=None)


def test_what_began_before_today_keeps_its_beginning(aino: Provider, clock: Clock) -> None:
    row = off(aino, at(9), at(12))
    clock.move_to(at(9, day=6))
    with pytest.raises(InThePast):
        off(aino, at(12), at(16, day=6))

    change_time_off(time_off=row, starts_at=row.starts_at, ends_at=at(16, day=6), actor=None)

    row.refresh_from_db()
    assert row.ends_at == at(16, day=6)
    with pytest.raises(InThePast):
        change_time_off(time_off=row, starts_at=at(8), ends_at=at(16, day=6), actor=None)


def test_times_that_make_no_sense_are_refused(aino: Provider, clock: Clock) -> None:
    for starts, ends in ((at(11), at(11)), (at(11), at(9)), (at(9), at(9).replace(year=2028))):
        with pytest.raises(BadInput):
            off(aino, starts, ends)
    with pytest.raises(InThePast):
        off(aino, at(8, day=4), clock.now)
    # Earlier today it may have begun.
    off(aino, at(8, day=4), at(12, day=4))
    aino.archived_at = clock.now
    with pytest.raises(NotOffered):
        off(aino, at(9), at(11))


@pytest.mark.parametrize("whose", ["aino", "room"])
def test_the_database_refuses_who_goes_round_the_look(
    whose: str, aino: Provider, room: Resource, request: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = request.getfixturevalue(whose)
    off(owner, at(9), at(11))
    monkeypatch.setattr("bookings.time_off._check_free", lambda *args: None)

    with pytest.raises(TimeInUse):
        off(owner, at(10), at(12))

    assert len(all_time_off()) + len(all_out_of_order()) == 1
    assert not connection.needs_rollback
