"""The sweep: every award once, in any weather."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, BookingStatus
from clients.consents import record_consent
from clients.models import Client
from foundation import clock as project_clock
from foundation.errors import NotAllowed
from foundation.models import User
from loyalty import sweep
from loyalty.awards import give_up_award, retry_award
from loyalty.errors import ClockSkewed, InstantInFuture, WrongAwardState
from loyalty.models import Award, AwardState, DropReason, PointEntry, SweepRun
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.features import switch_feature
from tests.conftest import Clock
from tests.factories import turn_off
from tests.loyalty.conftest import Promise

pytestmark = pytest.mark.django_db


def test_nothing_before_the_hour_and_everything_at_it(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    award = promise(alice)
    clock.move_to(award.due_at - dt.timedelta(seconds=1))
    assert credit_due_awards().credited == 0

    clock.move_to(award.due_at)
    assert credit_due_awards().credited == 1

    assert award.due_at - award.booking.ends_at == dt.timedelta(hours=3)
    assert balance_of(alice) == 60


def test_entry_explains_itself(alice: Client, promise: Promise, clock: Clock) -> None:
    award = promise(alice)
    clock.advance(days=3)

    credit_due_awards()

    entry = PointEntry.objects.get()
    award.refresh_from_db()
    assert (entry.key, entry.rule, entry.base, entry.rate) == (
        f"award:{award.pk}:earn",
        "per_booking",
        1,
        60,
    )
    assert (entry.booking, entry.service) == (award.booking, award.booking.service)
    # Late: the hour it was due is kept, the entry stands where it was recorded.
    assert (entry.occurred_at, entry.created_at) == (award.due_at, clock.now)
    assert (award.state, award.earn_entry) == (AwardState.CREDITED, entry)


def test_repeating_credits_once_and_tells_once(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=None)
    promise(alice)
    clock.advance(hours=5)

    results = [credit_due_awards().credited for _ in range(3)]

    assert results == [1, 0, 0]
    assert PointEntry.objects.count() == 1
    assert [m.kind for m in Message.objects.all()] == ["points_added"]


def test_several_awards_of_one_client_chain_in_order(
    alice: Client, bob: Client, promise: Promise, clock: Clock
) -> None:
    for hours in (2, 0, 1):
        promise(alice, clock.now + dt.timedelta(hours=hours))
    promise(bob)
    clock.advance(days=1)

    assert credit_due_awards(chunk=3).credited == 4

    entries = PointEntry.objects.filter(account__client=alice).order_by("sequence")
    assert list(entries.values_list("sequence", "balance_after")) == [(1, 60), (2, 120), (3, 180)]
    assert [e.occurred_at for e in entries] == sorted(e.occurred_at for e in entries)
    assert (balance_of(alice), balance_of(bob)) == (180, 60)


def test_number_of_statements_does_not_grow_with_the_backlog(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            credit_due_awards()
        return len(captured)

    promise(alice)
    clock.advance(days=1)
    of_one = statements()
    for _ in range(30):
        promise(alice)
    clock.advance(days=1)

    assert statements() == of_one


@pytest.mark.parametrize("status", [BookingStatus.CANCELLED, BookingStatus.NO_SHOW])
def test_booking_undone_round_the_commands_earns_nothing(
    alice: Client, promise: Promise, clock: Clock, status: str
) -> None:
    award = promise(alice)
    Booking.objects.filter(pk=award.booking_id).update(status=status)
    clock.advance(hours=5)

    result = credit_due_awards()

    award.refresh_from_db()
    assert (result.credited, result.dropped) == (0, 1)
    assert (award.state, award.reason) == (AwardState.DROPPED, status)


def test_due_while_loyalty_is_off_is_dropped_with_that_reason(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    award = promise(alice)
    turn_off("loyalty")
    clock.advance(hours=5)

    credit_due_awards()

    award.refresh_from_db()
    assert (award.state, award.reason) == (AwardState.DROPPED, DropReason.LOYALTY_OFF)
    assert balance_of(alice) == 0


def test_due_before_loyalty_was_switched_off_is_still_credited(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """The sweep came two minutes late: the points were earned while loyalty was on."""
    award = promise(alice)
    clock.move_to(award.due_at + dt.timedelta(minutes=2))
    switch_feature(code="loyalty", on=False, actor=None)
    clock.advance(minutes=3)

    assert credit_due_awards().credited == 1
    assert balance_of(alice) == 60


def test_switching_off_and_on_at_once_loses_nobodys_points(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    promise(alice)
    clock.advance(hours=5)
    switch_feature(code="loyalty", on=False, actor=None)
    clock.advance(seconds=5)
    switch_feature(code="loyalty", on=True, with_others=True, actor=None)

    assert credit_due_awards().credited == 1


def test_swept_rows_are_found_by_the_instant_that_the_orm_reads(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """SQLite keeps instants as text: two ways of writing one lost rows of the report."""
    for _ in range(3):
        promise(alice)
    clock.advance(days=1)
    credit_due_awards()

    entries = PointEntry.objects.filter(created_at=clock.now, created_at__lte=clock.now)
    assert entries.count() == 3
    assert Award.objects.filter(settled_at=clock.now).count() == 3


def test_switching_on_pays_nothing_for_the_time_it_was_off(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    over, coming = promise(alice), promise(alice, clock.now + dt.timedelta(days=2))
    turn_off("loyalty")
    clock.advance(hours=5)

    switch_feature(code="loyalty", on=True, with_others=True, actor=None)
    clock.advance(days=3)
    credit_due_awards()

    over.refresh_from_db()
    coming.refresh_from_db()
    assert (over.reason, coming.state) == (DropReason.LOYALTY_OFF, AwardState.CREDITED)
    assert balance_of(alice) == 60


def test_killed_between_entry_and_state_leaves_neither(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """F01: the process dies in the middle of the chunk's transaction."""
    award = promise(alice)
    clock.advance(hours=5)

    dies = mock.patch.object(sweep, "consenting_ids", side_effect=KeyboardInterrupt)
    with dies, pytest.raises(KeyboardInterrupt), transaction.atomic():
        credit_due_awards()

    award.refresh_from_db()
    assert (award.state, PointEntry.objects.count(), balance_of(alice)) == ("promised", 0, 0)
    assert credit_due_awards().credited == 1


def test_one_bad_row_waits_alone_and_is_quarantined_after_five_attempts(
    alice: Client, bob: Client, promise: Promise, clock: Clock
) -> None:
    """F46. The bad row: somebody wrote its key by other means, so its insert is refused."""
    good = [promise(alice) for _ in range(6)]
    bad = promise(bob)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO loyalty_pointentry (account_id, sequence, kind, amount, balance_after,"
            " key, description, occurred_at, created_at, rule)"
            " VALUES (%s, 1, 'adjust', 1, 1, %s, '', %s, %s, '')",
            [bad.account_id, f"award:{bad.pk}:earn", clock.now, clock.now],
        )
        cursor.execute(
            "UPDATE loyalty_pointaccount SET balance = 1, last_sequence = 1 WHERE id = %s",
            [bad.account_id],
        )
    clock.advance(hours=5)

    first = credit_due_awards()

    bad.refresh_from_db()
    assert (first.credited, first.failed) == (len(good), 1)
    assert (bad.state, bad.attempts) == (AwardState.PROMISED, 1)
    assert credit_due_awards().failed == 0  # within the hour it is left alone
    for _ in range(4):
        clock.advance(hours=1, minutes=1)
        credit_due_awards()
    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == (AwardState.QUARANTINED, 5)


@pytest.fixture
def quarantined(alice: Client, promise: Promise) -> Award:
    award = promise(alice)
    Award.objects.filter(pk=award.pk).update(state=AwardState.QUARANTINED, attempts=5)
    award.refresh_from_db()
    return award


def test_manager_lets_a_quarantined_award_be_tried_again(
    alice: Client, maria: User, quarantined: Award, clock: Clock
) -> None:
    retry_award(award=quarantined, actor=maria)
    clock.advance(days=1)

    assert credit_due_awards().credited == 1
    with pytest.raises(WrongAwardState):
        retry_award(award=quarantined, actor=maria)


def test_manager_gives_up_on_a_quarantined_award_and_the_desk_may_not(
    maria: User, daisy: User, quarantined: Award
) -> None:
    with pytest.raises(NotAllowed):
        give_up_award(award=quarantined, actor=daisy)

    given_up = give_up_award(award=quarantined, actor=maria)

    assert (given_up.state, given_up.reason) == (AwardState.DROPPED, DropReason.GIVEN_UP)


def test_an_instant_later_than_now_is_refused_outside_demo_and_tests(db: None) -> None:
    project_clock.set_fixed(None)
    later = project_clock.now() + dt.timedelta(minutes=1)

    with override_settings(DEMO=False, CLOCK="system"), pytest.raises(InstantInFuture):
        credit_due_awards(at=later)


def test_an_earlier_instant_leaves_what_is_due_after_it(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    award = promise(alice)
    clock.advance(days=1)

    assert credit_due_awards(at=award.due_at - dt.timedelta(minutes=1)).credited == 0
    assert credit_due_awards(at=award.due_at).credited == 1


def test_two_clocks_that_disagree_stop_the_crediting(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    promise(alice)
    project_clock.set_fixed(None)
    wrong = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)

    with (
        override_settings(CLOCK="database"),
        mock.patch("foundation.clock.system_now", return_value=wrong),
        mock.patch("foundation.clock.now", return_value=dt.datetime.now(dt.UTC)),
        pytest.raises(ClockSkewed),
    ):
        credit_due_awards()

    assert Award.objects.get().state == AwardState.PROMISED


def test_a_long_pause_is_flagged_and_still_credits(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """F05 and F06: away for three days, everything is credited and the run says so."""
    credit_due_awards()
    promise(alice)
    clock.advance(days=3)

    result = credit_due_awards()

    assert (result.credited, result.flagged) == (1, "long-pause")
    assert SweepRun.objects.latest("pk").flagged == "long-pause"


def test_a_clock_that_jumped_back_credits_nothing_twice(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    """F07."""
    promise(alice)
    clock.advance(hours=5)
    credit_due_awards()

    clock.advance(hours=-1)
    result = credit_due_awards()

    assert (result.credited, result.flagged) == (0, "clock-back")


def test_the_shell_command_is_the_same_sweep(alice: Client, promise: Promise, clock: Clock) -> None:
    award = promise(alice)
    clock.advance(days=1)
    out = StringIO()

    call_command("credit_points", "--at", award.due_at.isoformat(), stdout=out)

    assert "credited 1, dropped 0, failed 0" in out.getvalue()


def test_the_shell_command_refuses_what_is_no_instant(db: None) -> None:
    with pytest.raises(CommandError, match="Not an instant: yesterday"):
        call_command("credit_points", "--at", "yesterday")
