from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from bookings.errors import NotAClass, NotOffered, PlacesTaken, SessionOver, SlotTaken
from bookings.models import ClassSession, Occupation, ResourceOccupation
from bookings.sessions import (
    create_session,
    keep_for_offer,
    reschedule_session,
    sessions_between,
    set_places,
)
from catalogue.archive import archive_provider, archive_service
from catalogue.models import Resource, ResourceKind, ServiceResource
from tests.bookings.conftest import WEDNESDAY, at
from tests.factories import ClassServiceFactory

pytestmark = pytest.mark.django_db


def test_create_session_takes_its_provider_with_the_buffers(freja, daisy):
    yoga = ClassServiceFactory(minutes=75, buffer_before=15, buffer_after=10, places=8)

    session = create_session(service=yoga, provider=freja, starts_at=at(17, 30), actor=daisy)

    assert (session.starts_at, session.ends_at) == (at(17, 30), at(18, 45))
    assert (session.places, session.booked_places) == (8, 0)
    occupation = Occupation.objects.get(session=session)
    assert (occupation.provider, occupation.starts_at, occupation.ends_at) == (
        freja,
        at(17, 15),
        at(18, 55),
    )


def test_a_session_may_have_places_of_its_own(yoga, freja):
    session = create_session(service=yoga, provider=freja, starts_at=at(17), places=20, actor=None)
    assert session.places == 20


def test_a_provider_gives_one_class_at_a_time(yoga, freja, ville, session):
    with pytest.raises(SlotTaken):
        create_session(service=yoga, provider=freja, starts_at=at(18), actor=None)
    create_session(service=yoga, provider=ville, starts_at=at(18), actor=None)
    assert ClassSession.objects.count() == 2


def test_create_session_refusals(haircut, yoga, freja, ville):
    with pytest.raises(NotAClass):
        create_session(service=haircut, provider=freja, starts_at=at(17), actor=None)
    archive_provider(provider=ville, actor=None)
    with pytest.raises(SlotTaken):
        create_session(service=yoga, provider=ville, starts_at=at(17), actor=None)
    archive_service(service=yoga, actor=None)
    with pytest.raises(NotOffered):
        create_session(service=yoga, provider=freja, starts_at=at(17), actor=None)
    assert not ClassSession.objects.exists()


def test_sessions_between_is_half_open_and_in_order(yoga, freja):
    times = [at(9), at(11), at(13), at(15)]
    made = [
        create_session(service=yoga, provider=freja, starts_at=start, actor=None)
        for start in reversed(times)
    ]
    ClassSession.objects.filter(pk=made[1].pk).update(cancelled_at=at(8))  # that of 13:00
    assert [each.starts_at for each in sessions_between(at(11), at(15))] == [at(11), at(13)]


@pytest.mark.parametrize("many", [1, 30])
def test_sessions_between_costs_one_query(yoga, freja, django_assert_num_queries, many):
    for day in range(many):
        start = at(9) + dt.timedelta(days=day)
        create_session(service=yoga, provider=freja, starts_at=start, actor=None)
    first = at(0, day=WEDNESDAY)
    with django_assert_num_queries(1):
        listed = [
            (each.service.name, each.service.category.name, each.provider.name)
            for each in sessions_between(first, first + dt.timedelta(days=40))
        ]
    assert len(listed) == many


# --- rooms --------------------------------------------------------------------------------------


@pytest.fixture
def rooms(yoga):
    """Yoga needs one of two halls."""
    kind = ResourceKind.objects.create(name="Hall")
    ServiceResource.objects.create(service=yoga, kind=kind)
    names = ("Large", "Small")
    return [
        Resource.objects.create(kind=kind, name=name, position=n) for n, name in enumerate(names)
    ]


def taken_rooms(session):
    return list(session.resource_occupations.values_list("resource__name", flat=True))


def test_a_session_takes_the_first_free_room_of_each_kind(yoga, freja, ville, rooms):
    first = create_session(service=yoga, provider=freja, starts_at=at(17), actor=None)
    second = create_session(service=yoga, provider=ville, starts_at=at(17), actor=None)
    third = create_session(service=yoga, provider=ville, starts_at=at(18), actor=None)
    assert [taken_rooms(each) for each in (first, second, third)] == [
        ["Large"],
        ["Small"],
        ["Large"],
    ]


def test_without_a_free_room_there_is_no_session(yoga, freja, ville, rooms):
    create_session(service=yoga, provider=freja, starts_at=at(17), actor=None)
    Resource.objects.filter(name="Small").update(archived_at=at(8))
    with pytest.raises(SlotTaken):
        create_session(service=yoga, provider=ville, starts_at=at(17), actor=None)
    assert (ClassSession.objects.count(), Occupation.objects.count()) == (1, 1)


def test_a_moved_session_takes_its_room_along(yoga, freja, rooms):
    session = create_session(service=yoga, provider=freja, starts_at=at(17), actor=None)
    reschedule_session(session=session, starts_at=at(17, 30), provider=freja)
    (taken,) = ResourceOccupation.objects.all()
    assert (taken.starts_at, taken.session) == (at(17, 30), session)


# --- another time, other places -----------------------------------------------------------------


def test_reschedule_session_frees_the_old_time(yoga, freja, ville, session):
    moved = reschedule_session(session=session, starts_at=at(18), provider=ville)

    assert (moved.starts_at, moved.ends_at, moved.provider) == (at(18), at(19), ville)
    occupation = Occupation.objects.get()
    assert (occupation.provider, occupation.starts_at) == (ville, at(18))


def test_reschedule_session_keeps_its_length_whatever_the_class_takes_now(yoga, freja, session):
    type(yoga).objects.filter(pk=yoga.pk).update(minutes=90)
    moved = reschedule_session(session=session, starts_at=at(18), provider=freja)
    assert moved.ends_at - moved.starts_at == dt.timedelta(hours=1)


def test_reschedule_session_onto_something_else_changes_nothing(yoga, freja, ville, session):
    create_session(service=yoga, provider=ville, starts_at=at(18), actor=None)
    with pytest.raises(SlotTaken):
        reschedule_session(session=session, starts_at=at(18, 30), provider=ville)
    session.refresh_from_db()
    assert (session.starts_at, session.occupation.starts_at) == (at(17, 30), at(17, 30))


def test_what_has_begun_or_is_cancelled_is_not_changed(freja, session, clock):
    ClassSession.objects.filter(pk=session.pk).update(cancelled_at=at(8))
    with pytest.raises(SessionOver):
        set_places(session=session, places=9, actor=None)
    ClassSession.objects.filter(pk=session.pk).update(cancelled_at=None)
    clock.move_to(at(17, 30))
    with pytest.raises(SessionOver):
        reschedule_session(session=session, starts_at=at(18), provider=freja)


def test_set_places_never_goes_below_what_is_taken(session):
    ClassSession.objects.filter(pk=session.pk).update(booked_places=1)
    session.refresh_from_db()
    keep_for_offer(session=session, places=1)

    with pytest.raises(PlacesTaken) as refused:
        set_places(session=session, places=1, actor=None)
    assert str(refused.value) == "2 places are taken already. Enter at least as many."

    assert set_places(session=session, places=2, actor=None).places_left == 0
    assert set_places(session=session, places=12, actor=None).places_left == 10


def test_a_session_has_at_least_one_place(session):
    with pytest.raises(PlacesTaken):
        set_places(session=session, places=0, actor=None)


def test_the_database_refuses_fewer_places_than_are_booked_and_offered(session):
    rows = ClassSession.objects.filter(pk=session.pk)
    rows.update(booked_places=2, offered_places=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(places=2)
