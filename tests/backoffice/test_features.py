"""Custom features (S10): what a switch asks, refuses, turns and says."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from business.features import get_features
from business.models import Business, Features
from foundation.models import User
from tests.factories import EarningRuleFactory, turn_off, turn_on

pytestmark = pytest.mark.django_db

PAGE = "/admin/features/"
HTMX = {"HTTP_HX_REQUEST": "true"}
WITH_LOYALTY = ["payments", "client_login", "coupons", "gift_cards"]


@pytest.fixture
def owner(client: Browser, olga: User) -> Browser:
    client.force_login(olga)
    return client


def states() -> dict[str, bool]:
    features = get_features()
    codes = [*WITH_LOYALTY, "loyalty", "clean_history"]
    return {code: getattr(features, code) for code in codes}


def all_off() -> None:
    turn_off("loyalty", "clean_history", *WITH_LOYALTY)


def test_page_shows_every_feature_with_what_it_needs_and_excludes(owner: Browser) -> None:
    html = owner.get(PAGE).content.decode()

    for text in (
        "Business enhancements",
        "Loyalty system",
        "Needs: Accept payments, Client login, Coupons, Gift cards",
        "Conflicts with: Clean history",
        "Conflicts with: Loyalty system",
    ):
        assert text in html
    assert html.count('role="switch"') == 6


def test_page_is_not_kept_by_any_cache(owner: Browser) -> None:
    assert "no-store" in owner.get(PAGE).headers["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("?q=NIGHT", "Clean history", "Codes that lower"),
        ("?category=payments", "Accept payments", "Codes that lower"),
        ("?on_only=1", "Accept payments", "Codes that lower"),
    ],
)
def test_page_shows_what_is_asked_for(owner: Browser, query: str, shown: str, hidden: str) -> None:
    turn_off("coupons")

    html = owner.get(PAGE + query).content.decode()

    rows = html.split('id="feature-rows"')[1].split('id="feature-panel"')[0]
    assert shown in rows
    assert hidden not in rows


@pytest.mark.parametrize("query", ["?q=%00", "?category=nothing", "?on_only=%FF", "?q=" + "x" * 99])
def test_page_survives_any_query_string(owner: Browser, query: str) -> None:
    assert owner.get(PAGE + query).status_code == 200


def test_page_says_so_when_nothing_fits(owner: Browser) -> None:
    assert b"No feature fits." in owner.get(PAGE + "?q=zzz").content


def test_turning_loyalty_on_first_names_what_goes_with_it(owner: Browser) -> None:
    all_off()

    response = owner.post(PAGE + "loyalty/on/", **HTMX)

    html = response.content.decode()
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#feature-dialog"
    assert "This also turns on: Accept payments, Client login, Coupons, Gift cards." in html
    assert "Turn on all five" in html
    assert "Not now" in html
    assert not any(states().values())


def test_turning_loyalty_on_without_scripts_asks_on_a_page(owner: Browser) -> None:
    all_off()

    response = owner.post(PAGE + "loyalty/on/")

    assert response.status_code == 409
    assert b"Turn on all five" in response.content
    assert b"<html" in response.content


def test_agreeing_turns_on_all_five(owner: Browser) -> None:
    all_off()

    response = owner.post(PAGE + "loyalty/on/", {"others": WITH_LOYALTY}, follow=True)

    assert states() == {
        **dict.fromkeys(WITH_LOYALTY, True),
        "loyalty": True,
        "clean_history": False,
    }
    text = "Loyalty system is on, and so are: Client login, Accept payments, Coupons, Gift cards."
    assert text in response.content.decode()


def test_agreeing_by_htmx_answers_rows_panel_and_words(owner: Browser) -> None:
    turn_on(*WITH_LOYALTY)

    response = owner.post(PAGE + "loyalty/on/", **HTMX)

    html = response.content.decode()
    assert response.status_code == 200
    assert 'data-said="Loyalty system is on."' in html
    assert 'id="feature-panel"' in html
    assert html.count('hx-swap-oob="true"') == 2
    assert "<html" not in html


def test_question_is_asked_again_when_more_must_go_along_by_now(owner: Browser) -> None:
    """Between the question and the answer somebody turned gift cards off."""
    all_off()
    turn_on("payments", "client_login")

    response = owner.post(PAGE + "loyalty/on/", {"others": ["coupons"]}, **HTMX)

    assert response.status_code == 409
    assert b"Turn on all three" in response.content
    assert not get_features().loyalty


def test_turning_a_needed_feature_off_asks_about_both(owner: Browser) -> None:
    turn_on("loyalty")

    asked = owner.post(PAGE + "client_login/off/", **HTMX)
    assert asked.status_code == 409
    assert "Loyalty system uses Client login. Turn off both?" in asked.content.decode()
    assert get_features().loyalty

    owner.post(PAGE + "client_login/off/", {"others": ["loyalty"]}, **HTMX)
    assert (get_features().client_login, get_features().loyalty) == (False, False)


@pytest.mark.parametrize(
    ("standing", "wanted", "reason"),
    [
        (
            "loyalty",
            "clean_history",
            (
                "Clean history cannot be on together with Loyalty system. "
                "Turn off Loyalty system first."
            ),
        ),
        (
            "clean_history",
            "loyalty",
            (
                "Loyalty system cannot be on together with Clean history. "
                "Turn off Clean history first."
            ),
        ),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_loyalty_and_clean_history_block_each_other_with_the_reason(
    owner: Browser, standing: str, wanted: str, reason: str, headers: dict[str, str]
) -> None:
    turn_on(standing)
    assert reason in owner.get(PAGE).content.decode()

    response = owner.post(PAGE + f"{wanted}/on/", **headers)

    assert response.status_code == 409
    assert reason in response.content.decode()
    assert f'href="/admin/features/{standing}/"' in response.content.decode()
    assert not getattr(get_features(), wanted)


def test_turning_loyalty_off_is_instant_and_says_what_happens(owner: Browser) -> None:
    turn_on("loyalty")
    assert "Balances are kept and shown as frozen." in owner.get(PAGE).content.decode()

    response = owner.post(PAGE + "loyalty/off/", follow=True)

    html = response.content.decode()
    assert response.redirect_chain == [("/admin/features/loyalty/", 302)]
    assert "Loyalty system is off." in html
    assert "Off since 4 Nov 2025 11:00." in html
    assert not get_features().loyalty


def test_who_turned_it_and_when_is_kept(owner: Browser, olga: User) -> None:
    owner.post(PAGE + "coupons/on/")
    owner.post(PAGE + "coupons/off/")

    html = owner.get(PAGE + "coupons/").content.decode()

    assert html.count(olga.name) >= 2
    assert Features.objects.get().changed_by == olga


def test_repeating_a_switch_changes_nothing(owner: Browser) -> None:
    for _ in range(2):
        assert owner.post(PAGE + "coupons/on/", **HTMX).status_code == 200

    assert get_features().coupons


def test_question_has_an_address_of_its_own(owner: Browser) -> None:
    turn_off("coupons")

    html = owner.get(PAGE + "loyalty/on/").content.decode()

    assert "Turn on both" in html
    assert "Turn on Loyalty system?" in html
    assert not get_features().loyalty


def test_unknown_feature_is_not_found(owner: Browser) -> None:
    for path in ("nothing/", "nothing/on/", "__class__/off/"):
        assert owner.get(PAGE + path).status_code == 404
        assert owner.post(PAGE + path).status_code == 404


def test_manager_sees_the_switches_and_turns_none(client: Browser, maria: User) -> None:
    client.force_login(maria)

    assert b'role="switch"' not in client.get(PAGE).content
    response = client.post(PAGE + "coupons/on/")

    assert response.status_code == 403
    assert b"Owner" in response.content
    assert not get_features().coupons


def test_front_desk_and_provider_are_refused_politely(
    client: Browser, daisy: User, pavel: User
) -> None:
    for user in (daisy, pavel):
        client.force_login(user)
        assert client.get(PAGE).status_code == 403


def test_stranger_is_sent_to_sign_in(client: Browser) -> None:
    response = client.get(PAGE)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_switch_needs_its_token(olga: User) -> None:
    """T13."""
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(olga)

    assert browser.post(PAGE + "coupons/on/", **HTMX).status_code == 403
    assert not get_features().coupons


def test_delay_is_saved_within_its_limits(owner: Browser) -> None:
    response = owner.post(PAGE + "loyalty/delay/", {"minutes": "230"}, follow=True)

    assert Business.objects.get().award_delay_minutes == 230
    assert "It counts for bookings made from now on." in response.content.decode()


@pytest.mark.parametrize("minutes", ["179", "231", "", "three", "1e9", "-200", "200.5"])
def test_delay_outside_its_limits_is_refused(owner: Browser, minutes: str) -> None:
    response = owner.post(PAGE + "loyalty/delay/", {"minutes": minutes})

    html = response.content.decode()
    assert response.status_code == 422
    assert html.count("Enter a whole number of minutes from 180 to 230") == 2
    assert "Error:" in html
    assert Business.objects.get().award_delay_minutes == 180


def test_loyalty_panel_links_to_where_points_are_set(owner: Browser) -> None:
    EarningRuleFactory()

    html = owner.get(PAGE + "loyalty/").content.decode()

    for address in (
        "/admin/catalogue/appointmentservice/",
        "/admin/catalogue/classservice/",
        "/admin/giftcards/giftcardtype/",
        "/admin/features/messages/points_added/en/",
        "/admin/features/messages/points_adjusted/fi/",
    ):
        assert f'href="{address}"' in html
    assert "1 earns points" in html


def test_page_asks_no_more_with_a_long_history(
    owner: Browser, django_assert_max_num_queries: object
) -> None:
    owner.get(PAGE)
    for _ in range(10):
        turn_on("coupons")
        turn_off("coupons")

    with django_assert_max_num_queries(20):  # type: ignore[operator]
        owner.get(PAGE)
