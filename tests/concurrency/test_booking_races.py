"""One time and one place, many hands (reliability F25, F26).

Each race has a twin with the protection off: with the database's refusal left there is still one
winner, without it somebody is booked twice. So the first tests mean something.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from bookings.errors import HoldGone, SessionFull, SlotTaken, WrongStatus
from bookings.holds import extend_hold, place_hold
from bookings.lines import Line
from bookings.models import (
    Booking,
    BookingStatus,
    ClassSession,
    Hold,
    Occupation,
    OccupationKind,
    Source,
    Visit,
)
from bookings.occupying import claiming
from bookings.scheduling import schedule_place, schedule_visit, set_status
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock as project_clock
from foundation.audit import load_checks
from foundation.guards import drop_guards
from tests.concurrency.racing import lost, race, wait_until_somebody_waits, won
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
)

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

RACERS = 8
HOUR = dt.timedelta(hours=1)
TEN = dt.datetime(2025, 11, 5, 8, tzinfo=dt.UTC)  # 10:00 in Helsinki


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def haircut(freja: Provider) -> Service:
    return ServiceFactory(name_en="Haircut", providers=[freja])


@pytest.fixture
def session(freja: Provider) -> ClassSession:
    """A class with one place."""
    yoga = ClassServiceFactory(places=1)
    return create_session(service=yoga, provider=freja, starts_at=TEN, actor=None)


def booker(
    service: Service, starts_at: dt.datetime = TEN, hold: Hold | None = None
) -> Callable[[], Visit]:
    client = ClientFactory()
    return lambda: schedule_visit(
        client=client,
        lines=[Line(service)],
        starts_at=starts_at,
        source=Source.ONLINE,
        note="",
        actor=None,
        hold=hold,
    )


def placer(session: ClassSession, client: Client | None = None) -> Callable[[], Visit]:
    person = client or ClientFactory()
    return lambda: schedule_place(
        client=person, session=session, places=1, source=Source.ONLINE, note="", actor=None
    )


def violations() -> list[str]:
    checks = load_checks().items()
    return [
        line for name, run in checks if name.startswith("bookings-") for line in run().violations
    ]


# --- the last slot ----------------------------------------------------------------------------


def test_one_slot_is_booked_once_and_the_losers_get_others(haircut: Service) -> None:
    for hours in range(6):
        starts_at = TEN + hours * HOUR

        results = race(*[booker(haircut, starts_at) for _ in range(RACERS)])

        assert len(won(results)) == 1
        assert {type(error) for error in lost(results)} == {SlotTaken}
        assert all(error.nearest for error in lost(results))  # type: ignore[attr-defined]
    assert Visit.objects.count() == Occupation.objects.count() == 6
    assert violations() == []


def test_who_wants_the_same_provider_waits_before_writing(
    haircut: Service, freja: Provider
) -> None:
    """The lock at work, with nothing written yet that the constraint could wait for. Without it
    eight inserts at once ended in a deadlock one time in ten."""
    booking = booker(haircut)
    locked = threading.Event()

    def look_and_leave() -> None:
        with (
            transaction.atomic(),
            claiming(provider_id=freja.pk, starts_at=TEN, ends_at=TEN + HOUR),
        ):
            locked.set()
            wait_until_somebody_waits()

    def book() -> Visit:
        assert locked.wait(10)
        return booking()

    assert [type(each) for each in race(look_and_leave, book)] == [type(None), Visit]


def test_anyone_available_fills_every_provider_and_not_one_more() -> None:
    """Who loses a race for one provider is given the next."""
    team = ProviderFactory.create_batch(3)
    massage = ServiceFactory(providers=team)

    results = race(*[booker(massage) for _ in range(RACERS)])

    assert len(won(results)) == 3
    assert {type(error) for error in lost(results)} == {SlotTaken}
    providers = Occupation.objects.values_list("provider_id", flat=True)
    assert sorted(providers) == sorted(each.pk for each in team)
    assert violations() == []


def test_a_hold_races_a_booking(haircut: Service, freja: Provider) -> None:
    def hold() -> Hold:
        return place_hold(lines=[Line(haircut, freja)], starts_at=TEN)

    results = race(hold, booker(haircut), hold, booker(haircut))

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {SlotTaken}
    assert Occupation.objects.count() == 1


def test_one_hold_becomes_one_visit(haircut: Service, freja: Provider) -> None:
    """Two tabs, two forms, one held time."""
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=TEN)

    results = race(*[booker(haircut, hold=hold) for _ in range(RACERS)])

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {SlotTaken}
    assert violations() == []


def test_an_expired_hold_is_taken_over_once(
    haircut: Service, freja: Provider, clock: Clock
) -> None:
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=TEN)
    clock.advance(minutes=10)

    *results, extended = race(
        *[booker(haircut) for _ in range(RACERS)], lambda: extend_hold(hold=hold)
    )

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {SlotTaken}
    assert isinstance(extended, HoldGone)
    assert violations() == []


def test_a_booking_is_cancelled_or_missed_and_never_both(haircut: Service) -> None:
    booking = booker(haircut)().bookings.get()

    def mark(status: BookingStatus) -> Callable[[], Booking]:
        return lambda: set_status(booking=booking, status=status, actor=None)

    cancel, miss = mark(BookingStatus.CANCELLED), mark(BookingStatus.NO_SHOW)
    results = race(*[cancel, miss] * 4)

    assert len(won(results)) == 4
    assert {each.status for each in won(results)} < {"cancelled", "no_show"}
    assert {type(error) for error in lost(results)} == {WrongStatus}
    assert violations() == []


# --- the last slot, protection off ------------------------------------------------------------


def _check_then_take(freja: Provider) -> Callable[[], Occupation]:
    """What a command without our lock would do: look, then write what looked free."""
    both_looked = threading.Barrier(2)

    def take() -> Occupation:
        with transaction.atomic():
            assert not Occupation.objects.touching(TEN, TEN + HOUR).exists()
            both_looked.wait(10)
            return Occupation.objects.create(
                provider=freja,
                kind=OccupationKind.TIME_OFF,
                starts_at=TEN,
                ends_at=TEN + HOUR,
            )

    return take


def test_without_the_lock_the_database_still_refuses(freja: Provider) -> None:
    """But it may do so by a deadlock: that is what the lock is for."""
    take = _check_then_take(freja)

    results = race(take, take)

    assert len(won(results)) == 1
    assert isinstance(lost(results)[0], IntegrityError | OperationalError)
    assert violations() == []


def test_without_lock_and_constraint_somebody_is_booked_twice(freja: Provider) -> None:
    drop_guards(["bookings_occupation"])  # the reset after the test puts them back
    take = _check_then_take(freja)

    results = race(take, take)

    assert len(won(results)) == 2
    assert len(violations()) == 1


# --- the last place ---------------------------------------------------------------------------


def test_the_last_place_is_booked_once(session: ClassSession) -> None:
    results = race(*[placer(session) for _ in range(RACERS)])

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {SessionFull}
    assert {error.params["left"] for error in lost(results)} == {0}  # type: ignore[attr-defined]
    session.refresh_from_db()
    assert session.booked_places == 1
    assert violations() == []


def test_one_client_clicking_twice_gets_one_place(session: ClassSession) -> None:
    ClassSession.objects.update(places=5)
    alice = ClientFactory()

    results = race(*[placer(session, alice) for _ in range(4)])

    assert len(won(results)) == 1
    assert {error.code for error in lost(results)} == {"already-booked"}  # type: ignore[attr-defined]


def test_cancelling_at_once_gives_the_place_back_once(session: ClassSession) -> None:
    booking = placer(session)().bookings.get()

    def cancel() -> Booking:
        return set_status(booking=booking, status=BookingStatus.CANCELLED, actor=None)

    results = race(*[cancel for _ in range(RACERS)])

    assert len(won(results)) == RACERS
    session.refresh_from_db()
    assert session.booked_places == 0


def test_a_place_given_back_while_others_book(session: ClassSession) -> None:
    """Cancelling and booking take session and booking in one order: nobody deadlocks."""
    for _ in range(5):
        booking = Booking.objects.filter(session=session, status="booked").first()
        standing = booking or placer(session)().bookings.get()
        results = race(
            lambda taken=standing: set_status(
                booking=taken, status=BookingStatus.CANCELLED, actor=None
            ),
            *[placer(session) for _ in range(4)],
        )
        assert {type(error) for error in lost(results)} <= {SessionFull}
        assert violations() == []


def _read_then_book(session: ClassSession, *, by_database: bool) -> Callable[[], Booking]:
    """What a command without our lock would do with the place that it saw free."""
    both_looked = threading.Barrier(2)

    def book() -> Booking:
        client = ClientFactory()
        with transaction.atomic():
            seen = ClassSession.objects.get(pk=session.pk)
            assert seen.places_left == 1
            both_looked.wait(10)
            rows = ClassSession.objects.filter(pk=session.pk)
            if by_database:
                rows.update(booked_places=F("booked_places") + 1)
            else:
                rows.update(booked_places=seen.booked_places + 1)
            now = project_clock.now()
            visit = Visit.objects.create(
                client=client,
                source=Source.ONLINE,
                starts_at=seen.starts_at,
                ends_at=seen.ends_at,
                created_at=now,
            )
            return Booking.objects.create(
                visit=visit,
                kind="place",
                service_id=seen.service_id,
                provider_id=seen.provider_id,
                session=seen,
                service_name_en="Yoga",
                price_minor=0,
                starts_at=seen.starts_at,
                ends_at=seen.ends_at,
                blocked_from=seen.starts_at,
                blocked_to=seen.ends_at,
                status_changed_at=now,
            )

    return book


def test_without_the_lock_a_counted_place_is_refused_by_the_database(
    session: ClassSession,
) -> None:
    book = _read_then_book(session, by_database=True)

    results = race(book, book)

    assert len(won(results)) == 1
    assert isinstance(lost(results)[0], IntegrityError)
    assert violations() == []


def test_without_the_lock_a_place_counted_by_hand_is_sold_twice(session: ClassSession) -> None:
    """Both write "1 booked", and the CHECK has nothing to say against that."""
    book = _read_then_book(session, by_database=False)

    results = race(book, book)

    assert len(won(results)) == 2
    assert len(violations()) == 1


def test_sixteen_connections_and_no_deadlock(freja: Provider, haircut: Service) -> None:
    """Overlapping times and a class of one provider, all wanted at once."""
    yoga = ClassServiceFactory(providers=[freja])
    quarter = dt.timedelta(minutes=15)
    racers: list[Callable[[], object]] = [
        booker(haircut, TEN + quarter * (n % 8)) for n in range(14)
    ]
    racers += [lambda: create_session(service=yoga, provider=freja, starts_at=TEN, actor=None)] * 2

    results = race(*racers)

    assert {type(error) for error in lost(results)} == {SlotTaken}
    assert 1 <= len(won(results)) <= 3
    assert violations() == []
