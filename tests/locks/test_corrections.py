"""Locks on who corrects points, and on what was asked for."""

from __future__ import annotations

import pytest

from business.errors import FeatureOff
from business.features import set_feature
from clients.models import Client
from foundation.locks import lock_one
from foundation.models import User
from loyalty.correcting_requests import (
    approve_correction,
    decline_correction,
)
from loyalty.correcting_undo import undo_correction
from loyalty.errors import AboveDayLimit, RequestDecided, UndoChanged
from loyalty.models import CorrectionLimit
from loyalty.points import balance_of
from tests.factories import ClientFactory, UserFactory, ask_for_points, give_points
from tests.locks.rival import after_rival

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.usefixtures("db", "reward"),
]


@pytest.fixture
def day_of_500(maria: User) -> User:
    """Maria, who may move 500 points a day."""
    CorrectionLimit.objects.filter(role__name="Manager").update(per_day=500)
    return maria


def test_a_correction_sees_what_the_day_has_left(
    alice: Client, bob: Client, day_of_500: User
) -> None:
    outcome = after_rival(
        lambda: give_points(bob, 400, by=day_of_500), lambda: give_points(alice, 400, by=day_of_500)
    )

    assert isinstance(outcome.result, AboveDayLimit)


def test_an_approval_sees_what_the_day_has_left(
    alice: Client, bob: Client, daisy: User, day_of_500: User
) -> None:
    request = ask_for_points(alice, 400, by=daisy)

    outcome = after_rival(
        lambda: give_points(bob, 400, by=day_of_500),
        lambda: approve_correction(request=request, answer="", actor=day_of_500),
    )

    assert isinstance(outcome.result, AboveDayLimit)
    assert balance_of(alice) == 0


def test_taking_back_sees_what_the_day_has_left(
    alice: Client, bob: Client, day_of_500: User
) -> None:
    entry = give_points(alice, 400)

    outcome = after_rival(
        lambda: give_points(bob, 400, by=day_of_500),
        lambda: undo_correction(
            entry=entry, expected=-400, description="Taken back", actor=day_of_500
        ),
    )

    assert isinstance(outcome.result, AboveDayLimit)
    assert balance_of(alice) == 400


def test_two_who_decide_about_one_request_decide_once(
    alice: Client, daisy: User, maria: User, olga: User
) -> None:
    request = ask_for_points(alice, 400, by=daisy)

    outcome = after_rival(
        lambda: decline_correction(request=request, answer="No", actor=olga),
        lambda: approve_correction(request=request, answer="", actor=maria),
    )

    assert isinstance(outcome.result, RequestDecided)
    assert balance_of(alice) == 0


def test_declining_sees_that_it_was_approved(
    alice: Client, daisy: User, maria: User, olga: User
) -> None:
    request = ask_for_points(alice, 400, by=daisy)

    outcome = after_rival(
        lambda: approve_correction(request=request, answer="", actor=olga),
        lambda: decline_correction(request=request, answer="No", actor=maria),
    )

    assert isinstance(outcome.result, RequestDecided)
    assert balance_of(alice) == 400


def test_nothing_is_approved_while_loyalty_is_being_switched_off(
    alice: Client, daisy: User, maria: User
) -> None:
    request = ask_for_points(alice, 400, by=daisy)

    outcome = after_rival(
        lambda: set_feature(code="loyalty", on=False, actor=None),
        lambda: approve_correction(request=request, answer="", actor=maria),
    )

    assert isinstance(outcome.result, FeatureOff)


def test_nothing_is_taken_back_while_loyalty_is_being_switched_off(
    alice: Client, maria: User
) -> None:
    entry = give_points(alice, 400)

    outcome = after_rival(
        lambda: set_feature(code="loyalty", on=False, actor=None),
        lambda: undo_correction(entry=entry, expected=-400, description="Taken back", actor=maria),
    )

    assert isinstance(outcome.result, FeatureOff)


def test_taking_back_reads_the_balance_that_is_left(alice: Client, maria: User) -> None:
    entry = give_points(alice, 400)
    owner = UserFactory(is_superuser=True)

    outcome = after_rival(
        lambda: give_points(alice, -300, by=owner),
        lambda: undo_correction(entry=entry, expected=-400, description="Taken back", actor=maria),
    )

    assert isinstance(outcome.result, UndoChanged)
    assert balance_of(alice) == 100


def test_who_is_at_work_may_be_named_meanwhile(day_of_500: User) -> None:
    """An entry that only names who made it does not wait for that row."""
    request_of = ClientFactory()

    outcome = after_rival(
        lambda: lock_one(User.objects.all(), day_of_500.pk),
        lambda: ask_for_points(request_of, 400, by=day_of_500),
    )

    assert not outcome.waited
