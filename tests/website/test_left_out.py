"""The website for a client who is left out of the programme: no word of points."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.models import Client
from clients.people import give_card_number
from clients.programme import leave_out
from foundation.models import User
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_points,
    turn_on,
)

pytestmark = pytest.mark.django_db

TEN = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)  # Wednesday, 10:00 in Helsinki


@pytest.fixture
def left_out(client: Browser, alice: Client, maria: User) -> Browser:
    """Alice signed in, with 600 points, a card, a visit that earns, and out since then."""
    turn_on("loyalty")
    give_points(alice, 600)
    give_card_number(client=alice)
    service = ServiceFactory(name_en="Massage", providers=[ProviderFactory()])
    EarningRuleFactory(service=service, points=60)
    RewardFactory(points=500)
    book(alice, service, TEN)
    leave_out(client=alice, reason="Is staff herself", actor=maria)
    assert alice.user is not None
    client.force_login(alice.user)
    return client


@pytest.mark.parametrize("address", ["/", "/account/", "/services/", "/gift-cards/"])
def test_pages_say_nothing_of_points(left_out: Browser, address: str) -> None:
    page = left_out.get(address)

    assert page.status_code == 200
    text = page.content.decode().lower()
    for word in ("points", "earn ", "/rewards/", "loyalty"):
        assert word not in text.split("<main", 1)[1].split("</main>")[0], word
    assert 'tag-points">' not in text


@pytest.mark.parametrize("address", ["/account/points/", "/account/card/", "/rewards/"])
def test_pages_about_points_are_not_there(left_out: Browser, address: str) -> None:
    assert left_out.get(address).status_code == 404


def test_a_visit_tells_nothing_of_what_it_earns(left_out: Browser, alice: Client) -> None:
    visit = alice.visits.get()

    for page in ("", "cancel/"):
        answer = left_out.get(f"/booking/{visit.ref}/{page}")
        assert answer.status_code == 200
        assert "60 point" not in answer.content.decode()


def test_a_visit_tells_nothing_of_what_it_earned(
    left_out: Browser, alice: Client, clock: Clock
) -> None:
    clock.move_to(TEN + dt.timedelta(hours=6))
    credit_due_awards()

    page = left_out.get(f"/booking/{alice.visits.get().ref}/")

    assert balance_of(alice) == 660
    assert "60 points" not in page.content.decode()


def test_others_see_their_points_as_before(left_out: Browser, bob: Client, clock: Clock) -> None:
    other = Browser()
    assert bob.user is not None
    other.force_login(bob.user)

    assert other.get("/account/points/").status_code == 200
    assert "Earn 60 points" in other.get("/services/").content.decode()
