"""The reports in a real browser: dialogs, focus, the client search, phone and desk, axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from foundation.models import User
from loyalty.points import balance_of
from tests.browser import Visitors
from tests.reports.conftest import House

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [
    pytest.mark.journey,
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
    pytest.mark.long,
]

REPORT = "/admin/reports/loyalty/"
CLIENTS = "/admin/reports/clients/"


def is_focused(page: Page, selector: str) -> bool:
    return bool(page.evaluate("(s) => document.activeElement?.matches(s)", selector))


def wait_until_said(page: Page, text: str) -> None:
    page.wait_for_function("(t) => document.getElementById('status').textContent === t", arg=text)


def test_points_are_added_in_a_dialog_over_the_report(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria, tolerate=("status of 422",))
    page.goto(REPORT)
    page.click("#add-points")
    page.wait_for_selector("#dialog[open]")
    assert is_focused(page, "#dialog [data-search]")

    page.keyboard.type("bob b")
    page.wait_for_selector("#dialog [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog #id_amount:focus")
    assert page.locator("#live-line").inner_text() == "Balance 680"

    page.keyboard.type("681")
    page.click("#dialog [data-plus-minus]")
    page.wait_for_selector("#live-line .minus")
    assert page.input_value("#id_amount") == "−681"
    page.fill("#id_description", "Too much")
    page.click("#add-submit")
    page.wait_for_selector("#dialog .summary")
    assert "you can deduct at most 680" in page.locator("#dialog .summary").inner_text()

    page.fill("#id_amount", "-80")
    page.wait_for_selector("#add-submit:has-text('Deduct 80 points')")
    page.click("#add-submit")
    page.wait_for_selector("tr.fresh")
    assert not page.locator("#dialog").is_visible()
    assert "80 points deducted. Balance 600" in page.locator(".note.ok").inner_text()
    assert "new=" not in page.url
    assert is_focused(page, "#add-points")
    wait_until_said(page, "80 points deducted. Balance 600")
    assert balance_of(house.bob) == 600


def test_row_action_opens_the_dialog_with_the_client_chosen(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria)
    page.goto(f"{REPORT}?client={house.alice.pk}")
    opener = page.locator("[id^=act-]").first
    opener.click()
    page.get_by_role("link", name="Add more points to this client").click()
    page.wait_for_selector("#dialog[open] #id_amount")
    assert "Alice Andersen" in page.locator("#dialog").inner_text()
    page.keyboard.press("Escape")
    assert is_focused(page, f"#{opener.get_attribute('id')}")


def test_points_button_pop_up_and_back(house: House, page_at: Visitors, maria: User) -> None:
    """ux, walk-through 14."""
    page = page_at("desk", user=maria)
    page.goto(CLIENTS)
    button = f"#points-{house.alice.pk}"
    page.click(button)
    page.wait_for_selector("#dialog[open] .client-points")
    assert "Alice Andersen · 560 points" in page.locator("#dialog").inner_text()
    page.locator("#dialog").get_by_role("link", name="Add points").click()
    page.wait_for_selector("#dialog #id_amount")
    page.fill("#id_amount", "40")
    page.fill("#id_description", "For the wait")
    page.click("#add-submit")
    page.wait_for_selector(f"{button}:has-text('600')")
    assert is_focused(page, button)


def test_filters_swap_the_report_and_keep_the_address(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria)
    page.goto(REPORT)
    page.select_option("#id_kind", "earn")
    page.fill("#id_who", "alice")
    page.wait_for_selector("#found [role=option]")
    page.click("#found [role=option]")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("h2:has-text('1 movement')")
    assert page.url.endswith(f"{REPORT}?client={house.alice.pk}&kind=earn")
    wait_until_said(page, "1 movement")
    page.go_back()
    page.wait_for_selector("h2:has-text('7 movements')")


def test_a_dialog_that_cannot_load_offers_to_try_again(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria, tolerate=("status of 500", "Code 500"))
    page.goto(CLIENTS)
    address = f"**/clients/{house.bob.pk}/points/"
    page.route(address, lambda route: route.fulfill(status=500, body=""))
    page.click(f"#points-{house.bob.pk}")
    page.wait_for_selector("#dialog [data-again]")
    page.unroute(address)
    page.click("#dialog [data-again]")
    page.wait_for_selector("#dialog .client-points")


def test_a_filter_that_cannot_load_keeps_the_report(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria, tolerate=("status of 500", "Code 500"))
    page.goto(REPORT)
    page.route("**/loyalty/?*", lambda route: route.fulfill(status=500, body=""))
    page.select_option("#id_kind", "earn")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("#report [data-again]")
    assert page.locator("h2:has-text('7 movements')").is_visible()


def test_on_a_phone_a_dialog_is_a_page(house: House, page_at: Visitors, maria: User) -> None:
    page = page_at("phone", user=maria)
    page.goto(CLIENTS)
    page.click(f"#points-{house.bob.pk}")
    page.wait_for_url(f"**{CLIENTS}{house.bob.pk}/points/")
    page.get_by_role("link", name="Add points").click()
    page.fill("#id_amount", "5")
    page.fill("#id_description", "Hello")
    page.click("#add-submit")
    page.wait_for_url(f"**{CLIENTS}?new=*")
    assert "5 points added" in page.locator(".note.ok").inner_text()


def test_without_scripts_points_are_added_too(house: House, page_at: Visitors, maria: User) -> None:
    page = page_at("phone", user=maria, java_script_enabled=False)
    page.goto(REPORT)
    page.click("#add-points")
    page.fill("#id_client", "bob")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("radio").check()
    page.fill("#id_amount", "5")
    page.fill("#id_description", "Hello")
    page.get_by_role("button", name="Add points").last.click()
    page.wait_for_selector(".note.ok")
    assert balance_of(house.bob) == 685


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_passes_axe_and_stays_in_its_width(
    house: House,
    page_at: Visitors,
    axe: Callable[..., Any],
    maria: User,
    size: str,
    scheme: str,
) -> None:
    page = page_at(size, scheme=scheme, user=maria)
    addresses = [
        REPORT,
        f"{REPORT}?range=last-month&q=nothing",
        f"{REPORT}on-the-way/",
        CLIENTS,
        f"{CLIENTS}{house.alice.pk}/points/",
        f"{REPORT}add/",
        f"{REPORT}add/?client={house.alice.pk}",
    ]
    for address in addresses:
        page.goto(address)
        axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, f"{address} scrolls sideways"
    if size == "desk":
        page.goto(REPORT)
        page.locator("[id^=act-]").first.click()
        axe(page)
        page.keyboard.press("Escape")
        page.click("#add-points")
        page.wait_for_selector("#dialog[open]")
        page.keyboard.type("ali")
        page.wait_for_selector("#dialog [role=option]")
        axe(page)


def test_figures_follow_the_page_and_move_nothing(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria)
    waiting: list[Route] = []
    page.route("**/loyalty/figures/**", lambda route: waiting.append(route))
    page.goto(REPORT)
    page.wait_for_selector("#figures[aria-busy]")
    rows = page.locator("table.ledger").bounding_box()
    assert "…" in page.locator("#figures").inner_text()

    waiting[0].continue_()
    page.wait_for_selector("#figures:not([aria-busy])")

    assert "1,240" in page.locator("#figures").inner_text()
    assert "in sum +1,240" in page.locator("#shown").inner_text()
    assert page.locator("table.ledger").bounding_box() == rows


@pytest.mark.parametrize("language", ["en", "da", "fi"])
@pytest.mark.parametrize("width", [1100, 1180, 1280, 1360])
def test_what_can_be_done_with_a_row_is_in_sight_at_the_desk(
    house: House, page_at: Visitors, maria: User, language: str, width: int
) -> None:
    maria.language = language
    maria.save()
    house.alice.last_name = "Hämäläinen-Christoffersen"
    house.alice.save()
    page = page_at("desk", user=maria)
    page.set_viewport_size({"width": width, "height": 820})
    page.goto(f"{REPORT}?range=all")
    box, button = page.locator(".scroll").bounding_box(), page.locator("[id^=act-]").last
    found = button.bounding_box()
    assert box is not None
    assert found is not None
    assert found["x"] + found["width"] < box["x"] + box["width"]
    assert page.locator("table.ledger").evaluate("(table) => table.offsetWidth") <= box["width"]
    about = page.locator("td.what:visible, td .what-here:visible")
    assert (
        about.filter(has_text=house.card_type.name_da)
        .or_(about.filter(has_text=house.card_type.name_en))
        .count()
        == 1
    )


def test_addresses_of_clients_stand_on_one_line_at_the_desk(
    house: House, page_at: Visitors, maria: User
) -> None:
    maria.language = "fi"
    maria.save()
    page = page_at("desk", user=maria)
    page.goto(CLIENTS)
    links = page.locator(".contact a[href^=mailto]")
    assert links.count() == 2
    for link in links.all():
        assert link.evaluate("(link) => link.getClientRects().length") == 1
        assert link.evaluate("(link) => link.offsetHeight") < 40


def test_days_the_wrong_way_round_stay_in_their_fields(
    house: House, page_at: Visitors, maria: User
) -> None:
    page = page_at("desk", user=maria)
    page.goto(REPORT)
    page.fill("#id_first", "2025-11-20")
    page.fill("#id_last", "2025-11-01")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector("#id_last_error")
    assert (page.input_value("#id_first"), page.input_value("#id_last")) == (
        "2025-11-20",
        "2025-11-01",
    )
