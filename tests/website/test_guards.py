"""Guards of the website that stand behind another, each met alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import Http404
from django.test import Client as Browser

from bookings.errors import HoldGone
from bookings.holds import place_hold
from bookings.lines import Line
from clients.models import Client, ConsentRecord
from foundation import clock
from foundation.errors import TooManyAttempts
from foundation.models import User
from loyalty.history import entries_of, on_the_way
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    book,
    give_card,
    give_points,
    turn_off,
    turn_on,
)
from website import flow, limits, sign_up
from website.private import for_clients
from website.views import review
from website.visitors import my_user

pytestmark = pytest.mark.django_db

IN_A_DAY = dt.timedelta(days=1)


def request_of(rf, user: User | None = None):
    request = rf.get("/")
    request.user = user
    request.session = {}
    return request


def test_history_and_what_comes_are_one_client_s(alice: Client, bob: Client) -> None:
    turn_on("loyalty")
    give_points(alice, 10)
    rule = EarningRuleFactory(service__providers=[ProviderFactory()])
    book(alice, rule.service, clock.now() + IN_A_DAY)
    give_points(bob, 5)

    assert ([entry.amount for entry in entries_of(bob)], on_the_way(bob)) == ([5], [])


def test_a_draft_of_another_login_is_not_there(rf, alice: Client, bob: Client) -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    hold = place_hold(lines=[Line(service)], starts_at=clock.now() + IN_A_DAY, user=alice.user)

    with pytest.raises(HoldGone):
        flow.my_hold(request_of(rf, bob.user), hold.token)


def test_another_client_s_card_is_not_chosen_without_its_code(alice: Client, bob: Client) -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    browser, card = Browser(), give_card(bob)
    browser.force_login(alice.user)
    hold = place_hold(lines=[Line(service)], starts_at=clock.now() + IN_A_DAY, user=alice.user)

    browser.post(f"/book/d/{hold.token}/cards/", {"card": card.token})

    hold.refresh_from_db()
    assert review._card_ids(hold) == []


def test_nobody_is_signed_in_while_client_login_is_off(rf, alice: Client) -> None:
    turn_off("client_login")
    request = request_of(rf, alice.user)

    assert my_user(request) is None
    with pytest.raises(Http404):
        for_clients(lambda request, client: None)(request)


@pytest.mark.parametrize("same", ["address", "account"])
def test_tries_are_counted_per_address_and_per_account(rf, db: None, same: str) -> None:
    def tried(number: int) -> None:
        request = request_of(rf, UserFactory())
        request.META["REMOTE_ADDR"] = "192.0.2.1" if same == "address" else f"192.0.2.{number}"
        who = "a" if same == "account" else f"a{number}"
        limits.count_try(request, "sign-in", f"{who}@example.test")

    limit = limits.LIMITS["sign-in"]
    for number in range(limit.per_address if same == "address" else limit.per_account):
        tried(number)

    with pytest.raises(TooManyAttempts):
        tried(200)


class Address:
    def __init__(self, user: User) -> None:
        self.user = user


def test_a_staff_address_that_is_proved_makes_no_client(rf, daisy: User) -> None:
    sign_up.open_client_record(None, request_of(rf), email_address=Address(daisy))

    assert not Client.objects.filter(user=daisy).exists()


def test_consent_counts_for_the_login_that_gave_it(rf, alice: Client, bob: Client) -> None:
    request = request_of(rf)
    request.session[sign_up._CONSENT] = {"user": alice.user.pk, "language": "en"}

    sign_up.open_client_record(None, request, email_address=Address(bob.user))

    assert not ConsentRecord.objects.exists()


def test_a_password_of_nine_characters_is_too_short() -> None:
    with pytest.raises(ValidationError):
        validate_password("xq7!kd2wz")


def test_a_form_of_two_thousand_fields_is_refused(client: Browser, db: None) -> None:
    sent = {f"field{number}": "x" for number in range(2000)}

    assert client.post("/theme/", sent).status_code == 400
