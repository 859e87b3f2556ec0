"""Where attendance must be marked, points wait for the mark: they are neither added nor lost."""

from __future__ import annotations

import pytest
from django.db import connection

from bookings.models import Booking, BookingStatus
from business.models import Business
from clients.consents import record_consent
from clients.models import Client
from loyalty import sql
from loyalty.messages import POINTS_ADDED
from loyalty.models import Award, AwardState, DropReason, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import SweepResult, credit_due_awards
from tests.conftest import Clock
from tests.loyalty.conftest import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def must_be_marked(db: None) -> None:
    Business.objects.update(attendance_must_be_marked=True)


def outcome(result: SweepResult) -> tuple[int, int, int]:
    return result.credited, result.dropped, result.failed


def test_a_visit_that_nobody_marked_counts_as_attended(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    promise(alice)
    clock.advance(hours=5)

    assert outcome(credit_due_awards()) == (1, 0, 0)


@pytest.mark.usefixtures("must_be_marked")
@pytest.mark.parametrize("status", ["arrived", "started", "completed"])
def test_points_wait_until_the_visit_is_marked(
    alice: Client, promise: Promise, clock: Clock, status: str
) -> None:
    award = promise(alice)
    clock.advance(days=3)
    assert outcome(credit_due_awards()) == (0, 0, 0)
    assert Award.objects.get().state == AwardState.PROMISED
    Booking.objects.update(status=status)

    assert outcome(credit_due_awards()) == (1, 0, 0)

    assert balance_of(alice) == 60
    # Late, and still with the hour when they were due.
    assert PointEntry.objects.get().occurred_at == award.due_at


@pytest.mark.usefixtures("must_be_marked")
@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_a_visit_that_did_not_happen_waits_no_longer(
    alice: Client, promise: Promise, clock: Clock, status: str
) -> None:
    """Changed round the commands, which drop the award themselves."""
    promise(alice)
    clock.advance(days=3)
    Booking.objects.update(status=status)

    assert outcome(credit_due_awards()) == (0, 1, 0)

    assert Award.objects.get().reason == DropReason(status)


@pytest.mark.usefixtures("must_be_marked")
def test_who_waits_is_in_nobodys_way(
    alice: Client, bob: Client, promise: Promise, clock: Clock
) -> None:
    """More wait than go into a chunk, and they are older."""
    waiting = [promise(alice) for _ in range(3)]
    clock.advance(minutes=1)
    marked = promise(bob)
    Booking.objects.filter(pk=marked.booking_id).update(status=BookingStatus.COMPLETED)
    clock.advance(hours=5)

    assert outcome(credit_due_awards(chunk=2)) == (1, 0, 0)

    assert balance_of(bob) == 60
    states = Award.objects.filter(pk__in=[award.pk for award in waiting])
    assert set(states.values_list("state", flat=True)) == {AwardState.PROMISED}


@pytest.mark.usefixtures("must_be_marked")
def test_a_mark_taken_back_before_the_lock_waits_again(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """What was found due is looked at once more under the lock."""
    award = promise(alice)
    Booking.objects.update(status=BookingStatus.ARRIVED)
    clock.advance(hours=5)
    assert sql.due_award_ids(clock.now, 10, [], only_marked=True) == [award.pk]
    Booking.objects.update(status=BookingStatus.BOOKED)

    assert sql.lock_due_awards([award.pk], clock.now, only_marked=True) == []
    assert sql.lock_due_awards([award.pk], clock.now) == [award.pk]


def test_the_setting_holds_from_the_next_sweep_on(
    alice: Client, promise: Promise, clock: Clock, must_be_marked: None
) -> None:
    promise(alice)
    clock.advance(hours=5)
    credit_due_awards()
    assert balance_of(alice) == 0
    Business.objects.update(attendance_must_be_marked=False)

    credit_due_awards()

    assert balance_of(alice) == 60


@pytest.mark.usefixtures("must_be_marked")
def test_no_message_waits_for_a_mark(alice: Client, promise: Promise, clock: Clock) -> None:
    """A mail about points waits for the rest of them; a mark may never come."""
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=None)
    came = promise(alice)
    promise(alice)
    Booking.objects.filter(pk=came.booking_id).update(status=BookingStatus.COMPLETED)
    clock.advance(hours=5)
    credit_due_awards()

    assert POINTS_ADDED.wait_for is not None
    assert POINTS_ADDED.wait_for([alice.pk], clock.now) == set()
    Business.objects.update(attendance_must_be_marked=False)
    assert POINTS_ADDED.wait_for([alice.pk], clock.now) == {alice.pk}


@pytest.mark.postgres_only
@pytest.mark.usefixtures("must_be_marked")
def test_what_is_due_is_still_found_by_its_index(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    promise(alice)
    with connection.cursor() as cursor:
        # In a table of one row only the absence of the other ways shows that there is this one.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(
            f"EXPLAIN SELECT id FROM loyalty_award WHERE {sql._DUE}{sql._MARKED}"
            " ORDER BY due_at, id LIMIT 10",
            [clock.now, clock.now],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "award_due" in plan
    assert "Sort" not in plan
