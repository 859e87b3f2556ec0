"""The last place of a class, 16 connections, round after round (reliability F26).

Whoever takes a place (books, moves there, takes a cancellation back) goes through one counter. The
twins show what the lock and the CHECK each do: with the CHECK alone there is still one winner,
without either the place is sold more than once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, models

from bookings.changes import mark_to_undo
from bookings.errors import SessionFull
from bookings.models import STANDING, Booking, ClassSession, Source, Visit
from bookings.sessions import create_session
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.marking import undo_mark
from sales.moving import move_place
from sales.visits import book_place, cancel_visit
from tests.concurrency.contests import kinds, violations
from tests.concurrency.racing import (
    CONNECTIONS,
    TIMES,
    Operation,
    lost,
    race_in_rounds,
    won,
)
from tests.concurrency.watching import count_deadlocks
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    turn_on,
)

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
]

ROUNDS, MIXED = 100 * TIMES, 25 * TIMES
FIRST = dt.datetime(2025, 11, 6, 8, tzinfo=dt.UTC)
LENGTH = dt.timedelta(hours=1)


@pytest.fixture
def yoga(db: None) -> Service:
    turn_on("loyalty")
    service = ClassServiceFactory(providers=[ProviderFactory()])
    EarningRuleFactory(service=service, points=30)
    return service


def a_session(yoga: Service, number: int, places: int = 1) -> ClassSession:
    return create_session(
        service=yoga,
        provider=yoga.providers.get(),
        starts_at=FIRST + number * LENGTH,
        places=places,
        actor=None,
    )


def booker(session: ClassSession, client: Client) -> Operation:
    token = new_form_token()
    return lambda: book_place(
        client=client,
        guest=None,
        session=session,
        source=Source.ONLINE,
        form_token=token,
        actor=None,
    )


def mover(visit: Visit, session: ClassSession) -> Operation:
    token = new_form_token()
    return lambda: move_place(visit=visit, session=session, form_token=token, actor=None)


def undoer(visit: Visit, actor: User) -> Operation:
    booking = visit.bookings.get()
    mark = mark_to_undo(booking)
    assert mark is not None
    return lambda: undo_mark(booking=booking, mark=mark, actor=actor)


def places_of(session: ClassSession) -> tuple[int, int]:
    """Counted and standing."""
    session.refresh_from_db()
    return session.booked_places, session.bookings.filter(status__in=STANDING).count()


def test_the_last_place_has_one_winner(yoga: Service) -> None:
    clients = ClientFactory.create_batch(CONNECTIONS)
    deadlocks = count_deadlocks()

    outcomes = race_in_rounds(
        lambda number: [booker(session, each) for session in [a_session(yoga, number)]
                        for each in clients],
        ROUNDS,
    )  # fmt: skip

    assert [kinds(each) for each in outcomes] == [
        {"SessionFull": CONNECTIONS - 1, "Visit": 1}
    ] * ROUNDS
    assert set(ClassSession.objects.values_list("booked_places", flat=True)) == {1}
    assert Booking.objects.count() == ROUNDS
    assert count_deadlocks() == deadlocks
    assert violations() == []


def test_three_places_for_who_books_who_moves_and_who_takes_back(
    yoga: Service, maria: User
) -> None:
    """Eight book, four come from another session, four want their cancelled place again."""
    bookers, movers, returning = (ClientFactory.create_batch(many) for many in (8, 4, 4))
    sessions: list[ClassSession] = []
    deadlocks = count_deadlocks()

    def plan(number: int) -> list[Operation]:
        elsewhere = a_session(yoga, 2 * number, places=4)
        session = a_session(yoga, 2 * number + 1, places=4)
        sessions.append(session)
        there = [booker(elsewhere, each)() for each in movers]
        gone = [booker(session, each)() for each in returning]
        for visit in gone:
            cancel_visit(visit=visit, actor=None)
        ClassSession.objects.filter(pk=session.pk).update(places=3)
        return [
            *[booker(session, each) for each in bookers],
            *[mover(visit, session) for visit in there],
            *[undoer(visit, maria) for visit in gone],
        ][:: 1 if number % 2 else -1]

    outcomes = race_in_rounds(plan, MIXED)

    for round_ in outcomes:
        assert len(won(round_)) == 3
        assert {type(each) for each in lost(round_)} == {SessionFull}
    assert {places_of(session) for session in sessions} == {(3, 3)}
    assert count_deadlocks() == deadlocks
    assert violations() == []


# --- the protections off ----------------------------------------------------------------------


def read(queryset: models.QuerySet[Any], pk: int) -> Any:
    return queryset.get(pk=pk)


@contextmanager
def without_the_check() -> Iterator[None]:
    """The database lets a session have more booked than it has places."""
    table, name = ClassSession._meta.db_table, "session_places_suffice"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
        )
        definition = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            cursor.execute(f"UPDATE {table} SET places = greatest(places, booked_places)")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def race_unlocked(yoga: Service, rounds: int) -> list[list[Any]]:
    clients = ClientFactory.create_batch(CONNECTIONS)
    return race_in_rounds(
        lambda number: [booker(session, each) for session in [a_session(yoga, number)]
                        for each in clients],
        rounds,
    )  # fmt: skip


def test_without_the_lock_the_database_keeps_the_last_place_single(
    yoga: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings.scheduling.lock_one", read)

    outcomes = race_unlocked(yoga, 10)

    assert [len(won(each)) for each in outcomes] == [1] * 10
    assert violations() == []


def test_without_lock_and_check_the_last_place_is_sold_again(
    yoga: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings.scheduling.lock_one", read)

    with without_the_check():
        outcomes = race_unlocked(yoga, 10)

    assert max(len(won(each)) for each in outcomes) > 1
