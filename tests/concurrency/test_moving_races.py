"""Moving and taking back, many hands at once (reliability F30).

Each race has a twin with the protection off: the database's refusal is what is left, and without
that somebody is booked twice, a cancelled visit takes time, or points arrive before the visit.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError

from bookings.changes import mark_to_undo
from bookings.errors import SlotTaken, WrongStatus
from bookings.models import Booking, BookingStatus, Occupation, Visit
from bookings.occupying import lock_and_clear
from bookings.placing import Placed
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.guards import drop_guards
from foundation.models import User
from loyalty.models import Award, AwardState
from loyalty.points import balance_of
from loyalty.sweep import SweepResult, credit_due_awards
from sales.marking import undo_mark
from sales.moving import move_visit
from sales.visits import cancel_visit
from tests.concurrency.contests import kinds, violations
from tests.concurrency.racing import (
    CONNECTIONS,
    TIMES,
    Operation,
    lost,
    race,
    race_in_rounds,
    won,
)
from tests.concurrency.watching import count_deadlocks
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_card,
    turn_on,
)

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.long,
    pytest.mark.django_db(transaction=True),
]

ROUNDS = 20 * TIMES
HALF = CONNECTIONS // 2
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
TEN = dt.datetime(2025, 11, 5, 8, tzinfo=dt.UTC)  # 10:00 in Helsinki


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def massage(freja: Provider) -> Service:
    turn_on("loyalty")
    service = ServiceFactory(providers=[freja])
    EarningRuleFactory(service=service, points=60)
    return service


def mover(visit: Visit, starts_at: dt.datetime, provider: Provider | None = None) -> Operation:
    token = new_form_token()
    return lambda: move_visit(
        visit=visit, starts_at=starts_at, provider=provider, form_token=token, actor=None
    )


def undoer(visit: Visit, actor: User) -> Operation:
    booking = visit.bookings.get()
    mark = mark_to_undo(booking)
    assert mark is not None
    return lambda: undo_mark(booking=booking, mark=mark, actor=actor)


def run(plan: Callable[[int], list[Operation]], rounds: int = ROUNDS) -> list[list[Any]]:
    """Round after round on 16 connections: no deadlock, and a clean audit afterwards."""
    deadlocks = count_deadlocks()
    outcomes = race_in_rounds(plan, rounds)
    assert count_deadlocks() == deadlocks
    assert violations() == []
    return outcomes


def test_one_slot_is_moved_onto_once_and_the_losers_stay_where_they_are(
    massage: Service, freja: Provider
) -> None:
    others = ProviderFactory.create_batch(CONNECTIONS, services=[massage])
    visits = [book(ClientFactory(), massage, TEN, provider=other) for other in others]

    def plan(number: int) -> list[Operation]:
        slot = TEN + (1 + number) * 7 * DAY
        return [mover(visit, slot, freja) for visit in visits]

    outcomes = run(plan)

    for round_ in outcomes:
        assert kinds(round_) == {"SlotTaken": CONNECTIONS - 1, "Visit": 1}
        assert all(error.nearest for error in lost(round_))  # type: ignore[attr-defined]
    assert Occupation.objects.count() == CONNECTIONS


def test_moving_and_booking_want_one_slot(massage: Service, freja: Provider) -> None:
    others = ProviderFactory.create_batch(HALF, services=[massage])
    visits = [book(ClientFactory(), massage, TEN, provider=other) for other in others]
    clients = ClientFactory.create_batch(HALF)

    def plan(number: int) -> list[Operation]:
        slot = TEN + (1 + number) * 7 * DAY
        movers = [mover(visit, slot, freja) for visit in visits]
        bookers = [
            lambda client=client: book(client, massage, slot, provider=freja) for client in clients
        ]
        return [*movers, *bookers][:: 1 if number % 2 else -1]

    for round_ in run(plan):
        assert kinds(round_) == {"SlotTaken": CONNECTIONS - 1, "Visit": 1}


def test_two_that_change_places_never_overlap(massage: Service, alice: Client, bob: Client) -> None:
    """Each wants the time of the other: both are refused, unless one of them left first."""
    one, two = book(alice, massage, TEN), book(bob, massage, TEN + 2 * HOUR)

    def plan(number: int) -> list[Operation]:
        free = TEN + 4 * HOUR
        return [
            *[mover(one, TEN + 2 * HOUR)] * 6,
            *[mover(two, TEN)] * 6,
            mover(one, free),
            mover(two, free),
            mover(one, TEN),
            mover(two, TEN + 2 * HOUR),
        ]

    for round_ in run(plan):
        assert {type(each) for each in round_} <= {SlotTaken, Visit}
    assert Occupation.objects.count() == 2


def test_moving_and_cancelling_agree_whoever_is_first(massage: Service, alice: Client) -> None:
    """The visit ends cancelled: nothing of it takes time, and the card has its money."""
    card = give_card(alice, 20000)
    visits = [book(alice, massage, TEN + n * 7 * DAY, card_ids=(card.pk,)) for n in range(2)] + [
        book(alice, massage, TEN + n * 7 * DAY) for n in range(2, ROUNDS)
    ]

    def plan(number: int) -> list[Operation]:
        visit = visits[number]
        movers = [mover(visit, visit.starts_at + DAY) for _ in range(HALF)]
        cancels: list[Operation] = [lambda: cancel_visit(visit=visit, actor=None)] * HALF
        return [*movers, *cancels][:: 1 if number % 2 else -1]

    for round_ in run(plan):
        assert {type(each) for each in lost(round_)} <= {WrongStatus}
        assert len(won(round_)) >= HALF
    assert not Occupation.objects.exists()
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CANCELLED}
    assert set(Award.objects.values_list("state", flat=True)) == {AwardState.DROPPED}
    card.refresh_from_db()
    assert card.balance == 20000


def test_moving_and_crediting_agree_whoever_is_first(
    massage: Service, alice: Client, bob: Client, clock: Clock
) -> None:
    """Credited and taken back, or never credited: the points wait for the visit's new hour."""
    visits = [book((alice, bob)[n % 2], massage, TEN + n * 7 * DAY) for n in range(ROUNDS)]

    def plan(number: int) -> list[Operation]:
        visit = visits[number]
        award = visit.bookings.get().awards.get()
        clock.move_to(award.due_at)
        moved = mover(visit, visit.starts_at + DAY)
        racers: list[Operation] = [credit_due_awards, moved]
        return racers[:: 1 if number % 2 else -1] * HALF

    outcomes = run(plan)

    for number, round_ in enumerate(outcomes):
        assert kinds(round_) == {"SweepResult": HALF, "Visit": HALF}
        sweeps = [each for each in round_ if isinstance(each, SweepResult)]
        assert {each.failed for each in sweeps} == {0}
        states = list(
            Award.objects.filter(booking__visit=visits[number])
            .order_by("pk")
            .values_list("state", flat=True)
        )
        # Sweeps of later rounds have credited what was moved in earlier ones.
        live = "promised" if number == ROUNDS - 1 else "credited"
        assert states in ([live], ["withdrawn", live])
    clock.advance(days=2)
    credit_due_awards()
    assert balance_of(alice) + balance_of(bob) == 60 * ROUNDS


def test_a_cancelled_time_is_taken_back_or_booked_anew(
    massage: Service, alice: Client, maria: User
) -> None:
    visits = [book(alice, massage, TEN + n * 7 * DAY) for n in range(ROUNDS)]
    clients = ClientFactory.create_batch(HALF)
    for visit in visits:
        cancel_visit(visit=visit, actor=None)

    def plan(number: int) -> list[Operation]:
        visit = visits[number]
        bookers = [
            lambda client=client: book(client, massage, visit.starts_at) for client in clients
        ]
        return [*[undoer(visit, maria)] * HALF, *bookers][:: 1 if number % 2 else -1]

    for round_ in run(plan):
        assert {type(each) for each in lost(round_)} <= {SlotTaken}
        assert kinds(won(round_)) in ({"Booking": HALF}, {"Visit": 1})
    assert Occupation.objects.count() == ROUNDS


# --- the protections off ----------------------------------------------------------------------


@contextmanager
def unlocked(racers: int = 2) -> Iterator[None]:
    """Each takes what it saw free: nobody is locked, and nothing is looked at again."""
    everybody_saw = threading.Barrier(racers)

    def take_as_seen(placed: list[Placed], own: object, moving: Visit | None) -> bool:
        everybody_saw.wait(10)
        Occupation.objects.filter(booking__visit=moving).delete()
        return True

    with mock.patch("bookings.placing._is_still_so", take_as_seen):
        yield


@pytest.fixture
def two(massage: Service, freja: Provider, alice: Client, bob: Client) -> list[Operation]:
    """Alice's and Bob's visits, both wanted at one new time."""
    visits = [book(alice, massage, TEN), book(bob, massage, TEN + 2 * HOUR)]
    return [mover(visit, TEN + 7 * DAY) for visit in visits]


def test_without_the_lock_the_database_refuses_the_second_move(two: list[Operation]) -> None:
    with unlocked():
        results = race(*two)

    assert len(won(results)) == 1
    assert isinstance(lost(results)[0], SlotTaken | OperationalError)
    assert violations() == []


def test_without_lock_and_constraint_two_are_moved_onto_one_slot(two: list[Operation]) -> None:
    drop_guards(["bookings_occupation"])

    with unlocked():
        results = race(*two)

    assert len(won(results)) == 2
    assert [line for line in violations() if line.startswith("bookings-no-overlap: ")]


def test_without_the_locks_a_cancelled_visit_is_moved_and_takes_time(
    massage: Service, alice: Client
) -> None:
    visit = book(alice, massage, TEN)
    seen, cancelled = threading.Event(), threading.Event()

    def read_and_wait(queryset: Any, ids: Any) -> dict[int, Any]:
        rows = {row.pk: row for row in queryset.filter(pk__in=list(ids))}
        seen.set()
        assert cancelled.wait(10)
        return rows

    def cancel() -> Visit:
        assert seen.wait(10)
        try:
            return cancel_visit(visit=visit, actor=None)
        finally:
            cancelled.set()

    with (
        mock.patch("sales.moving.lock_sale_and_sessions", return_value=None),
        mock.patch("bookings.moving.lock_in_order", read_and_wait),
        mock.patch("bookings.placing._is_still_so", return_value=True),
    ):
        results = race(mover(visit, TEN + DAY), cancel)

    assert lost(results) == []
    assert [line for line in violations() if line.startswith("bookings-no-time-for-cancelled: ")]


def test_without_the_lock_on_the_award_points_arrive_before_the_visit(
    massage: Service, alice: Client, clock: Clock
) -> None:
    visit = book(alice, massage, TEN)
    award = visit.bookings.get().awards.get()
    clock.move_to(award.due_at)
    seen, credited = threading.Event(), threading.Event()

    def read_and_wait(booking: Booking) -> Award:
        found = Award.objects.get(booking=booking)
        seen.set()
        assert credited.wait(10)
        return found

    def credit() -> SweepResult:
        assert seen.wait(10)
        try:
            return credit_due_awards()
        finally:
            credited.set()

    with (
        mock.patch("loyalty.awards._lock_live", read_and_wait),
        mock.patch("sales.moving.lock_awards"),
    ):
        results = race(mover(visit, TEN + DAY), credit)

    assert lost(results) == []
    award.refresh_from_db()
    assert (award.state, balance_of(alice)) == (AwardState.CREDITED, 60)
    assert Booking.objects.get().starts_at > clock.now


def _undo_as_seen(visit: Visit, client: Client, maria: User) -> list[Operation]:
    """Undoing takes no lock: it looks, and a booking of the same time is made meanwhile."""
    service = visit.bookings.get().service
    seen, booked = threading.Event(), threading.Event()

    def look(takings: Any, **kwargs: Any) -> None:
        lock_and_clear([])
        seen.set()
        assert booked.wait(10)

    def book_it() -> Visit:
        assert seen.wait(10)
        try:
            return book(client, service, visit.starts_at)
        finally:
            booked.set()

    def undo() -> Any:
        with mock.patch("bookings.undoing.lock_and_clear", look):
            return undoer(visit, maria)()

    return [undo, book_it]


def test_without_the_lock_the_database_refuses_to_take_back_a_time_that_is_gone(
    massage: Service, alice: Client, bob: Client, maria: User
) -> None:
    visit = book(alice, massage, TEN)
    cancel_visit(visit=visit, actor=None)

    results = race(*_undo_as_seen(visit, bob, maria))

    assert isinstance(results[0], SlotTaken | IntegrityError)
    assert isinstance(results[1], Visit)
    assert violations() == []


def test_without_lock_and_constraint_a_time_is_taken_back_and_booked(
    massage: Service, alice: Client, bob: Client, maria: User
) -> None:
    visit = book(alice, massage, TEN)
    cancel_visit(visit=visit, actor=None)
    drop_guards(["bookings_occupation"])

    results = race(*_undo_as_seen(visit, bob, maria))

    assert lost(results) == []
    assert [line for line in violations() if line.startswith("bookings-no-overlap: ")]
