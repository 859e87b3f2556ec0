"""Each check of bookings is silent on what the commands wrote and sees one lie."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import (
    Booking,
    BookingStatus,
    ClassSession,
    Hold,
    Occupation,
    Source,
    Visit,
)
from bookings.scheduling import schedule_place, schedule_visit, set_status
from foundation.audit import load_checks
from tests.bookings.conftest import at

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def violations() -> dict[str, int]:
    """How many each check of this app found, those that found something."""
    found = {name: run() for name, run in load_checks().items() if name.startswith("bookings-")}
    return {name: len(each.violations) for name, each in found.items() if each.violations}


@pytest.fixture(autouse=True)
def salon(massage, session, freja, ville, alice, bob):
    """Two visits, one of them cancelled, a place taken and one given back, and a hold."""
    plain = {"source": Source.ONLINE, "note": "", "actor": None}
    for client, hour in ((alice, 9), (bob, 12)):
        visit = schedule_visit(
            client=client, lines=[Line(massage, freja)], starts_at=at(hour), **plain
        )
    set_status(booking=visit.bookings.get(), status=BookingStatus.CANCELLED, actor=None)
    for client in (alice, bob):
        visit = schedule_place(client=client, session=session, places=1, **plain)
    set_status(booking=visit.bookings.get(), status=BookingStatus.CANCELLED, actor=None)
    place_hold(lines=[Line(massage, ville)], starts_at=at(9))


def test_what_the_commands_wrote_is_right():
    assert violations() == {}


def test_every_check_counts_what_it_looked_at():
    rows = {n: run().rows for n, run in load_checks().items() if n.startswith("bookings-")}
    expected = {
        "bookings-booked-places": 1,
        "bookings-hold-keeps-its-own-time": 1,
        "bookings-no-overlap": 3,
        "bookings-no-time-for-cancelled": 3,
        "bookings-occupation-of-session": 1,
        "bookings-occupation-of-standing-booking": 2,
        "bookings-place-agrees-with-session": 2,
        "bookings-visit-spans-its-bookings": 4,
    }
    assert {name: rows[name] for name in expected} == expected


def test_an_appointment_without_its_time():
    Occupation.objects.filter(kind="booking").delete()
    assert violations() == {"bookings-occupation-of-standing-booking": 1}


def test_an_appointment_with_another_time():
    Occupation.objects.filter(kind="booking").update(ends_at=F("ends_at") + HOUR)
    assert violations() == {"bookings-occupation-of-standing-booking": 1}


def test_an_appointment_with_another_provider_s_time(ville):
    Occupation.objects.filter(kind="hold").delete()
    Occupation.objects.filter(kind="booking").update(provider=ville)
    assert violations() == {"bookings-occupation-of-standing-booking": 1}


def test_a_cancelled_appointment_that_keeps_its_time():
    Booking.objects.filter(kind="appointment").update(status="cancelled")
    assert violations() == {"bookings-no-time-for-cancelled": 1}


@pytest.mark.parametrize("count", [0, 2, 3])
def test_a_wrong_count_of_places(count):
    ClassSession.objects.update(booked_places=count)
    assert violations() == {"bookings-booked-places": 1}


def test_a_session_that_takes_nobody_s_time():
    Occupation.objects.filter(kind="session").delete()
    assert violations() == {"bookings-occupation-of-session": 1}


def test_a_cancelled_session_that_keeps_its_time_and_who_comes(clock):
    ClassSession.objects.update(cancelled_at=clock.now, booked_places=0)
    assert violations() == {
        "bookings-booked-places": 1,
        "bookings-nobody-comes-to-a-cancelled-session": 1,
        "bookings-occupation-of-session": 1,
    }


def test_a_place_at_another_time_than_its_class():
    ClassSession.objects.update(ends_at=F("ends_at") - HOUR / 2)
    assert violations() == {"bookings-place-agrees-with-session": 1}


def test_a_visit_that_ends_with_another_hour():
    Visit.objects.filter(bookings__kind="place").update(ends_at=at(23))
    assert violations() == {"bookings-visit-spans-its-bookings": 2}


def test_a_visit_without_bookings(alice, clock):
    Visit.objects.create(
        client=alice,
        source=Source.DESK,
        starts_at=at(9),
        ends_at=at(10),
        created_at=clock.now,
    )
    assert violations() == {"bookings-visit-spans-its-bookings": 1}


def test_a_hold_on_another_provider(freja):
    Hold.objects.update(provider=freja)
    assert violations() == {"bookings-hold-keeps-its-own-time": 1}
