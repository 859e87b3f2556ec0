"""Custom features in a real browser: the dialog, the keyboard, the editor of a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from business.features import get_features
from foundation.models import User
from loyalty.messages import POINTS_ADDED
from notifications.texts import get_text
from tests.browser import Visitors
from tests.factories import turn_off, turn_on

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.journey,
    pytest.mark.once,
    pytest.mark.long,
]

NEEDED = ("payments", "client_login", "coupons", "gift_cards")


def switch(page: Any, name: str) -> Any:
    return page.get_by_role("switch", name=name, exact=True)


def test_loyalty_is_turned_on_by_a_dialog_and_focus_returns(page_at: Visitors, olga: User) -> None:
    """D10."""
    turn_off("loyalty", *NEEDED)
    page = page_at("desk", user=olga, tolerate=("status of 409",))
    page.goto("/admin/features/")

    switch(page, "Loyalty system").press("Enter")
    dialog = page.get_by_role("dialog", name="Turn on Loyalty system?")
    assert "This also turns on: Accept payments, Client login, Coupons" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert switch(page, "Loyalty system").get_attribute("aria-checked") == "false"
    assert page.evaluate("document.activeElement.id") == "switch-loyalty"
    assert not get_features().loyalty

    switch(page, "Loyalty system").click()
    dialog.get_by_role("button", name="Turn on all five").click()

    page.locator("#switch-loyalty[aria-checked=true]").wait_for()
    assert page.get_by_role("dialog").count() == 0
    assert page.locator("[role=switch][aria-checked=true]").count() == 5
    assert page.evaluate("document.activeElement.id") == "switch-loyalty"
    page.locator("#status", has_text="Loyalty system is on, and so are").wait_for(state="attached")
    assert get_features().loyalty


def test_blocked_switch_stays_off_with_its_reason(page_at: Visitors, olga: User) -> None:
    turn_on("loyalty")
    page = page_at("phone", user=olga, tolerate=("status of 409",))
    page.goto("/admin/features/")

    switch(page, "Clean history").press("Enter")

    page.locator("#feature-rows[data-turned=clean_history]").wait_for()
    assert switch(page, "Clean history").get_attribute("aria-checked") == "false"
    row = page.locator("[data-feature=clean_history]")
    assert "Turn off Loyalty system first." in row.inner_text()


def test_message_is_written_with_variables_previewed_and_saved(
    page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria, tolerate=("status of 422", "Blocked script"))
    page.goto("/admin/features/messages/points_added/fi/")

    subject = page.get_by_label("Subject")
    subject.fill("Pisteet: ")
    page.get_by_role("button", name="{points}").click()
    assert subject.input_value() == "Pisteet: {points}"
    assert page.evaluate("document.activeElement.id") == "id_subject"
    page.locator("#preview-subject", has_text="Pisteet: 60").wait_for()
    mail = page.frame_locator("iframe.mail")
    mail.get_by_role("link", name="Katso pisteesi").wait_for()

    page.get_by_role("button", name="Plain text").click()
    page.locator("pre.mail").wait_for()
    subject.fill("{poins}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="{poins}: did you mean {points}?").wait_for()
    assert page.title().startswith("Error:")

    page.get_by_label("Subject").fill("Pisteet: {points}")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").wait_for()
    saved = get_text(POINTS_ADDED.code, "fi")
    assert (saved.subject, saved.is_own) == ("Pisteet: {points}", True)


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "loyalty/", "loyalty/on/", "messages/points_adjusted/en/"])
def test_pages_are_accessible_and_never_scroll_sideways(
    page_at: Visitors, axe: Callable[..., None], olga: User, path: str, size: str, scheme: str
) -> None:
    turn_on("clean_history")
    page = page_at(size, user=olga, scheme=scheme, tolerate=("Blocked script",))
    page.goto(f"/admin/features/{path}")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
