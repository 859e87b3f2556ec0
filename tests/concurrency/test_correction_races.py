"""Corrections by hand at once: what is left of a day, and one decision about each request. Each
race has a twin with its lock off that shows the harm, or that the database refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import IntegrityError

from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty import correcting_requests, points
from loyalty.correcting_limits import moved_today
from loyalty.correcting_requests import (
    approve_correction,
    decline_correction,
)
from loyalty.correcting_undo import undo_correction
from loyalty.errors import AboveDayLimit, RequestDecided
from loyalty.models import CorrectionLimit, CorrectionRequest, PointEntry
from loyalty.points import adjust_points, balance_of
from tests.concurrency.racing import lost, race, won
from tests.factories import ClientFactory, UserFactory, ask_for_points, give_points, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

RACERS = 8


@pytest.fixture
def desk(daisy: User) -> User:
    """Daisy, who may move 300 points a day."""
    turn_on("loyalty")
    CorrectionLimit.objects.filter(role__name="Front desk").update(per_day=300)
    return daisy


def adder(client: Client, actor: User) -> Callable[[], PointEntry]:
    token = new_form_token()
    return lambda: adjust_points(
        client=client,
        amount=100,
        description="A correction",
        form_token=token,
        actor=actor,
        tell_client=False,
    )


def approver(request: CorrectionRequest, actor: User) -> Callable[[], CorrectionRequest]:
    return lambda: approve_correction(request=request, answer="", actor=actor)


def decliner(request: CorrectionRequest, actor: User) -> Callable[[], CorrectionRequest]:
    return lambda: decline_correction(request=request, answer="No", actor=actor)


def test_corrections_at_once_stay_within_the_day(desk: User) -> None:
    # Clients of their own: nothing but the day keeps them apart.
    results = race(*[adder(client, desk) for client in ClientFactory.create_batch(RACERS)])

    assert len(won(results)) == 3
    assert {type(error) for error in lost(results)} == {AboveDayLimit}
    assert moved_today(desk) == 300


def test_without_the_lock_everybody_fits_what_is_left(desk: User) -> None:
    everybody_looked = threading.Barrier(RACERS)
    look = points.check_limits

    def look_then_wait(**asked: Any) -> None:
        look(**asked)
        everybody_looked.wait(10)

    off = mock.patch.object(points, "lock_corrector", return_value=None)
    with off, mock.patch.object(points, "check_limits", look_then_wait):
        results = race(*[adder(client, desk) for client in ClientFactory.create_batch(RACERS)])

    assert len(won(results)) == RACERS
    assert moved_today(desk) == 800


def test_two_who_approve_at_once_add_once(alice: Client, desk: User) -> None:
    owners = [UserFactory(is_superuser=True) for _ in range(RACERS)]
    request = ask_for_points(alice, by=desk)

    results = race(*[approver(request, owner) for owner in owners])

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {RequestDecided}
    assert balance_of(alice) == 5000


def test_approving_against_declining_has_one_winner(alice: Client, desk: User) -> None:
    owners = [UserFactory(is_superuser=True) for _ in range(RACERS)]
    request = ask_for_points(alice, by=desk)

    results = race(*[(approver, decliner)[n % 2](request, owner) for n, owner in enumerate(owners)])

    (winner,) = won(results)
    assert {type(error) for error in lost(results)} == {RequestDecided}
    assert balance_of(alice) == (5000 if winner.state == "approved" else 0)


@pytest.mark.parametrize("second", [approver, decliner])
def test_without_the_lock_the_database_refuses_the_second_decision(
    alice: Client, desk: User, second: Callable[..., Callable[[], CorrectionRequest]]
) -> None:
    request = ask_for_points(alice, by=desk)
    both_read = threading.Barrier(2)

    def read_then_wait(pk: int, actor: User) -> CorrectionRequest:
        found = CorrectionRequest.objects.select_related("account__client").get(pk=pk)
        both_read.wait(10)
        return found

    with mock.patch.object(correcting_requests, "_lock_request", read_then_wait):
        results = race(
            approver(request, UserFactory(is_superuser=True)),
            second(request, UserFactory(is_superuser=True)),
        )

    assert len(won(results)) == 1
    assert {type(error) for error in lost(results)} == {IntegrityError}
    request.refresh_from_db()
    assert balance_of(alice) == (5000 if request.state == "approved" else 0)


def test_one_correction_is_taken_back_once(alice: Client, desk: User) -> None:
    entry = give_points(alice, 500)
    owners = [UserFactory(is_superuser=True) for _ in range(RACERS)]

    def undoer(owner: User) -> Callable[[], PointEntry]:
        return lambda: undo_correction(
            entry=entry, expected=-500, description="Taken back", actor=owner
        )

    results = race(*[undoer(owner) for owner in owners])

    assert lost(results) == []
    assert len({each.pk for each in won(results)}) == 1
    assert balance_of(alice) == 0
