"""The calendar on a slow line and on none: the last day asked for wins, and what acts is off."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.conftest import Clock
from tests.factories import book
from tests.journeys.salon import open_salon
from tests.journeys.steps import THURSDAY
from tests.journeys.test_desk_day import DAY, LOOK, at, block, drag

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

LOST = ("ERR_INTERNET_DISCONNECTED", "htmx:")


@pytest.fixture
def massage(alice: Client) -> Booking:
    service = open_salon().massage
    aino = service.providers.get(name="Aino")
    return book(alice, service, at(10), provider=aino).bookings.get()


def slow(page: Page) -> list[str]:
    """Every other day takes its time; the days that were asked for, as they come."""
    asked: list[str] = []

    def wait(route: Any) -> None:
        asked.append(route.request.url.split("day=")[-1])
        threading.Event().wait(0.4)
        route.continue_()

    page.route("**/admin/calendar/?day=*", wait)
    return asked


def test_two_presses_within_a_slow_answer_end_two_days_on(
    page_at: Visitors, daisy: User, massage: Booking
) -> None:
    page = page_at("desk", user=daisy)
    page.goto("/admin/calendar/")
    asked = slow(page)

    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("heading", name="Thursday 6 November")).to_be_visible()
    expect(page.locator("#status")).to_have_text("1 booking on Thursday 6 November")
    assert page.url.endswith(f"?day={THURSDAY}")
    assert asked == ["2025-11-05", THURSDAY]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Wednesday 5 November")).to_be_visible()
    for key in ("ArrowRight", "t", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Tuesday 4 November")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Wednesday 5 November")).to_be_visible()


def test_without_a_line_nothing_can_be_done_until_it_is_back(
    page_at: Visitors, daisy: User, massage: Booking, clock: Clock
) -> None:
    clock.move_to(at(9, 30))
    page = page_at("desk", user=daisy, tolerate=LOST)
    page.goto(DAY)
    block(page, massage).click()
    panel = page.locator("#booking-panel")
    arrived = panel.get_by_role("button", name="Arrived", exact=True)
    expect(arrived).to_be_visible()
    fresh = page.get_by_role("link", name="New appointment")

    page.context.set_offline(True)
    page.evaluate(LOOK)
    strip = page.locator("#cal-not-live")
    expect(strip).to_be_visible()
    for action in (fresh, arrived, panel.get_by_role("link", name="Move", exact=True)):
        expect(action).to_have_attribute("aria-disabled", "true")
        action.click(force=True)
    page.locator("h1").click()
    page.keyboard.press("n")
    column = page.locator("section.cal-person", has=page.get_by_role("heading", name="Jonas"))
    column.locator(".cal-body").click(position={"x": 40, "y": 300}, force=True)
    drag(page, massage, "Jonas", 1)
    expect(page.locator(".cal-ghost")).to_have_count(0)
    expect(arrived).to_be_visible()
    expect(page.locator("#status")).to_have_text(strip.inner_text())
    assert page.url.endswith(DAY)

    page.context.set_offline(False)
    page.evaluate(LOOK)
    expect(strip).to_be_hidden()
    expect(page.locator("[data-muted], .btn[aria-disabled=true]")).to_have_count(0)
    arrived.click()
    expect(block(page, massage)).to_contain_text("Arrived")
    fresh.click()
    expect(page.get_by_role("heading", name="New appointment", level=1)).to_be_visible()


@pytest.mark.parametrize(("size", "shown"), [("desk", "Columns"), ("phone", "Agenda")])
def test_the_view_that_is_shown_is_marked(
    page_at: Visitors, daisy: User, massage: Booking, size: str, shown: str
) -> None:
    page = page_at(size, user=daisy)
    page.goto(DAY)
    current = page.locator(".cal-views [aria-current=true]")
    expect(current).to_have_text(shown)
    page.set_viewport_size({"width": 1180 if size == "phone" else 390, "height": 800})
    expect(current).to_have_text("Agenda" if shown == "Columns" else "Columns")
    page.get_by_role("link", name="The day after").click()
    expect(page.get_by_role("heading", name="Friday 7 November")).to_be_visible()
    expect(current).to_have_text("Agenda" if shown == "Columns" else "Columns")
    page.get_by_role("link", name=shown).click()
    expect(current).to_have_text(shown)
