from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookings.errors import (
    AlreadyBooked,
    InThePast,
    NotOffered,
    OutsideHours,
    SessionFull,
    SessionOver,
    SlotTaken,
    WrongStatus,
)
from bookings.lines import Line
from bookings.models import Booking, BookingStatus, ClassSession, Occupation, Source, Visit
from bookings.scheduling import NEXT_STATUSES, schedule_place, schedule_visit, set_status
from catalogue.archive import archive_service
from catalogue.models import Provider, Service
from clients.models import Client
from tests.bookings.conftest import SUNDAY, TUESDAY, at
from tests.factories import ClientFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def book(
    client: Client,
    service: Service,
    starts_at: dt.datetime,
    provider: Provider | None = None,
    **options: Any,
) -> Visit:
    return schedule_visit(
        **{"client": client, "lines": [Line(service, provider)], "starts_at": starts_at}
        | {"source": Source.ONLINE, "note": "", "actor": None}
        | options
    )


def take_places(client: Client, session: ClassSession, places: int = 1, **options: Any) -> Visit:
    return schedule_place(
        **{"client": client, "session": session, "places": places}
        | {"source": Source.ONLINE, "note": "", "actor": None}
        | options
    )


def statuses(visit: Visit) -> list[str]:
    return list(visit.bookings.values_list("status", flat=True))


# --- appointments -----------------------------------------------------------------------------


def test_schedule_visit_writes_visit_booking_and_occupation(freja, alice, clock):
    colour = ServiceFactory(
        name_en="Colour",
        name_da="Farve",
        minutes=90,
        buffer_after=15,
        price_minor=9500,
        providers=[freja],
    )

    visit = book(alice, colour, at(10), provider=freja, note=" By the window ", actor=alice.user)

    assert (visit.client, visit.source, visit.note) == (alice, "online", "By the window")
    assert (visit.starts_at, visit.ends_at, visit.created_at) == (at(10), at(11, 30), clock.now)
    assert visit.created_by == alice.user
    booking = visit.bookings.get()
    assert (booking.kind, booking.service, booking.provider) == ("appointment", colour, freja)
    assert (booking.service_name_en, booking.service_name_da) == ("Colour", "Farve")
    assert (booking.places, booking.price_minor, booking.status) == (1, 9500, "booked")
    assert (booking.starts_at, booking.ends_at) == (at(10), at(11, 30))
    assert (booking.blocked_from, booking.blocked_to) == (at(10), at(11, 45))
    occupation = booking.occupation
    assert (occupation.provider, occupation.starts_at, occupation.ends_at) == (
        freja,
        at(10),
        at(11, 45),
    )


def test_what_was_booked_keeps_its_name_and_price(haircut, alice):
    visit = book(alice, haircut, at(10))
    Service.objects.update(name_en="Trim", price_minor=1)
    booking = visit.bookings.get()
    assert (booking.service_name, booking.price_minor) == ("Haircut", 7200)


def test_anyone_means_who_has_least_to_do(massage, freja, ville, alice):
    names = [book(alice, massage, at(hour)).bookings.get().provider.name for hour in (9, 11, 13)]
    assert names == ["Freja", "Ville", "Freja"]


def test_anyone_means_whoever_is_free(massage, freja, ville, alice, bob):
    book(alice, massage, at(10), provider=ville)
    assert book(bob, massage, at(10)).bookings.get().provider == freja
    with pytest.raises(SlotTaken):
        book(bob, massage, at(10))


def test_a_taken_time_is_refused_with_the_nearest(haircut, freja, alice, bob):
    book(alice, haircut, at(10))
    with pytest.raises(SlotTaken) as error:
        book(bob, haircut, at(10, 30), provider=freja)
    assert [slot.starts_at for slot in error.value.nearest] == [at(11), at(11, 15), at(11, 30)]
    assert Visit.objects.count() == 1


def test_the_website_follows_the_rules(haircut, alice):
    with pytest.raises(OutsideHours):
        book(alice, haircut, at(19))
    with pytest.raises(InThePast):
        book(alice, haircut, at(10, day=TUESDAY))


def test_staff_may_book_what_has_begun_and_nothing_that_is_over(
    haircut, freja, alice, daisy, clock
):
    """A visit in the past would earn points at once, past every limit of a hand correction."""
    clock.move_to(at(10, 10))
    options = {"provider": freja, "source": Source.DESK, "actor": daisy, "for_staff": True}
    visit = book(alice, haircut, at(9, 50), **options)
    assert (visit.source, visit.created_by) == ("desk", daisy)
    with pytest.raises(InThePast):
        book(alice, haircut, at(9, day=TUESDAY), **options)


def test_staff_may_book_on_a_day_off_but_never_over_something(haircut, freja, alice, bob):
    options = {"provider": freja, "for_staff": True}
    book(alice, haircut, at(10, day=SUNDAY), **options)
    with pytest.raises(SlotTaken):
        book(bob, haircut, at(10, 59, day=SUNDAY), **options)
    book(bob, haircut, at(11, day=SUNDAY), **options)


def test_an_archived_service_is_refused_though_the_page_still_had_it(haircut, alice):
    stale = Service.objects.get(pk=haircut.pk)
    archive_service(service=haircut, actor=None)
    with pytest.raises(NotOffered):
        book(alice, stale, at(10))


def test_a_class_is_no_appointment(yoga, freja, alice):
    with pytest.raises(NotOffered):
        book(alice, yoga, at(10), provider=freja, for_staff=True)


# --- places -----------------------------------------------------------------------------------


def test_schedule_place_counts_the_places(session, alice, clock):
    visit = take_places(alice, session, 2, note="With Bo")

    session.refresh_from_db()
    assert (session.booked_places, session.places_left) == (2, 1)
    booking = visit.bookings.get()
    assert (booking.kind, booking.session, booking.provider) == (
        "place",
        session,
        session.provider,
    )
    assert (booking.places, booking.price_minor) == (2, 3600)
    assert (visit.starts_at, visit.ends_at) == (session.starts_at, session.ends_at)
    assert visit.note == "With Bo"
    assert not Occupation.objects.filter(booking=booking).exists()


def test_a_full_session_says_what_is_left(session, alice, bob):
    take_places(alice, session, 2)
    with pytest.raises(SessionFull) as error:
        take_places(bob, session, 2)
    assert error.value.params == {"left": 1}
    take_places(bob, session, 1)
    with pytest.raises(SessionFull) as error:
        take_places(ClientFactory(), session, 1)
    assert error.value.params == {"left": 0}
    session.refresh_from_db()
    assert session.booked_places == 3


@pytest.mark.parametrize("places", [0, -1])
def test_no_place_is_no_booking(session, alice, places):
    with pytest.raises(SessionFull):
        take_places(alice, session, places)
    assert not Visit.objects.exists()


def test_one_client_has_one_booking_in_a_session(session, alice):
    first = take_places(alice, session)
    with pytest.raises(AlreadyBooked):
        take_places(alice, session)

    set_status(booking=first.bookings.get(), status=BookingStatus.CANCELLED, actor=None)
    take_places(alice, session)


def test_the_website_books_until_the_class_begins_and_the_desk_until_it_ends(
    session, alice, bob, clock
):
    clock.move_to(session.starts_at - dt.timedelta(minutes=1))
    take_places(alice, session)  # no notice: the class takes place anyway
    clock.advance(minutes=1)
    with pytest.raises(SessionOver):
        take_places(bob, session)
    take_places(bob, session, source=Source.DESK)
    clock.move_to(session.ends_at)
    with pytest.raises(SessionOver):
        take_places(ClientFactory(), session, source=Source.DESK)


def test_a_cancelled_session_takes_nobody(session, alice, clock):
    ClassSession.objects.update(cancelled_at=clock.now)
    with pytest.raises(SessionOver):
        take_places(alice, session, source=Source.DESK)


def test_a_class_withdrawn_from_the_website_is_booked_at_the_desk(session, alice):
    Service.objects.filter(pk=session.service_id).update(online=False)
    with pytest.raises(NotOffered):
        take_places(alice, session)
    take_places(alice, session, source=Source.DESK)


def test_an_archived_class_takes_nobody(session, alice):
    archive_service(service=session.service, actor=None)
    with pytest.raises(NotOffered):
        take_places(alice, session, source=Source.DESK)


# --- status -----------------------------------------------------------------------------------

ALLOWED = {
    ("booked", "arrived"),
    ("booked", "started"),
    ("booked", "completed"),
    ("booked", "cancelled"),
    ("booked", "no_show"),
    ("arrived", "started"),
    ("arrived", "completed"),
    ("arrived", "cancelled"),
    ("arrived", "no_show"),
    ("started", "completed"),
    ("started", "cancelled"),
    ("completed", "cancelled"),
    ("completed", "no_show"),
}


@pytest.mark.parametrize("before", BookingStatus.values)
@pytest.mark.parametrize("after", BookingStatus.values)
def test_every_change_of_status(haircut, alice, daisy, clock, before, after):
    booking = book(alice, haircut, at(10)).bookings.get()
    Booking.objects.update(status=before)
    clock.advance(minutes=5)
    if before == after:
        unchanged = set_status(booking=booking, status=after, actor=daisy)
        assert unchanged.status_changed_by is None
    elif (before, after) in ALLOWED:
        set_status(booking=booking, status=after, actor=daisy)
        booking.refresh_from_db()
        assert (booking.status, booking.status_changed_at, booking.status_changed_by) == (
            after,
            clock.now,
            daisy,
        )
    else:
        with pytest.raises(WrongStatus) as error:
            set_status(booking=booking, status=after, actor=daisy)
        assert str(BookingStatus(before).label) in str(error.value)
        booking.refresh_from_db()
        assert booking.status == before


def test_every_status_has_its_row():
    assert set(NEXT_STATUSES) == set(BookingStatus.values)


def test_cancelling_frees_the_time(haircut, alice, bob):
    booking = book(alice, haircut, at(10)).bookings.get()

    set_status(booking=booking, status=BookingStatus.CANCELLED, actor=alice.user, by_client=True)

    booking.refresh_from_db()
    assert booking.cancelled_by_client
    assert not Occupation.objects.exists()
    book(bob, haircut, at(10))


def test_a_no_show_keeps_its_time(haircut, alice, bob):
    booking = book(alice, haircut, at(10)).bookings.get()
    set_status(booking=booking, status=BookingStatus.NO_SHOW, actor=None)
    with pytest.raises(SlotTaken):
        book(bob, haircut, at(10))


def test_cancelling_gives_the_places_back_once(session, alice):
    booking = take_places(alice, session, 2).bookings.get()
    for _ in range(2):
        set_status(booking=booking, status=BookingStatus.CANCELLED, actor=None)
    session.refresh_from_db()
    assert session.booked_places == 0


def test_set_status_decides_on_the_row_and_not_on_what_the_page_had(haircut, alice):
    stale = book(alice, haircut, at(10)).bookings.get()
    set_status(booking=stale, status=BookingStatus.CANCELLED, actor=None)
    stale.status = BookingStatus.BOOKED
    with pytest.raises(WrongStatus):
        set_status(booking=stale, status=BookingStatus.ARRIVED, actor=None)
