"""The panel's frame in a real browser: keys, sign-in, tabs, tables on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backoffice.base import PanelAdmin
from clients.models import Client
from foundation.models import User
from tests.factories import (
    PASSWORD,
    ClientFactory,
    EarningRuleFactory,
    ServiceFactory,
    give_card,
)
from tests.journeys.looking import faults_of
from tests.journeys.salon import fill_salon

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
    pytest.mark.long,
]
PageAt = Callable[..., Any]


def test_staff_sign_in_find_the_menu_and_sign_out_by_keys_alone(
    page_at: PageAt, olga: User
) -> None:
    page = page_at("desk")
    page.goto("/admin/")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("olga@salon.test")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Today", level=1).wait_for()

    page.get_by_role("link", name="Services", exact=True).wait_for()
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Services", exact=True).wait_for(state="hidden")
    page.keyboard.press("Enter")
    page.locator("#nav-sidebar-inner [role=button]", has_text="Olga Olsen").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").focus()
    page.keyboard.press("Enter")

    page.get_by_text("Welcome back to").wait_for()


def test_points_of_a_service_are_set_on_its_loyalty_tab(page_at: PageAt, maria: User) -> None:
    service = ServiceFactory(name_en="Facial")
    page = page_at("phone", user=maria)
    page.goto(f"/admin/catalogue/appointmentservice/{service.pk}/change/")

    page.get_by_role("link", name="Loyalty", exact=True).click()
    page.locator("#id_earning_rule-0-enabled").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("alert").get_by_text("Enter how many points a booking earns").wait_for()
    page.locator("#id_earning_rule-0-points").fill("45")
    page.get_by_role("button", name="Save", exact=True).click()

    page.get_by_text("45 points").wait_for()


def test_tabs_and_results_of_the_panel_look_right(
    page_at: PageAt, axe: Callable[..., None], olga: User, alice: Client
) -> None:
    """What no address alone leads to; the addresses are in the journeys."""
    rule = EarningRuleFactory()
    card = give_card(alice)
    page = page_at("desk", user=olga, tolerate=("status of 403",))
    found = []
    for path in (
        f"catalogue/appointmentservice/{rule.service_id}/change/?tab#earning_rule",
        "giftcards/giftcard/issue/?q=alice",
        f"giftcards/giftcardtype/{card.type_id}/change/#reward",
        "business/business/add/",
    ):
        page.goto(f"/admin/{path}")
        page.wait_for_timeout(200)
        found += [f"{path}: {fault}" for fault in faults_of(page, axe, narrow=False)]

    assert not found, "\n".join(found)


def test_lists_of_several_pages_pass_axe_and_every_page_can_be_reached(
    page_at: PageAt,
    axe: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    olga: User,
    alice: Client,
    pavel: User,
) -> None:
    fill_salon(alice, pavel.provider)
    for number in range(12):
        ClientFactory(first_name=f"Guest {number}")
    monkeypatch.setattr(PanelAdmin, "list_per_page", 1)
    page = page_at("desk", user=olga)
    for path in (
        "clients/client/",
        "loyalty/pointentry/",
        "giftcards/cardentry/",
        "notifications/message/",
    ):
        page.goto(f"/admin/{path}")
        page.locator(".desk-pages").wait_for()
        assert faults_of(page, axe, narrow=False) == [], path
    page.goto("/admin/clients/client/?p=1")
    assert page.locator(".desk-pages a", has_text="…").count() == 0
    page.locator(".desk-pages").get_by_role("link", name="3", exact=True).click()
    page.locator(".desk-pages [aria-current]", has_text="3").wait_for()
