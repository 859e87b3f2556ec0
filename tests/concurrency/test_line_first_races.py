"""A place or a time becomes free while somebody waits for it and strangers press all the time.

Each race has a twin with the protection off, in which a stranger gets it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from bookings import availability, placing, scheduling
from bookings.errors import SessionFull, SlotTaken
from bookings.lines import Line
from bookings.models import ClassSession, Source, Visit, WaitingPlace
from bookings.sessions import create_session
from catalogue.models import Service
from foundation.form_tokens import new_form_token
from sales.offers import serve_waiting_lists
from sales.visits import book_place, book_visit, cancel_visit
from sales.waiting import wait_for_day, wait_for_session
from tests.concurrency.contests import violations
from tests.concurrency.racing import lost, race
from tests.concurrency.watching import count_deadlocks
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
)

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

FRIDAY = dt.date(2025, 11, 7)
TEN = dt.datetime(2025, 11, 7, 8, tzinfo=dt.UTC)  # in Helsinki
STRANGERS, ROUNDS = 6, 5


def a_class(number: int) -> tuple[ClassSession, Visit, WaitingPlace]:
    """Full with one, and one more in line."""
    service = ClassServiceFactory(providers=[ProviderFactory()], places=1)
    session = create_session(
        service=service,
        provider=service.providers.get(),
        starts_at=TEN + dt.timedelta(hours=number),
        actor=None,
    )
    visit = stranger_in(session)()
    place = wait_for_session(
        client=ClientFactory(),
        guest=None,
        session=session,
        form_token=new_form_token(),
        actor=None,
    )
    return session, visit, place


def stranger_in(session: ClassSession) -> Callable[[], Visit]:
    client = ClientFactory()
    return lambda: book_place(
        client=client,
        guest=None,
        session=session,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


def a_day() -> tuple[Service, Visit, WaitingPlace]:
    """One hour of one person, booked, and one in line for it."""
    provider = ProviderFactory()
    provider.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    service = ServiceFactory(providers=[provider])
    visit = book(ClientFactory(), service, TEN)
    place = wait_for_day(
        client=ClientFactory(),
        guest=None,
        service=service,
        provider=None,
        day=FRIDAY,
        form_token=new_form_token(),
        actor=None,
    )
    return service, visit, place


def stranger_at_ten(service: Service) -> Callable[[], Visit]:
    client = ClientFactory()
    return lambda: book_visit(
        client=client,
        guest=None,
        lines=[Line(service)],
        starts_at=TEN,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


def test_a_freed_place_goes_to_the_line_whoever_presses(db: None) -> None:
    deadlocks = count_deadlocks()
    for number in range(ROUNDS):
        session, visit, place = a_class(number)
        strangers = [stranger_in(session) for _ in range(STRANGERS)]
        results = race(
            *strangers[:3],
            lambda visit=visit: cancel_visit(visit=visit, actor=None),
            serve_waiting_lists,
            *strangers[3:],
        )
        assert [type(each) for each in lost(results)] == [SessionFull] * STRANGERS
        serve_waiting_lists()
        place.refresh_from_db()
        assert place.state == "offered"
    assert count_deadlocks() == deadlocks
    assert violations() == []


def test_without_the_count_a_stranger_gets_the_freed_place(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        scheduling, "places_open_to", lambda session, client_id: session.places_left
    )
    session, visit, place = a_class(0)
    cancel_visit(visit=visit, actor=None)

    results = race(*[stranger_in(session) for _ in range(3)])
    serve_waiting_lists()

    assert len(lost(results)) == 2
    place.refresh_from_db()
    assert place.state == "waiting"


def test_a_freed_time_goes_to_the_line_whoever_presses(db: None) -> None:
    deadlocks = count_deadlocks()
    for _ in range(ROUNDS):
        service, visit, place = a_day()
        strangers = [stranger_at_ten(service) for _ in range(STRANGERS)]
        results = race(
            *strangers[:3],
            lambda visit=visit: cancel_visit(visit=visit, actor=None),
            serve_waiting_lists,
            *strangers[3:],
        )
        assert [type(each) for each in lost(results)] == [SlotTaken] * STRANGERS
        serve_waiting_lists()
        place.refresh_from_db()
        assert place.state == "offered"
    assert count_deadlocks() == deadlocks
    assert violations() == []


def test_without_the_line_first_a_stranger_gets_the_freed_time(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "_leave_to_the_line", lambda calendar: None)
    monkeypatch.setattr(placing, "is_line_unchanged", lambda calendar: True)
    service, visit, place = a_day()
    cancel_visit(visit=visit, actor=None)

    results = race(*[stranger_at_ten(service) for _ in range(3)])
    serve_waiting_lists()

    assert len(lost(results)) == 2
    place.refresh_from_db()
    assert place.state == "waiting"
