"""What each feature switch changes on the website, at once (product: Custom features)."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from django.urls import get_resolver

from clients.models import Client
from foundation.models import User
from tests.factories import (
    PASSWORD,
    GiftCardTypeFactory,
    RewardFactory,
    give_card,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db


def account_pages() -> list[str]:
    """Every address under /account/ that needs nothing in it: the library's and ours."""
    found = []
    for resolver in get_resolver().url_patterns:
        for pattern in getattr(resolver, "url_patterns", []):
            inner = getattr(pattern, "url_patterns", [pattern])
            prefix = str(pattern.pattern) if hasattr(pattern, "url_patterns") else ""
            found += [f"/{prefix}{each.pattern}" for each in inner]
    return sorted({each for each in found if each.startswith("/account/") and "<" not in each})


def test_the_list_of_account_pages_is_not_empty() -> None:
    pages = account_pages()
    assert "/account/login/" in pages
    assert "/account/points/" in pages
    assert len(pages) > 15


# --- client login -----------------------------------------------------------------------------


@pytest.mark.parametrize("signed_in", [False, True])
def test_client_login_off_and_the_account_is_not_there(
    client: Browser, alice: Client, signed_in: bool
) -> None:
    if signed_in:
        client.force_login(alice.user)
    turn_off("client_login")
    for page in account_pages():
        for prefix in ("", "/fi"):
            assert client.get(f"{prefix}{page}").status_code == 404, page
            assert client.post(f"{prefix}{page}").status_code == 404, page
    assert client.get("/.well-known/change-password").status_code == 404
    assert client.get(f"/g/{give_card(alice).token}/").status_code == 404


def test_client_login_off_and_no_link_leads_there(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    turn_off("client_login")
    for page in ("/contact/", "/gift-cards/", "/gift-cards/balance/", "/terms/"):
        assert "/account/" not in client.get(page).content.decode(), page


def test_client_login_off_and_staff_still_sign_in_to_the_panel(client: Browser) -> None:
    turn_off("client_login")
    User.objects.create_superuser("olga@salon.test", PASSWORD, name="Olga")
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 200
    where = answer.request["PATH_INFO"]
    assert where.startswith("/admin/")
    answer = client.post(where, {"username": "olga@salon.test", "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200


def test_client_login_off_and_nobody_s_points_are_in_the_header(
    client: Browser, alice: Client
) -> None:
    turn_on("loyalty")
    give_points(alice, 340)
    client.force_login(alice.user)
    assert "340 points" in client.get("/contact/").content.decode()
    turn_off("client_login")
    assert "340" not in client.get("/contact/").content.decode()


def test_client_login_on_again_and_everything_is_back(client: Browser, alice: Client) -> None:
    client.force_login(alice.user)
    turn_off("client_login")
    turn_on("client_login")
    assert client.get("/account/").status_code == 200


# --- gift cards -------------------------------------------------------------------------------


def test_gift_cards_off_and_the_shop_is_closed_but_cards_still_pay(
    client: Browser, alice: Client
) -> None:
    from giftcards.cards import reveal_code

    GiftCardTypeFactory(name_en="Gift card 50")
    card = give_card(alice)
    turn_off("gift_cards")
    page = client.get("/gift-cards/").content.decode()
    assert "We sell no gift cards at the moment" in page
    assert "still pays" in page
    assert "Gift card 50" not in page
    assert 'href="/gift-cards/"' not in client.get("/contact/").content.decode()
    found = client.post("/gift-cards/balance/", {"code": reveal_code(card)})
    assert "€50.00" in found.content.decode()


# --- loyalty ----------------------------------------------------------------------------------


def test_loyalty_off_and_balances_are_kept_frozen(client: Browser, alice: Client) -> None:
    turn_on("loyalty")
    reward = RewardFactory()
    give_points(alice, 820)
    turn_off("loyalty")
    client.force_login(alice.user)
    assert "820 points" not in client.get("/contact/").content.decode()
    page = client.get("/account/points/").content.decode()
    assert "820 points" in page
    assert "earned or spent right now" in page
    confirm = f"/gift-cards/{reward.gift_card_type.slug}/points/"
    assert client.get(confirm).headers["Location"] == "/gift-cards/"
    assert client.get("/rewards/").status_code == 404


def test_loyalty_off_and_who_has_no_points_sees_no_trace_of_them(
    client: Browser, alice: Client
) -> None:
    client.force_login(alice.user)
    page = client.get("/account/").content.decode()
    assert not re.search(r"\bpoints?\b", page.split("<main")[1].split("</main>")[0].lower())


# --- the frame --------------------------------------------------------------------------------


def test_the_frame_costs_few_queries_and_the_panel_none_of_them(
    client: Browser, alice: Client
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    turn_on("loyalty")
    client.force_login(alice.user)
    with CaptureQueriesContext(connection) as seen:
        client.get("/contact/")
    # Session and login, then business, switches, client and points.
    assert len(seen) == 6
    client.logout()
    with CaptureQueriesContext(connection) as seen:
        client.get("/contact/")
    assert len(seen) == 2


@pytest.mark.parametrize("page", ["/no-such-page/", "/fi/no-such-page/", "/admin-x/"])
def test_a_missing_page_has_the_frame_too(client: Browser, alice: Client, page: str) -> None:
    client.force_login(alice.user)
    answer = client.get(page)
    assert answer.status_code == 404
    assert 'hreflang="da" href="http://testserver/da/"' in answer.content.decode()


def test_language_links_keep_page_and_query(client: Browser, db: None) -> None:
    page = client.get("/contact/", {"a": "1&2"}).content.decode()
    assert 'href="/da/contact/?a=1%262"' in page
    assert ">Dansk</a>" in page
    assert ">Suomi</a>" in page
