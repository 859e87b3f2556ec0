"""Corrections above a limit: asked for by one person and decided by another."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from business.errors import FeatureOff
from clients.consents import record_consent
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.errors import FormAlreadyUsed, NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.correcting_limits import moved_today
from loyalty.correcting_requests import (
    approve_correction,
    ask_for_correction,
    decline_correction,
    waiting_requests,
)
from loyalty.errors import (
    AboveDayLimit,
    AboveLimit,
    AnswerMissing,
    BelowZero,
    DescriptionMissing,
    OwnRequest,
    RequestDecided,
)
from loyalty.models import CorrectionLimit, CorrectionRequest, PointEntry, RequestState
from loyalty.points import balance_of
from notifications.models import Message
from tests.conftest import Clock
from tests.factories import UserFactory, give_points, turn_off, turn_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty_on(db: None) -> None:
    turn_on("loyalty")


def ask(
    client: Client,
    actor: User,
    amount: int = 5000,
    token: str = "",
    *,
    description: str = "Ten years with us",
    tell: bool = False,
) -> CorrectionRequest:
    return ask_for_correction(
        client=client,
        amount=amount,
        description=description,
        form_token=token or new_form_token(),
        actor=actor,
        tell_client=tell,
    )


def approve(request: CorrectionRequest, actor: User, answer: str = "") -> CorrectionRequest:
    return approve_correction(request=request, answer=answer, actor=actor)


def decline(request: CorrectionRequest, actor: User, answer: str = "Ask Olga") -> CorrectionRequest:
    return decline_correction(request=request, answer=answer, actor=actor)


def test_a_request_moves_nothing(alice: Client, daisy: User) -> None:
    request = ask(alice, daisy)

    assert (request.state, request.amount, request.asked_by) == (
        RequestState.WAITING,
        5000,
        daisy,
    )
    assert balance_of(alice) == 0
    assert list(waiting_requests()) == [request]


def test_asking_twice_with_one_form_asks_once(alice: Client, daisy: User) -> None:
    token = new_form_token()

    assert ask(alice, daisy, token=token) == ask(alice, daisy, token=token)

    with pytest.raises(FormAlreadyUsed):
        ask(alice, daisy, 6000, token=token)


def test_approving_adds_the_points_once(
    alice: Client, daisy: User, maria: User, clock: Clock
) -> None:
    request = ask(alice, daisy)
    clock.advance(minutes=5)

    approved = approve(request, maria, "Fine")
    approve(request, maria, "Fine")

    entry = PointEntry.objects.get()
    assert (entry.key, entry.amount, entry.actor, entry.description) == (
        f"correction-request:{request.pk}:adjust",
        5000,
        maria,
        "Ten years with us",
    )
    assert (approved.state, approved.decided_by, approved.answer, approved.decided_at) == (
        RequestState.APPROVED,
        maria,
        "Fine",
        clock.now,
    )
    assert (balance_of(alice), moved_today(maria), moved_today(daisy)) == (5000, 5000, 0)


def test_approving_tells_a_client_who_agreed_when_that_was_asked(
    alice: Client, bob: Client, daisy: User, maria: User
) -> None:
    record_consent(client=alice, granted=True, language="en", source="desk", actor=None)

    approve(ask(alice, daisy, tell=True), maria)
    approve(ask(bob, daisy, tell=True), maria)

    assert Message.objects.get(kind="points_adjusted").client == alice


def test_nobody_decides_about_a_request_of_their_own(
    alice: Client, daisy: User, maria: User
) -> None:
    request = ask(alice, maria)

    for decide in (approve, decline):
        with pytest.raises(OwnRequest):
            decide(request, maria)

    assert balance_of(alice) == 0


def test_who_may_not_move_that_much_decides_nothing(alice: Client, daisy: User) -> None:
    colleague = UserFactory(is_staff=True)
    colleague.groups.set(daisy.groups.all())
    request = ask(alice, daisy)

    for decide in (approve, decline):
        with pytest.raises(AboveLimit):
            decide(request, colleague)

    small = ask(alice, daisy, 400)
    assert approve(small, colleague).state == RequestState.APPROVED


def test_an_approval_counts_towards_the_day_of_who_approves(
    alice: Client, daisy: User, maria: User
) -> None:
    CorrectionLimit.objects.filter(role__name="Manager").update(per_day=7000)
    approve(ask(alice, daisy), maria)

    with pytest.raises(AboveDayLimit):
        approve(ask(alice, daisy), maria)

    assert balance_of(alice) == 5000


def test_a_provider_neither_asks_nor_decides(alice: Client, daisy: User, pavel: User) -> None:
    with pytest.raises(NotAllowed):
        ask(alice, pavel)

    request = ask(alice, daisy)
    for decide in (approve, decline):
        with pytest.raises(NotAllowed):
            decide(request, pavel)


def test_declining_says_why_and_moves_nothing(alice: Client, daisy: User, maria: User) -> None:
    request = ask(alice, daisy)

    with pytest.raises(AnswerMissing):
        decline(request, maria, " ")
    declined = decline(request, maria, "Not so many")
    decline(request, maria, "Not so many")

    assert (declined.state, declined.answer, balance_of(alice)) == (
        RequestState.DECLINED,
        "Not so many",
        0,
    )
    assert not waiting_requests().exists()


def test_what_is_decided_stays_so(alice: Client, daisy: User, maria: User, olga: User) -> None:
    declined, approved = ask(alice, daisy), ask(alice, daisy)
    decline(declined, maria)
    approve(approved, maria)

    for decide, request in ((approve, declined), (decline, approved)):
        for person in (maria, olga):
            with pytest.raises(RequestDecided):
                decide(request, person)
    with pytest.raises(RequestDecided):
        approve(approved, olga)

    assert balance_of(alice) == 5000


def test_asking_to_deduct_more_than_there_is_is_refused(alice: Client, daisy: User) -> None:
    give_points(alice, 900)

    with pytest.raises(BelowZero):
        ask(alice, daisy, -901)


def test_points_that_went_meanwhile_leave_the_request_waiting(
    alice: Client, daisy: User, maria: User
) -> None:
    give_points(alice, 900)
    request = ask(alice, daisy, -900)
    give_points(alice, -1)

    with pytest.raises(BelowZero):
        approve(request, maria)

    request.refresh_from_db()
    assert (request.state, balance_of(alice)) == (RequestState.WAITING, 899)


def test_asking_says_why(alice: Client, daisy: User) -> None:
    with pytest.raises(DescriptionMissing):
        ask(alice, daisy, description=" ")


def test_while_loyalty_is_off_nothing_is_asked_or_approved_but_declined(
    alice: Client, daisy: User, maria: User
) -> None:
    request = ask(alice, daisy)
    turn_off("loyalty")

    with pytest.raises(FeatureOff):
        ask(alice, daisy)
    with pytest.raises(FeatureOff):
        approve(request, maria)

    assert decline(request, maria).state == RequestState.DECLINED


def test_an_erased_client_gets_nothing(alice: Client, daisy: User, maria: User) -> None:
    request = ask(alice, daisy)
    erase_personal_data(client=alice, actor=None)
    alice.refresh_from_db()

    with pytest.raises(ClientGone):
        ask(alice, daisy)
    with pytest.raises(ClientGone):
        approve(request, maria)


def test_the_database_keeps_who_asked_from_deciding(alice: Client, daisy: User) -> None:
    request = ask(alice, daisy)

    with pytest.raises(IntegrityError, match="decided_by_another"):
        CorrectionRequest.objects.filter(pk=request.pk).update(
            state="approved", decided_by=daisy, decided_at=request.asked_at
        )
