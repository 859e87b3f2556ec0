"""Locks on point accounts and awards."""

from __future__ import annotations

import datetime as dt
from unittest import mock

import pytest
from django.db import IntegrityError, transaction

from bookings.models import Booking, Visit
from business.errors import FeatureOff
from business.features import set_feature
from catalogue.models import Service
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock as project_clock
from foundation.form_tokens import new_form_token
from foundation.locks import lock_in_order, lock_one
from giftcards.models import GiftCard
from ledger.posting import post
from loyalty.awards import give_up_award, retry_award
from loyalty.errors import BelowZero, InsufficientPoints, WrongAwardState
from loyalty.models import (
    Award,
    AwardState,
    DropReason,
    PointAccount,
    PointEntry,
    PointKind,
    Reward,
)
from loyalty.points import adjust_points, balance_of, open_account, return_points, spend_points
from loyalty.sweep import _postpone, credit_due_awards
from loyalty.transfers import transfer_points
from sales.marking import mark_no_show
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import UserFactory, book, give_card, give_points
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]


def move(client: Client, amount: int) -> None:
    """A movement that holds nothing but the account's row."""
    account = lock_one(PointAccount.objects.all(), open_account(client).pk)
    key = f"rival:{amount}"
    post(
        PointEntry, account, account_field="account", kind=PointKind.ADJUST, amount=amount, key=key
    )


def adjust(client: Client, amount: int) -> PointEntry:
    return adjust_points(
        client=client,
        amount=amount,
        description="A correction",
        form_token=new_form_token(),
        actor=UserFactory(is_superuser=True),
        tell_client=False,
    )


@pytest.fixture
def due(alice: Client, massage: Service, clock: Clock) -> Award:
    """Alice's visit of yesterday, whose 60 points are due."""
    book(alice, massage, project_clock.now() + dt.timedelta(hours=1))
    clock.advance(days=1)
    return Award.objects.get()


def test_spending_reads_the_balance_that_is_left(alice: Client, reward: Reward) -> None:
    give_points(alice, 500)

    outcome = after_rival(
        lambda: move(alice, -400),
        lambda: spend_points(client=alice, reward=reward, points=500, key="form:x", actor=None),
    )

    assert isinstance(outcome.result, InsufficientPoints)
    assert outcome.result.missing == 400


def test_spending_step_by_step_reads_the_balance_that_is_left(
    alice: Client, reward: Reward
) -> None:
    give_points(alice, 500)

    with mock.patch("loyalty.points.spend_at_once", return_value=None):
        outcome = after_rival(
            lambda: move(alice, -400),
            lambda: spend_points(client=alice, reward=reward, points=500, key="form:x", actor=None),
        )

    assert isinstance(outcome.result, InsufficientPoints)


def test_deducting_reads_the_balance_that_is_left(alice: Client, reward: Reward) -> None:
    give_points(alice, 500)

    outcome = after_rival(lambda: move(alice, -400), lambda: adjust(alice, -500))

    assert isinstance(outcome.result, BelowZero)


def test_a_transfer_reads_the_balance_that_is_left(
    alice: Client, bob: Client, reward: Reward
) -> None:
    give_points(alice, 500)

    outcome = after_rival(
        lambda: move(alice, -400),
        lambda: transfer_points(
            source=alice, target=bob, points=500, key="form:t", description="A gift", actor=None
        ),
    )

    assert isinstance(outcome.result, BelowZero)


def test_nothing_is_moved_to_whom_is_being_erased(
    alice: Client, bob: Client, reward: Reward
) -> None:
    give_points(alice, 500)

    outcome = after_rival(
        lambda: erase_personal_data(client=bob, actor=None),
        lambda: transfer_points(
            source=alice, target=bob, points=500, key="form:t", description="A gift", actor=None
        ),
    )

    assert isinstance(outcome.result, ClientGone)
    assert balance_of(alice) == 500


def test_giving_back_follows_who_was_first(alice: Client, reward: Reward) -> None:
    give_points(alice, 500)
    with transaction.atomic():
        spent = spend_points(client=alice, reward=reward, points=500, key="form:x", actor=None)

    outcome = after_rival(
        lambda: move(alice, 10), lambda: return_points(entry=spent, description="", actor=None)
    )

    assert outcome.result.balance_after == balance_of(alice) == 510


def test_taking_back_follows_who_was_first(alice: Client, due: Award) -> None:
    credit_due_awards()

    outcome = after_rival(
        lambda: move(alice, 10), lambda: cancel_visit(visit=due.booking.visit, actor=None)
    )

    assert isinstance(outcome.result, Visit)
    assert balance_of(alice) == 10


def test_crediting_follows_who_was_first(alice: Client, due: Award) -> None:
    outcome = after_rival(lambda: move(alice, 10), credit_due_awards)

    assert (outcome.result.credited, outcome.result.failed) == (1, 0)
    assert balance_of(alice) == 70


def test_the_sweep_waits_for_nobody_s_award(due: Award) -> None:
    outcome = after_rival(lambda: lock_one(Award.objects.all(), due.pk), credit_due_awards)

    assert not outcome.waited
    assert outcome.result.credited == 0


def test_a_no_show_sees_what_the_sweep_did(alice: Client, due: Award) -> None:
    """F29: credited first, so it is taken back, not dropped."""
    outcome = after_rival(credit_due_awards, lambda: mark_no_show(booking=due.booking, actor=None))

    assert isinstance(outcome.result, Booking)
    due.refresh_from_db()
    assert (due.state, balance_of(alice)) == (AwardState.WITHDRAWN, 0)


def test_cancelling_waits_for_the_award_before_it_holds_a_card(
    alice: Client, massage: Service
) -> None:
    card = give_card(alice, 5000)
    visit = book(alice, massage, project_clock.now() + dt.timedelta(hours=1), card_ids=(card.pk,))

    outcome = after_rival(
        lambda: lock_one(Award.objects.all(), Award.objects.get().pk),
        lambda: cancel_visit(visit=visit, actor=None),
        then=lambda: lock_one(GiftCard.objects.all(), card.pk),
    )

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_two_who_decide_about_one_award_decide_once(due: Award) -> None:
    owner = UserFactory(is_superuser=True)
    Award.objects.update(state=AwardState.QUARANTINED)

    outcome = after_rival(
        lambda: give_up_award(award=due, actor=owner), lambda: retry_award(award=due, actor=owner)
    )

    assert isinstance(outcome.result, WrongAwardState)


def test_an_award_that_ended_meanwhile_is_not_postponed(due: Award) -> None:
    def drop() -> None:
        Award.objects.update(state=AwardState.DROPPED, reason=DropReason.CANCELLED)

    outcome = after_rival(drop, lambda: _postpone(due.pk, IntegrityError()))

    assert outcome.result is None
    due.refresh_from_db()
    assert (due.state, due.attempts) == (AwardState.DROPPED, 0)


def test_an_account_opened_twice_at_once_is_one(alice: Client) -> None:
    outcome = after_rival(lambda: open_account(alice), lambda: open_account(alice))

    assert outcome.waited
    assert outcome.result == PointAccount.objects.get()


def test_nothing_is_given_to_whom_is_being_erased(alice: Client, reward: Reward) -> None:
    outcome = after_rival(
        lambda: erase_personal_data(client=alice, actor=None), lambda: adjust(alice, 10)
    )

    assert isinstance(outcome.result, ClientGone)


def test_nothing_is_earned_while_loyalty_is_being_switched_off(
    alice: Client, reward: Reward
) -> None:
    outcome = after_rival(
        lambda: set_feature(code="loyalty", on=False, actor=None), lambda: adjust(alice, 10)
    )

    assert isinstance(outcome.result, FeatureOff)


def test_rows_are_locked_in_the_order_of_their_ids(alice: Client, bob: Client) -> None:
    first, second = sorted((alice.pk, bob.pk))

    outcome = after_rival(
        lambda: lock_one(Client.objects.all(), first),
        lambda: lock_in_order(Client.objects.all(), [second, first]),
        then=lambda: lock_one(Client.objects.all(), second),
    )

    assert set(outcome.result) == {first, second}


def test_a_lock_does_not_hold_up_rows_that_point_at_it(alice: Client) -> None:
    outcome = after_rival(
        lambda: (
            lock_one(Client.objects.all(), alice.pk),
            lock_in_order(Client.objects.all(), [alice.pk]),
        ),
        lambda: PointAccount.objects.create(client=alice, opened_at=project_clock.now()),
    )

    assert not outcome.waited
