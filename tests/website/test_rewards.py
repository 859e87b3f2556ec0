"""How points work, for everybody (C18)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clients.models import Client
from tests.factories import (
    EarningRuleFactory,
    RewardFactory,
    ServiceFactory,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db

PAGE = "/rewards/"


def test_rewards_are_gone_while_loyalty_is_off(client: Browser, db: None) -> None:
    assert client.get(PAGE).status_code == 404


def test_rewards_tell_what_earns_and_what_points_buy(client: Browser) -> None:
    turn_on("loyalty")
    EarningRuleFactory(service=ServiceFactory(name_en="Deep tissue massage"), points=60)
    EarningRuleFactory(service=ServiceFactory(name_en="Secret"), enabled=False)
    EarningRuleFactory(service=ServiceFactory(name_en="Desk only", online=False))
    RewardFactory(points=500, gift_card_type__name_en="Gift card 50")
    page = client.get(PAGE).content.decode()
    assert "about 3 hours after your visit" in page
    assert "Deep tissue massage" in page
    assert "60 points" in page
    assert "Secret" not in page
    assert "Desk only" not in page
    assert "Gift card 50" in page
    assert "See my points" in page


def test_rewards_before_anything_earns(client: Browser) -> None:
    turn_on("loyalty")
    assert b"Starts soon" in client.get(PAGE).content


def test_rewards_show_the_balance_of_whoever_is_signed_in(client: Browser, alice: Client) -> None:
    turn_on("loyalty")
    give_points(alice, 340)
    client.force_login(alice.user)
    assert "340 points" in client.get(PAGE).content.decode()


def test_rewards_need_the_same_queries_for_1_and_for_30(client: Browser, alice: Client) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    turn_on("loyalty")
    client.force_login(alice.user)

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(PAGE)
        return len(seen)

    EarningRuleFactory()
    RewardFactory()
    few = count()
    for _ in range(29):
        EarningRuleFactory()
        RewardFactory()
    assert count() == few


def test_rewards_disappear_again(client: Browser) -> None:
    turn_on("loyalty")
    assert b'href="/rewards/"' in client.get("/contact/").content
    turn_off("loyalty")
    assert client.get(PAGE).status_code == 404
    assert b'href="/rewards/"' not in client.get("/contact/").content
