"""Rooms and equipment that a service occupies beside its provider."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from bookings.availability import find_slot, free_slots
from bookings.errors import OutsideHours, SlotTaken
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import BookingStatus, ResourceOccupation, Source, Visit
from bookings.scheduling import schedule_visit, set_status
from catalogue.models import Resource, Service
from clients.models import Client
from foundation.audit import load_checks
from tests.bookings.conftest import HELSINKI, WEDNESDAY, at
from tests.factories import ProviderFactory, ResourceFactory, ResourceKindFactory, ServiceFactory

pytestmark = pytest.mark.django_db

Rooms = Callable[..., list[Resource]]


def book(client: Client, *lines: Line, hour: int, minute: int = 0) -> Visit:
    return schedule_visit(
        client=client,
        lines=lines,
        starts_at=at(hour, minute),
        source=Source.ONLINE,
        note="",
        actor=None,
    )


def times(*lines: Line) -> list[str]:
    slots = free_slots(lines=lines, first_day=WEDNESDAY, last_day=WEDNESDAY)[WEDNESDAY]
    return [f"{slot.starts_at.astimezone(HELSINKI):%H:%M}" for slot in slots]


def used() -> list[tuple[str, dt.datetime, dt.datetime]]:
    rows = ResourceOccupation.objects.order_by("starts_at", "pk").select_related("resource")
    return [(row.resource.name, row.starts_at, row.ends_at) for row in rows]


def violations() -> list[str]:
    checks = load_checks().items()
    return [
        line for name, run in checks if name.startswith("bookings-") for line in run().violations
    ]


def test_a_booking_takes_a_resource_with_the_buffers(freja, alice, rooms: Rooms):
    sauna = ServiceFactory(buffer_before=10, buffer_after=20, providers=[freja])
    rooms(sauna)

    book(alice, Line(sauna), hour=10)

    assert used() == [("Room 1", at(9, 50), at(11, 20))]
    assert violations() == []


def test_two_people_and_one_room(massage: Service, alice, bob, rooms: Rooms):
    rooms(massage)
    book(alice, Line(massage), hour=10)

    assert not {"09:15", "10:00", "10:45"} & set(times(Line(massage)))
    assert {"09:00", "11:00"} < set(times(Line(massage)))
    with pytest.raises(SlotTaken) as error:
        book(bob, Line(massage), hour=10)
    assert [slot.starts_at for slot in error.value.nearest] == [at(9), at(11), at(11, 15)]


def test_the_first_free_room_is_taken(massage: Service, alice, bob, rooms: Rooms):
    rooms(massage, many=2)

    book(alice, Line(massage), hour=10)
    book(bob, Line(massage), hour=10)
    book(bob, Line(massage), hour=12)

    assert [name for name, _from, _to in used()] == ["Room 1", "Room 2", "Room 1"]
    assert violations() == []


def test_one_of_each_kind(massage: Service, alice, bob, rooms: Rooms):
    rooms(massage, many=2)
    (lamp,) = rooms(massage, name="Lamp")

    book(alice, Line(massage), hour=10)

    assert sorted(name for name, _from, _to in used()) == ["Lamp 1", "Room 1"]
    with pytest.raises(SlotTaken):
        book(bob, Line(massage), hour=10)
    assert lamp.occupations.count() == 1


def test_a_kind_without_a_resource_is_never_free(massage: Service, clock, rooms: Rooms):
    (room,) = rooms(massage)
    Resource.objects.filter(pk=room.pk).update(archived_at=clock.now)

    assert times(Line(massage)) == []
    with pytest.raises(OutsideHours):
        find_slot(lines=[Line(massage)], starts_at=at(10))


def test_staff_get_no_second_room_either(massage: Service, freja, ville, alice, bob, rooms: Rooms):
    rooms(massage)
    book(alice, Line(massage, freja), hour=10)

    with pytest.raises(SlotTaken):
        find_slot(lines=[Line(massage, ville)], starts_at=at(10, 30), for_staff=True)


def test_a_room_out_of_order(massage: Service, rooms: Rooms):
    (room,) = rooms(massage)
    ResourceOccupation.objects.create(
        resource=room, starts_at=at(9), ends_at=at(16), reason="Painting"
    )
    assert times(Line(massage)) == ["16:00"]


def test_a_hold_keeps_the_room_and_gives_it_up(massage: Service, alice, bob, clock, rooms: Rooms):
    rooms(massage)
    hold = place_hold(lines=[Line(massage)], starts_at=at(10))
    assert [row[0] for row in used()] == ["Room 1"]
    assert "10:00" not in times(Line(massage))

    clock.advance(minutes=10)
    book(bob, Line(massage), hour=10)

    (row,) = ResourceOccupation.objects.all()
    assert row.hold_id is None
    assert hold.occupations.count() == 0
    assert violations() == []


def test_a_room_kept_by_an_expired_hold_of_somebody_else_is_free(
    freja, ville, alice, clock, rooms: Rooms
):
    """Another service, another provider, the same room."""
    one, two = ServiceFactory(providers=[freja]), ServiceFactory(providers=[ville])
    rooms(one, two)
    place_hold(lines=[Line(one)], starts_at=at(10))
    with pytest.raises(SlotTaken):
        book(alice, Line(two), hour=10)

    clock.advance(minutes=10)

    assert book(alice, Line(two), hour=10)


def test_cancelling_frees_the_room(massage: Service, alice, rooms: Rooms):
    rooms(massage)
    visit = book(alice, Line(massage), hour=10)

    set_status(booking=visit.bookings.get(), status=BookingStatus.CANCELLED, actor=None)

    assert used() == []
    assert violations() == []


def test_two_lines_share_a_room_one_after_another(haircut, massage, alice, rooms: Rooms):
    rooms(haircut, massage)

    book(alice, Line(haircut), Line(massage), hour=10)

    assert used() == [("Room 1", at(10), at(11)), ("Room 1", at(11), at(12))]


def test_a_room_that_is_being_aired_is_not_used_by_the_next_line(freja, ville, alice, rooms: Rooms):
    """The second line takes Room 2 while the first one's buffer keeps Room 1; and where the
    second needs Room 1, the first leaves it to it."""
    peel = ServiceFactory(minutes=30, buffer_after=30, providers=[freja])
    mask = ServiceFactory(minutes=30, providers=[ville])
    first, second = rooms(peel, mask, many=2)
    book(alice, Line(peel), Line(mask), hour=9)
    assert [row[0] for row in used()] == ["Room 1", "Room 2"]

    ResourceOccupation.objects.create(resource=second, starts_at=at(12, 30), ends_at=at(13))
    assert book(alice, Line(peel), Line(mask), hour=10, minute=0)
    ResourceOccupation.objects.filter(booking=None).delete()
    ResourceOccupation.objects.create(resource=second, starts_at=at(14, 30), ends_at=at(15))
    with pytest.raises(SlotTaken):
        book(alice, Line(peel), Line(mask), hour=14)
    # From 15:30 the second room is needed for the mask alone.
    ResourceOccupation.objects.create(resource=first, starts_at=at(16), ends_at=at(16, 30))
    with pytest.raises(SlotTaken):
        book(alice, Line(peel), Line(mask), hour=15, minute=30)


def test_a_line_leaves_the_room_that_only_the_next_can_use(freja, ville, alice, rooms: Rooms):
    peel = ServiceFactory(minutes=30, buffer_after=30, providers=[freja])
    mask = ServiceFactory(minutes=30, providers=[ville])
    _first, second = rooms(peel, mask, many=2)
    ResourceOccupation.objects.create(resource=second, starts_at=at(11), ends_at=at(11, 15))

    # The peel keeps its room 10:00–11:00, the mask is 10:30–11:00: both rooms are free for both.
    book(alice, Line(peel), Line(mask), hour=10)
    # The mask, 12:30–13:15, can have Room 1 only; so the peel, 12:00–13:00, takes Room 2.
    ResourceOccupation.objects.create(resource=second, starts_at=at(13), ends_at=at(14))
    Service.objects.filter(pk=mask.pk).update(minutes=45)
    mask.refresh_from_db()
    book(alice, Line(peel), Line(mask), hour=12)

    assert [row[0] for row in used() if at(12) <= row[1] < at(13)] == ["Room 2", "Room 1"]
    assert violations() == []


def test_the_database_refuses_a_room_twice(massage: Service, alice, rooms: Rooms):
    (room,) = rooms(massage)
    book(alice, Line(massage), hour=10)

    with pytest.raises(IntegrityError, match="resource_no_overlap"), transaction.atomic():
        ResourceOccupation.objects.create(resource=room, starts_at=at(10, 30), ends_at=at(12))
    other = ResourceOccupation.objects.create(resource=room, starts_at=at(11), ends_at=at(12))
    with pytest.raises(IntegrityError, match="resource_no_overlap"), transaction.atomic():
        ResourceOccupation.objects.filter(pk=other.pk).update(starts_at=at(10, 59))


def test_a_room_of_another_kind_does_not_do(massage: Service, alice, rooms: Rooms):
    rooms(massage)
    ResourceFactory(kind=ResourceKindFactory())
    book(alice, Line(massage), hour=10)
    assert not {"10:00"} & set(times(Line(massage)))


def test_more_rooms_than_people(alice, bob, rooms: Rooms):
    team = ProviderFactory.create_batch(2)
    service = ServiceFactory(providers=team)
    rooms(service, many=5)
    book(alice, Line(service), hour=10)
    book(bob, Line(service), hour=10)
    assert "10:00" not in times(Line(service))
