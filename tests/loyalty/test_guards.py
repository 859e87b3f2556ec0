"""Guards of points that only a rival or a hand outside the commands meets."""

from __future__ import annotations

from unittest import mock

import pytest
from django.db import IntegrityError, OperationalError, transaction

from bookings.models import Booking
from clients.models import Client
from clients.people import erase_personal_data
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from foundation.models import User
from ledger.posting import post
from loyalty import sql, sweep
from loyalty.awards import give_up_award, retry_award, undo_award
from loyalty.correcting_limits import limits_of
from loyalty.errors import AboveLimit, WrongAwardState
from loyalty.models import (
    Award,
    AwardState,
    DropReason,
    EarningRule,
    PointAccount,
    PointEntry,
    PointKind,
)
from loyalty.points import adjust_points, balance_of, spend_points
from loyalty.rules import points_for
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from tests.conftest import Clock
from tests.factories import RewardFactory, give_points, turn_on
from tests.loyalty.conftest import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(alice: Client, promise: Promise, clock: Clock) -> Award:
    award = promise(alice)
    clock.advance(hours=5)
    return award


def test_a_credit_that_was_taken_back_is_not_taken_back_again(alice: Client, due: Award) -> None:
    credit_due_awards()
    due.refresh_from_db()
    with transaction.atomic():
        post(
            PointEntry,
            lock_one(PointAccount.objects.all(), due.account_id),
            account_field="account",
            kind=PointKind.WITHDRAW,
            amount=-due.points,
            key=f"award:{due.pk}:withdraw",
            reverses=due.earn_entry,
        )

    undo_award(booking=due.booking, reason=DropReason.CANCELLED, actor=None)

    assert balance_of(alice) == 0


@pytest.mark.parametrize("decide", [retry_award, give_up_award])
def test_an_award_that_is_on_its_way_is_not_decided_about(due: Award, olga: User, decide) -> None:
    with pytest.raises(WrongAwardState):
        decide(award=due, actor=olga)


def test_undoing_again_leaves_the_first_reason(due: Award) -> None:
    undo_award(booking=due.booking, reason=DropReason.CANCELLED, actor=None)

    assert undo_award(booking=due.booking, reason=DropReason.NO_SHOW, actor=None) is None

    due.refresh_from_db()
    assert due.reason == DropReason.CANCELLED


def test_an_award_that_ended_is_not_postponed(due: Award) -> None:
    undo_award(booking=due.booking, reason=DropReason.CANCELLED, actor=None)

    sweep._postpone(due.pk, IntegrityError())

    due.refresh_from_db()
    assert (due.state, due.attempts) == (AwardState.DROPPED, 0)


def test_a_lock_that_was_not_to_be_had_counts_as_no_attempt(due: Award) -> None:
    with mock.patch.object(sweep, "_credit", side_effect=OperationalError("lock timeout")):
        result = credit_due_awards()

    due.refresh_from_db()
    assert (result.failed, due.attempts, due.next_try_at) == (1, 0, None)


def test_an_award_that_waits_for_a_person_is_not_credited(due: Award) -> None:
    Award.objects.update(state=AwardState.QUARANTINED)

    assert credit_due_awards().credited == 0

    due.refresh_from_db()
    assert due.state == AwardState.QUARANTINED
    assert not PointEntry.objects.exists()


def test_an_erased_client_earns_nothing(alice: Client, due: Award) -> None:
    erase_personal_data(client=alice, actor=None)

    assert credit_due_awards().credited == 0

    due.refresh_from_db()
    assert due.reason == DropReason.ANONYMISED


def test_an_award_that_ended_meanwhile_is_not_locked_for_crediting(
    due: Award, clock: Clock
) -> None:
    undo_award(booking=due.booking, reason=DropReason.CANCELLED, actor=None)

    with transaction.atomic():
        assert sql.lock_due_awards([due.pk], clock.now) == []


def test_the_limit_of_the_desk_counts_downwards_too(
    alice: Client, daisy: User, promise: Promise
) -> None:
    limit = limits_of(daisy).per_entry
    assert limit is not None
    give_points(alice, 2 * limit)

    with pytest.raises(AboveLimit):
        adjust_points(
            client=alice,
            amount=-limit - 1,
            description="A correction",
            form_token=new_form_token(),
            actor=daisy,
            tell_client=False,
        )


def test_a_rule_that_is_off_promises_nothing(due: Award) -> None:
    EarningRule.objects.update(enabled=False)

    assert points_for(due.booking.service_id) is None


def test_nothing_is_queued_for_a_client_who_did_not_agree(due: Award) -> None:
    assert credit_due_awards().credited == 1

    assert not Message.objects.filter(kind="points_added").exists()


def test_a_booking_undone_by_hand_leaves_no_trace_in_the_ledger(alice: Client, due: Award) -> None:
    Booking.objects.update(status="cancelled")

    assert credit_due_awards().dropped == 1

    assert (PointEntry.objects.count(), balance_of(alice)) == (0, 0)


def test_a_spending_repeated_while_points_are_left_spends_once(alice: Client) -> None:
    turn_on("loyalty")
    give_points(alice, 1000)
    reward = RewardFactory(points=400)

    def spend() -> PointEntry:
        return spend_points(client=alice, reward=reward, points=400, key="form:x", actor=None)

    with transaction.atomic():
        assert spend() == spend()

    assert balance_of(alice) == 600
