"""What only a browser shows: buttons that say why they do nothing, codes shown and copied."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from clients.models import Client
from giftcards.cards import reveal_code
from tests.conftest import Clock
from tests.factories import (
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_card,
    give_points,
    turn_on,
)

if TYPE_CHECKING:
    from tests.browser import LiveSite, PageAt

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey, pytest.mark.once]


def said(page: Any, text: str) -> None:
    page.wait_for_function(
        "text => document.getElementById('status').textContent.includes(text)", arg=text
    )


def test_too_few_points_is_said_and_nothing_is_sent(
    page_at: PageAt, live_site: LiveSite, alice: Client
) -> None:
    turn_on("loyalty")
    RewardFactory(points=500)
    give_points(alice, 340)
    page = page_at("phone", user=alice.user)
    page.goto(live_site + "/gift-cards/")
    sent: list[str] = []
    page.on(
        "request",
        lambda each: (
            sent.append(each.url) if each.resource_type in {"document", "fetch", "xhr"} else None
        ),
    )
    button = page.get_by_role("button", name="Choose by points")
    button.focus()
    page.keyboard.press("Enter")
    said(page, "You need 160 more points")
    assert sent == []
    assert button.evaluate("each => each === document.activeElement")


def test_code_is_shown_copied_and_hidden(
    page_at: PageAt, live_site: LiveSite, alice: Client
) -> None:
    code = reveal_code(give_card(alice))
    page = page_at("phone", user=alice.user, permissions=["clipboard-read", "clipboard-write"])
    page.goto(live_site + "/account/gift-cards/")
    page.get_by_role("button", name="Show code").click()
    page.wait_for_selector(f"text={code}")
    assert "code" not in page.url
    page.get_by_role("button", name="Copy code").click()
    said(page, "Code copied")
    assert page.evaluate("navigator.clipboard.readText()") == code
    page.get_by_role("button", name="Hide code").click()
    page.get_by_role("button", name="Show code").wait_for()
    assert code not in page.content()


def test_a_hidden_code_is_copied_at_one_press(
    page_at: PageAt, live_site: LiveSite, alice: Client
) -> None:
    card = give_card(alice)
    page = page_at("phone", user=alice.user, permissions=["clipboard-read", "clipboard-write"])
    page.goto(live_site + f"/g/{card.token}/")
    page.get_by_role("button", name="Copy code").click()
    said(page, "Code copied")
    assert page.evaluate("navigator.clipboard.readText()") == reveal_code(card)


def test_history_filter_swaps_in_place_and_back_works(
    page_at: PageAt, live_site: LiveSite, alice: Client
) -> None:
    turn_on("loyalty")
    give_points(alice, 340, description="A present")
    page = page_at("desk", user=alice.user)
    page.goto(live_site + "/account/points/")
    page.get_by_role("link", name="Earned").click()
    page.get_by_text("Nothing of this kind yet").wait_for()
    assert page.url.endswith("?kind=earned")
    assert page.locator("[aria-current=true]", has_text="Earned").count() == 1
    page.go_back()
    page.get_by_text("A present").wait_for()


def test_choosing_a_card_without_scripts(
    page_at: PageAt, live_site: LiveSite, alice: Client
) -> None:
    turn_on("loyalty")
    RewardFactory(points=500)
    give_points(alice, 820)
    page = page_at("phone", user=alice.user, java_script_enabled=False)
    page.goto(live_site + "/gift-cards/")
    page.get_by_role("link", name="Choose by points").click()
    page.get_by_role("button", name="Use 500 points").click()
    assert "The gift card is yours" in page.content()
    page.get_by_role("button", name="Show code").click()
    card = alice.gift_cards.get()
    assert reveal_code(card) in page.content()


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["", "/da", "/fi"])
def test_names_of_facts_never_run_under_their_values(
    page_at: PageAt, live_site: LiveSite, alice: Client, clock: Clock, language: str, size: str
) -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    visit = book(alice, service, clock.now + dt.timedelta(days=2))
    page = page_at(size, user=alice.user)
    for path in (f"/booking/{visit.ref}/", f"/booking/{visit.ref}/cancel/", "/account/profile/"):
        page.goto(live_site + language + path)
        gaps = page.evaluate(
            """() => [...document.querySelectorAll(".facts > div")].map((row) => {
                const name = document.createRange();
                name.selectNodeContents(row.querySelector("dt"));
                const value = row.querySelector("dd").getBoundingClientRect();
                return value.left - name.getBoundingClientRect().right;
            })"""
        )
        assert gaps, path
        assert min(gaps) >= 8, path


@pytest.mark.parametrize("language", ["", "/da", "/fi"])
def test_rows_with_a_note_are_all_set_alike(
    page_at: PageAt, live_site: LiveSite, alice: Client, language: str
) -> None:
    turn_on("loyalty", "gift_cards")
    page = page_at("phone", user=alice.user)
    for path in ("/account/", "/gift-cards/"):
        page.goto(live_site + language + path)
        beside = page.evaluate(
            """() => [...document.querySelectorAll(".row-link > a + small")].map((note) => {
                const link = note.previousElementSibling.getBoundingClientRect();
                return note.getBoundingClientRect().left >= link.right;
            })"""
        )
        assert beside, path
        assert all(beside), path
