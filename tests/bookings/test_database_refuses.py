"""Each invariant of bookings with the commands bypassed: the database refuses, on both engines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, ProtectedError

from bookings.lines import Line
from bookings.models import (
    Booking,
    ClassSession,
    Hold,
    Occupation,
    OccupationKind,
    Source,
    Visit,
)
from bookings.scheduling import schedule_place, schedule_visit
from catalogue.models import Provider
from foundation.audit import load_checks
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from tests.bookings.conftest import at

pytestmark = pytest.mark.django_db


def refused(action: Callable[[], Any]) -> str:
    """The name of what refused ``action``, as the database tells it."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        action()
    return violated_constraint(error.value)


def execute(sql: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def off(provider: Provider, starts_at: dt.datetime, ends_at: dt.datetime) -> Occupation:
    return Occupation(
        provider=provider, kind=OccupationKind.TIME_OFF, starts_at=starts_at, ends_at=ends_at
    )


@pytest.fixture
def visit(haircut, alice) -> Visit:
    """Alice's haircut on Wednesday, 10–11."""
    return schedule_visit(
        client=alice,
        lines=[Line(haircut)],
        starts_at=at(10),
        source=Source.ONLINE,
        note="",
        actor=None,
    )


# --- no overlap -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        (at(10), at(11)),
        (at(9, 30), at(10, 1)),
        (at(10, 59), at(12)),
        (at(10, 15), at(10, 30)),
        (at(9), at(12)),
    ],
    ids=["same", "into", "out-of", "inside", "around"],
)
def test_an_overlap_is_refused(visit, freja, starts_at, ends_at):
    assert "occupation_no_overlap" in refused(off(freja, starts_at, ends_at).save)


def test_touching_is_no_overlap(visit, freja, ville):
    off(freja, at(9), at(10)).save()
    off(freja, at(11), at(12)).save()
    off(ville, at(10), at(11)).save()
    assert Occupation.objects.count() == 4


def test_fractions_of_a_second_count(visit, freja):
    """SQLite compares instants as text: the form with and that without fractions must agree."""
    last = at(11) - dt.timedelta(microseconds=1)
    assert "occupation_no_overlap" in refused(off(freja, last, at(12)).save)
    off(freja, at(11), at(11) + dt.timedelta(microseconds=1)).save()


def test_bulk_create_is_refused(visit, freja):
    rows = [off(freja, at(13), at(14)), off(freja, at(13, 30), at(14, 30))]
    assert "occupation_no_overlap" in refused(lambda: Occupation.objects.bulk_create(rows))


def test_moving_by_update_is_refused(visit, freja):
    later = off(freja, at(11), at(12))
    later.save()
    rows = Occupation.objects.filter(pk=later.pk)
    assert "occupation_no_overlap" in refused(lambda: rows.update(starts_at=at(10, 30)))


def test_giving_it_to_a_busy_provider_is_refused(visit, freja, ville):
    other = off(ville, at(10), at(11))
    other.save()
    rows = Occupation.objects.filter(pk=other.pk)
    assert "occupation_no_overlap" in refused(lambda: rows.update(provider=freja))


def test_raw_sql_is_refused(visit, freja):
    copy = (
        "INSERT INTO bookings_occupation (provider_id, kind, starts_at, ends_at, reason)"
        " SELECT provider_id, 'time_off', starts_at, ends_at, '' FROM bookings_occupation"
    )
    assert "occupation_no_overlap" in refused(lambda: execute(copy))


def test_without_the_guard_somebody_is_booked_twice(visit, freja):
    """The negative control: switched off, the harm comes about, and the audit sees it."""
    check = load_checks()["bookings-no-overlap"]
    assert check().violations == []
    with transaction.atomic():
        connection.check_constraints()  # PostgreSQL alters no table that owes it a check
        drop_guards(["bookings_occupation"])
        twice = off(freja, at(10, 30), at(11, 30))
        twice.save()
        assert check().violations == [
            f"occupation {twice.pk} overlaps an earlier one of provider {freja.pk}"
        ]
        transaction.set_rollback(True)


# --- places -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: ClassSession.objects.update(booked_places=4),
        lambda: ClassSession.objects.update(booked_places=F("booked_places") + 2),
        lambda: ClassSession.objects.update(places=1),
        lambda: execute("UPDATE bookings_classsession SET booked_places = 9"),
    ],
    ids=["set", "add", "fewer-places", "raw"],
)
def test_more_places_than_there_are_is_refused(session, alice, change):
    schedule_place(
        client=alice, session=session, places=2, source=Source.ONLINE, note="", actor=None
    )
    assert "session_places_suffice" in refused(change)


def test_fewer_than_no_places_is_refused(session):
    """Giving back twice what was taken once."""
    give = ClassSession.objects.filter(pk=session.pk)
    assert "booked_places" in refused(lambda: give.update(booked_places=F("booked_places") - 1))


# --- shapes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "change", "constraint"),
    [
        (Occupation, {"ends_at": F("starts_at")}, "occupation_ends_later"),
        (Occupation, {"kind": "time_off"}, "occupation_of_one_thing"),
        (Occupation, {"booking": None}, "occupation_of_one_thing"),
        (Occupation, {"kind": "nothing"}, "occupation_of_one_thing"),
        (Booking, {"status": "gone"}, "booking_status_known"),
        (Booking, {"kind": "place"}, "booking_kind_has_its_parts"),
        (Booking, {"ends_at": F("starts_at")}, "booking_times_in_order"),
        (Booking, {"blocked_from": at(10, 1)}, "booking_times_in_order"),
        (Booking, {"blocked_to": at(10, 59)}, "booking_times_in_order"),
        (Booking, {"places": 0}, "booking_has_places"),
        (Visit, {"ends_at": F("starts_at")}, "visit_ends_later"),
        (Visit, {"client": None}, "visit_has_client"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(visit, rows, change, constraint):
    assert constraint in refused(lambda: rows.objects.update(**change))


def test_a_session_that_ends_before_it_begins_is_refused(session):
    assert "session_ends_later" in refused(
        lambda: ClassSession.objects.update(ends_at=F("starts_at"))
    )


def test_a_hold_without_end_is_refused(haircut, clock):
    hold = Hold(
        service=haircut,
        starts_at=at(10),
        ends_at=at(11),
        expires_at=clock.now + dt.timedelta(hours=9),
        latest_expiry=clock.now,
        created_at=clock.now,
    )
    assert "hold_has_an_end" in refused(hold.save)


def test_what_was_booked_cannot_be_deleted(visit, session):
    booking = visit.bookings.get()
    for row in (visit, booking, booking.service, booking.provider, visit.client, session):
        with pytest.raises(ProtectedError):
            row.delete()


def test_a_booking_has_one_occupation(visit, ville):
    second = Occupation(
        provider=ville,
        kind=OccupationKind.BOOKING,
        booking=visit.bookings.get(),
        starts_at=at(15),
        ends_at=at(16),
    )
    assert "booking_id" in refused(second.save)
