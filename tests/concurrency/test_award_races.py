"""One award, many sweeps; and the sweep against whoever cancels (F29, F30)."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import pytest
from django.db import IntegrityError, connection

from bookings.models import Visit
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock as project_clock
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from loyalty import sql, sweep
from loyalty.models import Award, AwardState, DropReason
from loyalty.points import balance_of
from loyalty.sweep import SweepResult, credit_due_awards
from sales.visits import cancel_visit
from tests.concurrency.contests import contest, kinds, rounds_of, violations
from tests.concurrency.racing import (
    CONNECTIONS,
    PATIENCE,
    Operation,
    lost,
    race,
)
from tests.conftest import Clock
from tests.factories import EarningRuleFactory, ProviderFactory, ServiceFactory, book, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

FIRST = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)  # Wednesday, 10:00 in Helsinki
Booker = Callable[[Client, int], Visit]


@pytest.fixture
def book_day(db: None) -> Booker:
    """``book_day(alice, 3)``: a visit of hers on the third day, worth 60 points; days have one
    visit each."""
    turn_on("loyalty")
    provider: Provider = ProviderFactory()
    service: Service = ServiceFactory(providers=[provider])
    EarningRuleFactory(service=service, points=60)
    # Weekdays only: the salon is closed at weekends.
    days = (FIRST + dt.timedelta(days=n) for n in range(400))
    open_days = [day for day in days if day.weekday() < 5]

    def make(client: Client, number: int) -> Visit:
        return book(client, service, open_days[number // 6] + dt.timedelta(hours=number % 6))

    return make


def test_one_award_is_credited_by_one_of_many_sweeps(
    alice: Client, book_day: Booker, clock: Clock
) -> None:
    rounds = rounds_of("one award, many sweeps", CONNECTIONS)
    awards = [book_day(alice, n).bookings.get().awards.get() for n in range(rounds)]

    def plan(number: int) -> list[Operation]:
        clock.move_to(awards[number].due_at)
        return [credit_due_awards] * CONNECTIONS

    outcomes = contest("one award, many sweeps", plan)

    for round_ in outcomes:
        assert kinds(round_) == {"SweepResult": CONNECTIONS}
        assert sorted(result.credited for result in round_) == [0] * 15 + [1]
        assert {result.failed for result in round_} == {0}
    assert balance_of(alice) == 60 * rounds


def test_cancelling_and_crediting_agree_whoever_is_first(
    alice: Client, bob: Client, book_day: Booker, clock: Clock
) -> None:
    """Eight sweeps and eight presses of Cancel for each visit: dropped or withdrawn, once, and
    never points for a visit that was not."""
    rounds = rounds_of("cancel against credit", CONNECTIONS)
    visits = [book_day((alice, bob)[n % 2], n) for n in range(rounds)]
    awards = [visit.bookings.get().awards.get() for visit in visits]

    def plan(number: int) -> list[Operation]:
        clock.move_to(awards[number].due_at)
        racers: list[Operation] = [
            credit_due_awards,
            lambda: cancel_visit(visit=visits[number], actor=None),
        ]
        return racers[:: 1 if number % 2 else -1] * (CONNECTIONS // 2)

    outcomes = contest("cancel against credit", plan)

    for number, round_ in enumerate(outcomes):
        assert kinds(round_) == {"SweepResult": 8, "Visit": 8}
        sweeps = [each for each in round_ if isinstance(each, SweepResult)]
        credited = sum(each.credited for each in sweeps)
        assert {each.failed for each in sweeps} == {0}
        awards[number].refresh_from_db()
        assert (credited, awards[number].state) in (
            (0, AwardState.DROPPED),
            (1, AwardState.WITHDRAWN),
        )
    assert (balance_of(alice), balance_of(bob)) == (0, 0)


# --- the protections off ----------------------------------------------------------------------


@contextmanager
def unclaimed(racers: int) -> Iterator[None]:
    """Each sweep takes what it saw due for its own: no row is locked nor looked at again."""
    everybody_saw = threading.Barrier(racers)

    def take_as_seen(ids: list[int], at: dt.datetime, *, only_marked: bool) -> list[int]:
        everybody_saw.wait(PATIENCE)
        return ids

    with (
        mock.patch.object(sql, "lock_due_awards", take_as_seen),
        mock.patch.object(sql, "lock_accounts_of"),
    ):
        yield


@pytest.fixture
def due(alice: Client, book_day: Booker, clock: Clock) -> Award:
    """An award of Alice's whose hour has come."""
    award = book_day(alice, 0).bookings.get().awards.get()
    clock.move_to(award.due_at)
    return award


def _credit_once(ids: list[int]) -> Operation:
    return lambda: sweep._credit(ids, project_clock.now(), only_marked=False)


def test_without_the_claim_the_database_refuses_the_second_credit(
    alice: Client, due: Award
) -> None:
    with unclaimed(2):
        results = race(_credit_once([due.pk]), _credit_once([due.pk]))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) in (
        "point_entry_sequence_once",
        "loyalty_pointentry_key_key",
    )
    assert balance_of(alice) == 60
    assert violations() == []


def test_without_the_lock_on_the_award_cancelling_overwrites_the_credit(
    alice: Client, due: Award
) -> None:
    """Both saw it promised. The guard that lets an award go forward only refuses the second."""
    results = race(*_cancel_as_seen_after_the_credit(due))

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) == "award_goes_forward"
    assert violations() == []


def test_without_lock_and_guard_points_stay_for_a_visit_that_was_not(
    alice: Client, due: Award
) -> None:
    drop_guards(["loyalty_award"])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE loyalty_award DROP CONSTRAINT award_credited_by_entry")

    try:
        results = race(*_cancel_as_seen_after_the_credit(due))
    finally:
        Award.objects.filter(pk=due.pk).update(earn_entry=None)
        with connection.schema_editor() as editor:
            check = next(c for c in Award._meta.constraints if c.name == "award_credited_by_entry")
            editor.add_constraint(Award, check)

    assert lost(results) == []
    due.refresh_from_db()
    assert (due.state, balance_of(alice)) == (AwardState.DROPPED, 60)
    assert any(line.startswith("award-credited-once: ") for line in violations())


def _cancel_as_seen_after_the_credit(due: Award) -> list[Operation]:
    """What cancelling without our lock would do: see the award promised, then drop it."""
    seen, credited = threading.Event(), threading.Event()

    def credit() -> SweepResult:
        assert seen.wait(PATIENCE)
        result = credit_due_awards()
        credited.set()
        return result

    def cancel() -> int:
        award = Award.objects.get(pk=due.pk)
        assert award.state == AwardState.PROMISED
        seen.set()
        assert credited.wait(PATIENCE)
        return Award.objects.filter(pk=award.pk).update(
            state=AwardState.DROPPED, reason=DropReason.CANCELLED, settled_at=award.due_at
        )

    return [credit, cancel]
