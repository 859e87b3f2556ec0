"""What is booked at a time at which nobody works any more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings import outside
from bookings.models import Booking, ClassSession
from bookings.outside import Why, find_outside
from bookings.sessions import create_session
from business.models import Business, SpecialDay
from business.profile import get_business
from catalogue.models import DateHours, Provider, Service, WorkingHours
from clients.models import Client
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
)

pytestmark = pytest.mark.django_db

WEDNESDAY = dt.date(2025, 11, 5)


def at(hour: int, *, day: int = 5) -> dt.datetime:
    """The hour in Helsinki in November 2025."""
    return dt.datetime(2025, 11, day, hour - 2, tzinfo=dt.UTC)


@pytest.fixture
def aino() -> Provider:
    """Monday to Friday, 09–17."""
    return ProviderFactory(name="Aino")


@pytest.fixture
def massage(aino: Provider) -> Service:
    return ServiceFactory(providers=[aino])


@pytest.fixture
def booking(massage: Service, alice: Client) -> Booking:
    """On Wednesday at 16:00."""
    return book(alice, massage, at(16)).bookings.get()


@pytest.fixture
def session(aino: Provider) -> ClassSession:
    """On Wednesday at 18:00, after Aino's hours."""
    return create_session(
        service=ClassServiceFactory(), provider=aino, starts_at=at(18), actor=None
    )


def found() -> tuple[list[tuple[object, Why]], list[tuple[object, Why]]]:
    now = find_outside(get_business())
    assert (now.booking_count, now.session_count) == (len(now.bookings), len(now.sessions))
    return (
        [(each.thing, each.why) for each in now.bookings],
        [(each.thing, each.why) for each in now.sessions],
    )


def test_nothing_is_outside_at_first(booking: Booking, session: ClassSession) -> None:
    assert found() == ([], [])
    now = find_outside(get_business())
    assert now.looked_until is None
    # A class may be planned after the hours; it is kept apart.
    assert [(each.thing, each.why) for each in now.planned] == [(session, Why.WEEK)]


def test_a_changed_week_leaves_bookings_outside(booking: Booking, aino: Provider) -> None:
    WorkingHours.objects.filter(provider=aino, weekday=2).update(ends=dt.time(16, 30))
    assert found() == ([(booking, Why.WEEK)], [])

    # A stretch that touches counts as one.
    WorkingHours.objects.create(
        provider=aino, weekday=2, starts=dt.time(16, 30), ends=dt.time(17, 30)
    )
    assert found() == ([], [])


def test_a_date_of_the_provider_goes_before_all(
    booking: Booking, session: ClassSession, aino: Provider
) -> None:
    date = DateHours.objects.create(provider=aino, day=WEDNESDAY)
    assert found() == ([(booking, Why.OWN_DATE)], [(session, Why.OWN_DATE)])

    date.starts, date.ends = dt.time(15), dt.time(20)
    date.save()
    SpecialDay.objects.create(day=WEDNESDAY, kind="closed")
    assert found() == ([], [])


def test_a_closed_day_and_a_shorter_one(booking: Booking, session: ClassSession) -> None:
    day = SpecialDay.objects.create(day=WEDNESDAY, kind="closed")
    assert found() == ([(booking, Why.CLOSED)], [(session, Why.CLOSED)])

    day.kind, day.opens, day.closes = "shorter", dt.time(9), dt.time(16)
    day.save()
    assert found() == ([(booking, Why.CLOSED_THEN)], [(session, Why.CLOSED_THEN)])

    day.kind, day.opens, day.closes = "extra", dt.time(9), dt.time(20)
    day.save()
    assert found() == ([], [])


def test_another_zone_moves_the_hours_and_not_the_bookings(booking: Booking) -> None:
    Business.objects.update(timezone="Asia/Tokyo")

    assert found() == ([(booking, Why.WEEK)], [])


def test_what_is_past_cancelled_or_another_s_is_left_out(
    booking: Booking, session: ClassSession, clock: Clock, massage: Service
) -> None:
    SpecialDay.objects.create(day=WEDNESDAY, kind="closed")
    nobody = Provider.objects.filter(name="Nobody")
    assert find_outside(get_business(), providers=nobody).count == 0
    assert find_outside(get_business(), providers=Provider.objects.all()).count == 2

    clock.move_to(at(17))
    assert found() == ([], [(session, Why.CLOSED)])
    clock.move_to(at(10))
    cancel_visit(visit=booking.visit, actor=None)
    assert find_outside(get_business()).booking_count == 0


def test_looking_is_bounded_and_says_where_it_ended(
    massage: Service, aino: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "LOOKED_AT", 3)
    monkeypatch.setattr(outside, "SHOWN", 2)
    for hour in (10, 11, 12, 13):
        book(ClientFactory(), massage, at(hour))
    WorkingHours.objects.all().delete()

    now = find_outside(get_business())

    assert [each.thing.starts_at for each in now.bookings] == [at(10), at(11)]
    assert (now.booking_count, now.looked_until) == (3, at(12))


def test_the_same_number_of_queries_for_one_and_for_thirty(
    massage: Service, aino: Provider
) -> None:
    WorkingHours.objects.update(ends=dt.time(23))
    lesson = ClassServiceFactory()

    def add(day: int, hour: int) -> None:
        book(ClientFactory(), massage, at(hour, day=day))
        create_session(service=lesson, provider=aino, starts_at=at(hour + 1, day=day), actor=None)
        DateHours.objects.get_or_create(provider=aino, day=dt.date(2025, 11, day))

    def count(with_things: bool) -> int:
        business = get_business()
        with CaptureQueriesContext(connection) as queries:
            assert find_outside(business, with_things=with_things).count > 0
        return len(queries)

    add(5, 9)
    one = count(True), count(False)
    for day in (*range(10, 15), *range(17, 22)):
        add(day, 9)

    assert (count(True), count(False)) == one == (7, 5)
