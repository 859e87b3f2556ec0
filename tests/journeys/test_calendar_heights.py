"""The day calendar's columns made higher and lower, and who waits beside them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, WaitingPlace
from clients.models import Client
from foundation import clock as project_clock
from foundation.models import User
from tests.browser import Visitors
from tests.factories import book
from tests.journeys.salon import Offer, open_salon
from tests.journeys.steps import THURSDAY, heading

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

DAY = f"/admin/calendar/?day={THURSDAY}"
TEN = dt.datetime(2025, 11, 6, 8, tzinfo=dt.UTC)


@pytest.fixture
def offer() -> Offer:
    return open_salon()


@pytest.fixture
def massage(alice: Client, offer: Offer) -> Booking:
    aino = offer.massage.providers.get(name="Aino")
    return book(alice, offer.massage, TEN, provider=aino).bookings.get()


@pytest.fixture
def waiting(bob: Client, offer: Offer) -> WaitingPlace:
    return WaitingPlace.objects.create(
        client=bob,
        service=offer.massage,
        day=dt.date.fromisoformat(THURSDAY),
        joined_at=project_clock.now(),
    )


def height_of(page: Page, booking: Booking) -> float:
    box = page.locator(f"#booking-{booking.pk}").bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_columns_grow_and_stay_so(
    page_at: Visitors, daisy: User, massage: Booking, axe: Callable[..., None], scheme: str
) -> None:
    page = page_at("desk", scheme=scheme, user=daisy)
    page.goto(DAY)
    usual = height_of(page, massage)

    page.get_by_role("link", name="Large").click()
    page.locator("#day.zoom-l").wait_for()
    expect(page.get_by_role("link", name="Large")).to_be_focused()
    assert height_of(page, massage) > usual * 1.4
    page.goto(DAY)
    page.locator("#day.zoom-l").wait_for()
    # An hour after ten is where eleven stands, however high an hour is.
    box = page.locator(f"#booking-{massage.pk}").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + box["height"] + 40)
    heading(page, "New appointment")
    assert page.get_by_label("Time", exact=True).input_value() == "11:15"

    page.goto(f"{DAY}&zoom=s")
    assert height_of(page, massage) < usual
    axe(page)


def test_who_waits_is_booked_from_the_tray(
    page_at: Visitors,
    daisy: User,
    massage: Booking,
    waiting: WaitingPlace,
    axe: Callable[..., None],
) -> None:
    page = page_at("desk", user=daisy)
    page.goto(DAY)
    tray = page.locator("#cal-tray")
    expect(tray).to_contain_text("Bob Berg")
    axe(page)

    # Folded up it stays so, whatever the next look brings.
    page.get_by_text("Waiting list").click()
    WaitingPlace.objects.update(places=2)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(tray).to_contain_text("× 2")
    expect(tray).not_to_have_attribute("open", "")
    page.get_by_text("Waiting list").click()
    tray.get_by_role("link", name="Book Bob Berg").click()

    heading(page, "New appointment")
    expect(page.locator("#part-who .chosen")).to_contain_text("Bob Berg")
    assert page.get_by_label("Day").input_value() == THURSDAY


def test_on_a_phone_the_tray_stands_below_and_works_without_a_script(
    page_at: Visitors, daisy: User, massage: Booking, waiting: WaitingPlace
) -> None:
    page = page_at("phone", user=daisy, java_script_enabled=False)
    page.goto(DAY)

    agenda, tray = page.locator(".cal-agenda").bounding_box(), page.locator("#cal-tray")
    below = tray.bounding_box()
    assert agenda is not None
    assert below is not None
    assert below["y"] >= agenda["y"] + agenda["height"]
    page.get_by_role("link", name="Columns").click()
    page.get_by_role("link", name="Small").click()
    expect(page.locator("#day.zoom-s")).to_be_visible()
    tray.get_by_role("link", name="Book Bob Berg").click()
    heading(page, "New appointment")
