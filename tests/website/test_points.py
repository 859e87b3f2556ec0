"""Points: balance, on the way, history (C23)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.models import Client
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db

PAGE = "/account/points/"


@pytest.fixture(autouse=True)
def _loyalty(db: None) -> None:
    turn_on("loyalty")


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


def book_massage(client: Client) -> None:
    """4 November, 14:30 to 15:30 in Helsinki, for 60 points."""
    provider = ProviderFactory()
    service = ServiceFactory(name_en="Deep tissue massage", providers=[provider])
    EarningRuleFactory(service=service)
    starts = dt.datetime(2025, 11, 4, 12, 30, tzinfo=dt.UTC)
    book(client, service, starts, provider=provider)


def test_points_on_the_way_carry_the_hour_and_are_not_in_the_balance(
    as_alice: Browser, alice: Client
) -> None:
    book_massage(alice)
    page = as_alice.get(PAGE).content.decode()
    assert "+60" in page
    assert "will be added around Tue 4 Nov 18:30" in page
    assert "0 points" in page
    assert "No points yet" in page


def test_history_says_rule_service_and_visit(
    as_alice: Browser, alice: Client, clock: Clock
) -> None:
    book_massage(alice)
    clock.advance(hours=8)
    credit_due_awards()
    page = as_alice.get(PAGE).content.decode()
    assert "1 × 60 = 60 for Deep tissue massage, Tue 4 Nov 14:30" in page
    assert "Tue 4 Nov 2025" in page
    assert "60 points" in page
    assert "will be added around" not in page


def test_history_shows_the_staff_member_s_words(as_alice: Browser, alice: Client) -> None:
    give_points(alice, 50, description="Sorry for <the> wait")
    give_points(alice, -20, description="Typing error")
    page = as_alice.get(PAGE).content.decode()
    assert "Sorry for &lt;the&gt; wait" in page
    assert "−20" in page
    assert "30 points" in page


def test_history_of_another_client_is_not_seen(
    as_alice: Browser, alice: Client, bob: Client
) -> None:
    give_points(bob, 500, description="For Bob")
    assert b"For Bob" not in as_alice.get(PAGE).content


@pytest.mark.parametrize(
    ("kind", "shown"), [("", True), ("adjusted", True), ("earned", False), ("spent", False)]
)
def test_history_is_filtered_by_kind(
    as_alice: Browser, alice: Client, kind: str, shown: bool
) -> None:
    give_points(alice, 50, description="A present")
    page = as_alice.get(PAGE, {"kind": kind}).content.decode()
    assert ("A present" in page) is shown
    assert ("Nothing of this kind yet" in page) is not shown


def test_older_movements_follow_by_key_without_gap_or_repeat(
    as_alice: Browser, alice: Client
) -> None:
    for number in range(1, 54):
        give_points(alice, 1, description=f"Number {number}.")
    first = as_alice.get(PAGE).content.decode()
    assert "Number 53." in first
    assert "Number 4." in first
    assert "Number 3." not in first
    assert "before=4#history" in first
    second = as_alice.get(PAGE, {"before": 4}).content.decode()
    assert all(f"Number {number}." in second for number in (1, 2, 3))
    assert "Number 4." not in second
    assert "Older" not in second
    assert "Newest" in second


@pytest.mark.parametrize(
    "query",
    [
        {"before": "0"},
        {"before": "-5"},
        {"before": "9" * 500},
        {"before": "1\x00"},
        {"kind": "\x00"},
        {"kind": "x" * 9000},
        {"kind": ["spent", "earned"], "before": ["1", "x"]},
    ],
)
def test_nasty_queries_are_no_faults(
    as_alice: Browser, alice: Client, query: dict[str, object]
) -> None:
    give_points(alice, 1)
    assert as_alice.get(PAGE, query).status_code == 200


def test_htmx_swaps_the_history_only(as_alice: Browser, alice: Client) -> None:
    give_points(alice, 50, description="A present")
    answer = as_alice.get(
        PAGE, {"kind": "adjusted"}, headers={"HX-Request": "true", "HX-Target": "history"}
    )
    page = answer.content.decode()
    assert page.lstrip().startswith('<div id="history"')
    assert "<h1" not in page
    assert "A present" in page
    assert "HX-Request" in answer.headers["Vary"]


def test_the_next_goal_says_what_is_missing(as_alice: Browser, alice: Client) -> None:
    reward = RewardFactory(points=500, gift_card_type__name_en="Gift card €50")
    give_points(alice, 340)
    page = as_alice.get(PAGE).content.decode()
    assert "160 more points for Gift card €50" in page
    assert "You need 160 more points" in page
    give_points(alice, 160)
    page = as_alice.get(PAGE).content.decode()
    assert f"/gift-cards/{reward.gift_card_type.slug}/points/" in page
    assert "Spend points" in page


def test_balance_stays_to_be_seen_while_loyalty_is_off(as_alice: Browser, alice: Client) -> None:
    RewardFactory()
    give_points(alice, 340, description="A present")
    turn_off("loyalty")
    page = as_alice.get(PAGE).content.decode()
    assert "340 points" in page
    assert "can't be earned or spent right now" in page
    assert "A present" in page
    assert "Choose by points" not in page
    assert "340 points" in as_alice.get("/account/").content.decode()


def test_needs_the_same_queries_for_1_and_for_30_movements(
    as_alice: Browser, alice: Client, django_assert_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    RewardFactory()
    give_points(alice, 1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        as_alice.get(PAGE)
    for _ in range(29):
        give_points(alice, 1)
    with CaptureQueriesContext(connection) as many:
        as_alice.get(PAGE)
    assert len(many) == len(few)
    assert len(many) <= 16
