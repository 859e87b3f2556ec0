"""Locks on sales, sessions, providers, holds and bookings."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import HoldGone, SessionFull, WrongStatus
from bookings.holds import (
    extend_hold,
    forget_old_holds,
    place_hold,
    release_hold,
    renew_hold,
    save_details,
)
from bookings.lines import Line
from bookings.models import Booking, BookingStatus, ClassSession, Hold, Visit
from bookings.scheduling import schedule_place, set_status
from bookings.sessions import create_session
from catalogue.models import Provider, Resource, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from foundation.models import User
from sales.marking import mark_arrived, mark_no_show, return_no_show_points
from sales.models import Sale
from sales.moving import move_visit
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    book,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]

AN_HOUR = dt.timedelta(hours=1)


@pytest.fixture
def session(clock: Clock) -> ClassSession:
    """One place, in an hour."""
    provider = ProviderFactory()
    service = ClassServiceFactory(providers=[provider], places=1)
    return create_session(
        service=service, provider=provider, starts_at=clock.now + AN_HOUR, actor=None
    )


def take_place(client: Client, session: ClassSession) -> Visit:
    return schedule_place(
        client=client, session=session, places=1, source="online", note="", actor=None
    )


@pytest.fixture
def booking(alice: Client, massage: Service, clock: Clock) -> Booking:
    """Alice's massage, which has begun."""
    visit = book(alice, massage, clock.now + AN_HOUR)
    clock.advance(hours=1, minutes=10)
    return visit.bookings.get()


def test_the_last_place_is_seen_to_be_taken(
    alice: Client, bob: Client, session: ClassSession
) -> None:
    outcome = after_rival(lambda: take_place(alice, session), lambda: take_place(bob, session))

    assert isinstance(outcome.result, SessionFull)
    assert outcome.result.params["left"] == 0


def test_a_status_is_changed_from_where_the_booking_stands(booking: Booking) -> None:
    outcome = after_rival(
        lambda: set_status(booking=booking, status=BookingStatus.CANCELLED, actor=None),
        lambda: set_status(booking=booking, status=BookingStatus.ARRIVED, actor=None),
    )

    assert isinstance(outcome.result, WrongStatus)


def test_a_mark_is_made_from_where_the_booking_stands(booking: Booking) -> None:
    outcome = after_rival(
        lambda: set_status(booking=booking, status=BookingStatus.CANCELLED, actor=None),
        lambda: mark_no_show(booking=booking, actor=None),
    )

    assert isinstance(outcome.result, WrongStatus)


def test_a_move_waits_for_who_holds_a_booking(booking: Booking) -> None:
    outcome = after_rival(
        lambda: set_status(booking=booking, status=BookingStatus.ARRIVED, actor=None),
        lambda: move_visit(
            visit=booking.visit,
            starts_at=booking.starts_at + 24 * AN_HOUR,
            form_token=new_form_token(),
            actor=None,
        ),
    )

    assert isinstance(outcome.result, WrongStatus)


def test_a_visit_waits_for_who_holds_its_sale(booking: Booking) -> None:
    outcome = after_rival(
        lambda: lock_one(Sale.objects.all(), booking.visit.sale.pk),
        lambda: mark_arrived(booking=booking, actor=None),
    )

    assert outcome.waited


def test_returning_the_points_of_a_no_show_waits_for_who_undoes_it(
    booking: Booking, maria: User
) -> None:
    outcome = after_rival(
        lambda: lock_one(Sale.objects.all(), booking.visit.sale.pk),
        lambda: return_no_show_points(booking=booking, actor=maria),
    )

    assert outcome.waited


def test_cancelling_waits_for_the_sale_before_it_holds_a_booking(booking: Booking) -> None:
    outcome = after_rival(
        lambda: lock_one(Sale.objects.all(), booking.visit.sale.pk),
        lambda: cancel_visit(visit=booking.visit, actor=None),
        then=lambda: lock_one(Booking.objects.all(), booking.pk),
    )

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_cancelling_waits_for_the_session_before_it_holds_a_place(
    alice: Client, session: ClassSession
) -> None:
    visit = take_place(alice, session)

    outcome = after_rival(
        lambda: lock_one(ClassSession.objects.all(), session.pk),
        lambda: cancel_visit(visit=visit, actor=None),
        then=lambda: lock_one(Booking.objects.all(), visit.bookings.get().pk),
    )

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_a_place_waits_for_who_holds_its_session(
    alice: Client, session: ClassSession, clock: Clock
) -> None:
    taken = take_place(alice, session).bookings.get()

    outcome = after_rival(
        lambda: lock_one(ClassSession.objects.all(), session.pk),
        lambda: set_status(booking=taken, status=BookingStatus.ARRIVED, actor=None),
    )

    assert outcome.waited


def test_who_wants_time_waits_for_who_holds_the_provider(massage: Service, clock: Clock) -> None:
    provider = massage.providers.get()

    outcome = after_rival(
        lambda: lock_one(Provider.objects.all(), provider.pk),
        lambda: place_hold(lines=[Line(massage, provider)], starts_at=clock.now + AN_HOUR * 2),
    )

    assert outcome.waited
    assert isinstance(outcome.result, Hold)


def test_who_wants_time_waits_for_who_holds_the_room(massage: Service, clock: Clock) -> None:
    room = ResourceFactory(kind=ResourceKindFactory(services=[massage]))

    outcome = after_rival(
        lambda: lock_one(Resource.objects.all(), room.pk),
        lambda: place_hold(lines=[Line(massage)], starts_at=clock.now + AN_HOUR * 2),
    )

    assert outcome.waited
    assert isinstance(outcome.result, Hold)


@pytest.fixture
def hold(massage: Service, clock: Clock) -> Hold:
    return place_hold(lines=[Line(massage)], starts_at=clock.now + AN_HOUR * 2)


def test_what_two_pages_typed_is_all_kept(hold: Hold) -> None:
    after_rival(
        lambda: save_details(hold=hold, details={"first_name": "Greta"}),
        lambda: save_details(hold=hold, details={"note": "Window seat"}),
    )

    hold.refresh_from_db()
    assert hold.details == {"first_name": "Greta", "note": "Window seat"}


def test_extending_twice_at_once_extends_twice(hold: Hold) -> None:
    outcome = after_rival(lambda: extend_hold(hold=hold), lambda: extend_hold(hold=hold))

    assert outcome.result.expires_at == hold.expires_at + dt.timedelta(minutes=20)


def test_a_hold_that_is_being_given_up_is_not_renewed(hold: Hold, clock: Clock) -> None:
    clock.advance(minutes=11)

    outcome = after_rival(lambda: release_hold(hold=hold), lambda: renew_hold(hold=hold))

    assert isinstance(outcome.result, HoldGone)


def test_a_hold_that_is_being_extended_is_not_taken_over(
    hold: Hold, massage: Service, clock: Clock
) -> None:
    clock.advance(minutes=11)

    outcome = after_rival(
        lambda: lock_one(Hold.objects.all(), hold.pk),
        lambda: place_hold(lines=[Line(massage)], starts_at=hold.starts_at),
    )

    assert outcome.waited


def test_an_old_hold_that_is_kept_meanwhile_is_not_forgotten(hold: Hold, clock: Clock) -> None:
    clock.advance(days=2)
    later = clock.now + AN_HOUR

    def keep() -> None:
        Hold.objects.update(expires_at=later, latest_expiry=later)

    outcome = after_rival(keep, forget_old_holds)

    assert outcome.result == 0
    assert Hold.objects.filter(pk=hold.pk).exists()
