from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import NotAClass, NotOffered, SlotTaken
from bookings.models import ClassSession, Occupation
from bookings.sessions import create_session, sessions_between
from catalogue.archive import archive_provider, archive_service
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
