"""The panel's frame in a real browser: keys, sign-in, tabs, tables on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from clients.models import Client
from foundation.models import User
from tests.factories import (
    PASSWORD,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ServiceFactory,
    give_card,
)

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.once]
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_pages_of_the_panel_pass_axe_and_never_scroll_sideways(
    page_at: PageAt, axe: Callable[..., None], olga: User, alice: Client, size: str, scheme: str
) -> None:
    rule = EarningRuleFactory()
    card = give_card(alice)
    GiftCardTypeFactory()
    page = page_at(size, scheme=scheme, user=olga, tolerate=("status of 403",))
    for path in (
        "",
        "catalogue/appointmentservice/",
        f"catalogue/appointmentservice/{rule.service_id}/change/",
        f"catalogue/appointmentservice/{rule.service_id}/change/?tab#earning_rule",
        f"catalogue/appointmentservice/{rule.service_id}/history/",
        "clients/client/",
        f"clients/client/{alice.pk}/change/",
        "giftcards/giftcard/",
        f"giftcards/giftcard/{card.pk}/change/",
        f"giftcards/giftcard/{card.pk}/void/",
        f"giftcards/giftcard/{card.pk}/code/",
        "giftcards/giftcard/issue/?q=alice",
        f"giftcards/giftcardtype/{card.type_id}/change/#reward",
        "foundation/user/add/",
        "business/business/add/",
    ):
        page.goto(f"/admin/{path}")
        page.wait_for_timeout(200)
        axe(page)
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
