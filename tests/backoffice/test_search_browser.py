"""The search of the top strip and a refused time off in a real browser, phone and desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from business.models import SpecialDay
from clients.models import Client
from foundation.models import User
from giftcards.cards import reveal_code
from tests.factories import give_card
from tests.journeys.salon import fill_salon

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
    pytest.mark.long,
]
PageAt = Callable[..., Any]
REFUSED = ("status of 409", "status of 422")


def test_the_box_finds_names_and_codes_and_no_code_stands_in_an_address(
    page_at: PageAt, axe: Callable[..., None], alice: Client, pavel: User, maria: User
) -> None:
    fill_salon(alice, pavel.provider)
    code = reveal_code(give_card(alice, 4200))
    page = page_at("desk", user=maria, tolerate=REFUSED)
    page.goto("/admin/clients/client/")

    page.get_by_label("Client, booking or gift card code").fill("alice")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/search/?q=alice")
    page.get_by_role("heading", name="Bookings").wait_for()
    axe(page)

    page.get_by_label("Client, booking or gift card code").fill("zebra")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Nothing found").wait_for()
    axe(page)

    page.goto("/admin/")
    page.get_by_label("Client, booking or gift card code").fill(code)
    page.keyboard.press("Enter")
    page.get_by_text("€42.00").wait_for()
    assert page.url.endswith("/admin/search/")
    axe(page)

    page.get_by_label("Client, booking or gift card code").fill("7K3M-9QXA-02TB-WHZN")
    page.keyboard.press("Enter")
    page.get_by_text("We can't use this code").wait_for()
    assert page.url.endswith("/admin/search/")
    axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_search_is_a_page_and_time_off_names_what_is_booked(
    page_at: PageAt,
    axe: Callable[..., None],
    alice: Client,
    pavel: User,
    maria: User,
    scheme: str,
) -> None:
    fill_salon(alice, pavel.provider)
    SpecialDay.objects.create(day=dt.date(2025, 11, 6), kind="closed")
    page = page_at("phone", scheme=scheme, user=maria, tolerate=REFUSED)
    page.goto("/admin/outside-hours/")
    page.get_by_text("Closed on that day").first.wait_for()
    axe(page)
    page.get_by_role("link", name="Search").click()
    page.wait_for_url("**/admin/search/")

    page.goto("/admin/time-off/add/")
    page.get_by_label("Provider").select_option(label="Pavel Pihl")
    page.get_by_label("First day").fill("2025-11-06")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("heading", name="What lies in this time").wait_for()
    assert page.get_by_role("link", name="Move").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    axe(page)
