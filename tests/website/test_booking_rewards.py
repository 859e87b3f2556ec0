"""Booking by points on the website (C7): what is offered, what it costs, what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Hold, Visit
from catalogue.models import Service
from clients.models import Client
from loyalty.models import Reward
from loyalty.points import balance_of
from notifications.sending import send_due_messages
from tests.factories import ServiceRewardFactory, give_points, turn_off, turn_on
from tests.website.booking import (
    THURSDAY_10,
    choose_time,
    give_details,
    last_button,
    massage,
    text_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(alice: Client) -> Service:
    """The massage for 400 points, on the website; Alice has 820."""
    turn_on("loyalty")
    give_points(alice, 820)
    service = massage()
    ServiceRewardFactory(service=service, online=True)
    return service


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    assert alice.user is not None
    client.force_login(alice.user)
    return client


def reviewed(browser: Browser, service: Service) -> str:
    details = choose_time(browser, service, THURSDAY_10)
    response = browser.post(details, {"note": ""})
    assert response.status_code == 302, text_of(response)
    return str(response["Location"])


def choose(browser: Browser, review: str, *numbers: str) -> None:
    answer = browser.post(review.replace("/review/", "/rewards/"), {"reward": numbers})
    assert answer["Location"] == review


def test_points_pay_and_the_visit_says_so(
    as_alice: Browser, alice: Client, service: Service, mailoutbox: list[Any]
) -> None:
    review = reviewed(as_alice, service)
    page = text_of(as_alice.get(review))
    assert "Use your points" in page
    assert "420 points left after" in page

    choose(as_alice, review, "0")

    page = text_of(as_alice.get(review))
    assert "Deep tissue massage (Reward) 0.00" in page
    assert "Nothing left to pay" in page
    assert "You will earn" not in page
    answer = as_alice.post(review, last_button(as_alice, review))
    visit = Visit.objects.get()
    assert answer["Location"] == f"/booking/{visit.ref}/"
    assert (visit.bookings.get().by_points, balance_of(alice)) == (True, 420)
    assert "Deep tissue massage (Reward)" in text_of(as_alice.get(answer["Location"]))
    send_due_messages()
    assert "Deep tissue massage (Reward) with" in mailoutbox[-1].body


def test_cancelling_says_before_and_after_that_the_points_return(
    as_alice: Browser, alice: Client, service: Service, mailoutbox: list[Any]
) -> None:
    review = reviewed(as_alice, service)
    choose(as_alice, review, "0")
    visit = as_alice.post(review, last_button(as_alice, review))["Location"]
    page = as_alice.get(f"{visit}cancel/")
    assert "400 points of your reward come back." in text_of(page)

    as_alice.post(f"{visit}cancel/")

    assert balance_of(alice) == 820
    send_due_messages()
    assert "Points that are back on your balance: 400 points." in mailoutbox[-1].body


def test_the_choice_is_taken_back(as_alice: Browser, alice: Client, service: Service) -> None:
    review = reviewed(as_alice, service)
    choose(as_alice, review, "0")

    choose(as_alice, review)

    assert "You pay at the salon €72.00" in text_of(as_alice.get(review))


def test_too_few_points_say_how_many_are_missing(
    as_alice: Browser, alice: Client, service: Service
) -> None:
    give_points(alice, -500)

    page = text_of(as_alice.get(reviewed(as_alice, service)))

    assert "You need 80 more points" in page
    assert 'name="reward"' not in page


def test_what_stands_in_the_way_is_said(as_alice: Browser, service: Service) -> None:
    Reward.objects.update(weekdays=0b1)

    assert "Only on Mon" in text_of(as_alice.get(reviewed(as_alice, service)))


def test_points_that_went_meanwhile_book_nothing(
    as_alice: Browser, alice: Client, service: Service
) -> None:
    review = reviewed(as_alice, service)
    choose(as_alice, review, "0")
    sent = last_button(as_alice, review)
    give_points(alice, -500)

    answer = as_alice.post(review, sent)

    assert answer.status_code == 409
    assert "The balance is 320 points; 80 more are needed." in text_of(answer)
    assert not Visit.objects.exists()


def test_a_reward_of_the_desk_is_not_shown(as_alice: Browser, service: Service) -> None:
    Reward.objects.update(online=False)
    review = reviewed(as_alice, service)

    assert "Use your points" not in text_of(as_alice.get(review))
    choose(as_alice, review, "0")
    assert Hold.objects.get().details["rewards"] == []


def test_nothing_of_points_for_a_guest_or_while_loyalty_is_off(
    client: Browser, as_alice: Browser, service: Service
) -> None:
    review = reviewed(as_alice, service)
    turn_off("loyalty")
    assert "Use your points" not in text_of(as_alice.get(review))
    turn_on("loyalty")
    client.logout()
    review = give_details(client, choose_time(client, service, THURSDAY_10))
    choose(client, review, "0")
    # A guest's choice pays nothing: the visit is booked for money.
    client.post(review, last_button(client, review))
    visit = Visit.objects.get()
    assert (visit.bookings.get().by_points, visit.sale.total_minor) == (False, 7200)


def test_the_page_of_the_programme_lists_what_is_shown_online(
    client: Browser, service: Service
) -> None:
    assert "Services by points" in text_of(client.get("/rewards/"))
    Reward.objects.update(online=False)
    assert "Services by points" not in text_of(client.get("/rewards/"))
