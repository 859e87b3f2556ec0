"""The desk's day: drag a booking, move one by its button, mark one arrived, check a class in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus
from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.conftest import Clock
from tests.factories import book
from tests.journeys.salon import Offer, fill_class, open_salon
from tests.journeys.steps import THURSDAY, books_are_clean, heading

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

DAY = f"/admin/calendar/?day={THURSDAY}"
# The tab is looked at again: as a minute later.
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"


def at(hour: int, minute: int = 0) -> dt.datetime:
    """On Thursday, by Helsinki's wall clock."""
    return dt.datetime(2025, 11, 6, hour - 2, minute, tzinfo=dt.UTC)


def block(page: Page, booking: Booking) -> Locator:
    return page.locator(f"#booking-{booking.pk}")


def drag(page: Page, booking: Booking, who: str, hours: float) -> None:
    """Take the block near its top and let it go in the column of ``who``, so much later."""
    block(page, booking).scroll_into_view_if_needed()
    taken = block(page, booking).bounding_box()
    column = page.locator("section.cal-person", has=page.get_by_role("heading", name=who))
    there = column.locator(".cal-body").bounding_box()
    assert taken is not None
    assert there is not None
    page.mouse.move(taken["x"] + 30, taken["y"] + 8)
    page.mouse.down()
    # An hour is twelve steps of half a rem.
    page.mouse.move(there["x"] + 40, taken["y"] + 30, steps=4)
    page.mouse.move(there["x"] + 40, taken["y"] + 8 + hours * 96, steps=8)
    page.mouse.up()


@pytest.fixture
def offer() -> Offer:
    return open_salon()


@pytest.fixture
def massage(alice: Client, offer: Offer) -> Booking:
    aino = offer.massage.providers.get(name="Aino")
    return book(alice, offer.massage, at(10), provider=aino).bookings.get()


def test_the_desk_runs_a_day(
    page_at: Visitors,
    alice: Client,
    bob: Client,
    daisy: User,
    offer: Offer,
    massage: Booking,
    clock: Clock,
) -> None:
    cut = book(bob, offer.haircut, at(14)).bookings.get()
    fill_class(offer.session, bob)
    clock.move_to(at(9, 30))
    page = page_at("desk", user=daisy)
    page.goto("/admin/")
    page.get_by_role("link", name="Calendar", exact=True).first.click()
    heading(page, "Calendar")
    panel = page.locator("#booking-panel")

    # Drag to Jonas, an hour later: old and new are shown before anything moves.
    drag(page, massage, "Jonas", 1)
    expect(panel.get_by_role("heading", name="Move to this time?")).to_be_focused()
    expect(panel).to_contain_text("Thu 6 Nov 11:00")
    expect(page.locator(".cal-ghost")).to_have_count(1)
    massage.refresh_from_db()
    assert massage.starts_at == at(10)
    panel.get_by_role("button", name="Move to Thu 6 Nov 11:00").click()
    expect(panel).to_contain_text("Moved to Thu 6 Nov 11:00.")
    expect(page.locator("#status")).to_have_text("Moved to Thu 6 Nov 11:00.")
    jonas = page.locator("section.cal-person", has=page.get_by_role("heading", name="Jonas"))
    expect(jonas.locator(f"#booking-{massage.pk}")).to_contain_text("11:00–12:00")
    expect(page.locator(".cal-ghost")).to_have_count(0)

    # The same by button and keys, of another booking.
    block(page, cut).click()
    expect(panel.get_by_role("heading", name="Bob Berg · Thu 6 Nov 14:00")).to_be_focused()
    panel.get_by_role("link", name="Move", exact=True).press("Enter")
    panel.get_by_role("button", name="15:30").press("Enter")
    panel.get_by_role("button", name="Move to Thu 6 Nov 15:30").press("Enter")
    expect(block(page, cut)).to_contain_text("15:30–16:00")

    # Arrived, from the panel: the block says so at once; taken back and said again.
    block(page, massage).click()
    expect(panel.get_by_role("heading", name="Alice Andersen · Thu 6 Nov 11:00")).to_be_focused()
    panel.get_by_role("button", name="Arrived", exact=True).click()
    expect(block(page, massage)).to_contain_text("Arrived")
    panel.get_by_role("button", name="Undo: Arrived").click()
    expect(block(page, massage)).to_contain_text("Booked")
    panel.get_by_role("button", name="Arrived", exact=True).click()
    expect(block(page, massage)).to_contain_text("Arrived")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(block(page, massage)).to_be_focused()

    # The class: who came is checked in on its roster.
    page.locator(f"#class-{offer.session.pk}").click()
    page.get_by_role("button", name="Bob Berg has arrived").click()
    expect(page.get_by_role("button", name="Bob Berg has arrived")).to_have_attribute(
        "aria-pressed", "true"
    )

    massage.refresh_from_db()
    cut.refresh_from_db()
    assert (massage.starts_at, massage.provider.name) == (at(11), "Jonas")
    assert (cut.starts_at, massage.status) == (at(15, 30), BookingStatus.ARRIVED)
    books_are_clean()


def test_a_booking_dropped_on_another_goes_back_and_says_why(
    page_at: Visitors, bob: Client, daisy: User, offer: Offer, massage: Booking
) -> None:
    aino = massage.provider
    book(bob, offer.massage, at(13), provider=aino)
    page = page_at("desk", user=daisy, tolerate=("status of 409",))
    page.goto(DAY)

    drag(page, massage, "Aino", 2.5)

    panel = page.locator("#booking-panel")
    expect(panel.get_by_role("alert")).to_contain_text("Aino has Bob Berg from 13:00 to 14:00.")
    expect(page.locator(".cal-ghost")).to_have_count(0)
    expect(block(page, massage)).to_contain_text("10:00–11:00")
    panel.get_by_role("alert").get_by_role("link", name="Thu 6 Nov 12:00").click()
    panel.get_by_role("button", name="Move to Thu 6 Nov 12:00").click()
    expect(block(page, massage)).to_contain_text("12:00–13:00")


def test_keys_lead_through_the_days_and_can_be_off(
    page_at: Visitors, daisy: User, massage: Booking
) -> None:
    page = page_at("desk", user=daisy)
    page.goto("/admin/calendar/")

    for key, day in (("ArrowRight", "Wednesday 5"), ("ArrowRight", "Thursday 6")):
        page.keyboard.press(key)
        expect(page.get_by_role("heading", name=f"{day} November")).to_be_visible()
    expect(page.locator("#status")).to_have_text("1 booking on Thursday 6 November")
    assert page.url.endswith(f"?day={THURSDAY}")
    page.go_back()
    expect(page.get_by_role("heading", name="Wednesday 5 November")).to_be_visible()
    page.keyboard.press("t")
    expect(page.get_by_role("heading", name="Tuesday 4 November")).to_be_visible()

    page.get_by_role("button", name="Keys N, T, ←, →, /: on").click()
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Keys N, T, ←, →, /: off").click()
    page.locator("h1").click()
    expect(page.get_by_role("heading", name="Tuesday 4 November")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Wednesday 5 November")).to_be_visible()


def test_a_look_brings_what_others_booked(
    page_at: Visitors, bob: Client, daisy: User, offer: Offer, massage: Booking
) -> None:
    page = page_at("desk", user=daisy)
    page.goto(DAY)
    block(page, massage).focus()
    fresh = book(bob, offer.haircut, at(14)).bookings.get()

    page.evaluate(LOOK)

    expect(block(page, fresh)).to_be_visible()
    expect(page.locator("#status")).to_contain_text("Bob Berg")
    expect(block(page, massage)).to_be_focused()


def test_auto_update_can_be_off_and_a_lost_line_is_said(
    page_at: Visitors, bob: Client, daisy: User, offer: Offer, massage: Booking
) -> None:
    page = page_at("desk", user=daisy, tolerate=("ERR_INTERNET_DISCONNECTED", "htmx:"))
    page.goto(DAY)
    page.get_by_role("button", name="Auto-update: on").click()
    fresh = book(bob, offer.haircut, at(14)).bookings.get()
    page.evaluate(LOOK)
    page.wait_for_timeout(500)
    expect(block(page, fresh)).to_have_count(0)

    page.get_by_role("button", name="Auto-update: off").click()
    page.context.set_offline(True)
    page.evaluate(LOOK)
    strip = page.get_by_text("Not live since 11:00. What you see may have changed.")
    expect(strip).to_be_visible()
    page.context.set_offline(False)
    page.evaluate(LOOK)
    expect(block(page, fresh)).to_be_visible()
    expect(strip).to_be_hidden()


def test_a_phone_shows_the_agenda_and_one_person_at_a_time(
    page_at: Visitors, daisy: User, massage: Booking
) -> None:
    page = page_at("phone", user=daisy)
    page.goto(DAY)

    expect(page.get_by_role("table", name="Agenda of Thursday 6 November")).to_be_visible()
    expect(page.locator(".cal-columns")).to_be_hidden()
    page.get_by_role("link", name="Columns").click()
    expect(block(page, massage)).to_be_visible()
    page.get_by_role("link", name="Skip to Jonas").click()
    expect(page.get_by_role("heading", name="Jonas")).to_be_in_viewport()

    # A press opens the booking as a page of its own.
    page.get_by_role("link", name="Skip to Aino").click()
    block(page, massage).click()
    heading(page, "Alice Andersen · Thu 6 Nov 10:00")


def test_a_finger_presses_long_and_then_moves(
    page_at: Visitors, daisy: User, massage: Booking
) -> None:
    page = page_at("phone", user=daisy)
    page.goto(f"{DAY}&view=columns")
    block(page, massage).scroll_into_view_if_needed()
    box = block(page, massage).bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": box["x"] + 40, "y": box["y"] + y}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    # A finger that moves at once scrolls.
    touch("touchStart", 60)
    touch("touchMove", 30)
    touch("touchEnd", 30)
    expect(page.locator(".cal-ghost")).to_have_count(0)
    page.wait_for_timeout(600)
    page.evaluate("document.querySelector('.cal-scroll').scrollTop = 0")
    box = block(page, massage).bounding_box()
    assert box is not None

    touch("touchStart", 8)
    block(page, massage).and_(page.locator(".is-carried")).wait_for()
    for step in (20, 60, 104):  # an hour is 96 px
        touch("touchMove", step)
    expect(page.locator(".cal-ghost")).to_have_count(1)
    touch("touchEnd", 104)

    heading(page, "Move to this time?")
    expect(page.get_by_role("button", name="Move to Thu 6 Nov 11:00")).to_be_visible()


def test_without_a_script_everything_is_a_page(
    page_at: Visitors, daisy: User, massage: Booking
) -> None:
    page = page_at("desk", user=daisy, java_script_enabled=False)
    page.goto(DAY)

    page.get_by_role("link", name="The day after").click()
    page.get_by_role("link", name="The day before").click()
    block(page, massage).click()
    heading(page, "Alice Andersen · Thu 6 Nov 10:00")
    page.get_by_role("link", name="Move", exact=True).click()
    page.get_by_role("button", name="12:00").click()
    page.get_by_role("button", name="Move to Thu 6 Nov 12:00").click()
    expect(page.get_by_text("Moved to Thu 6 Nov 12:00.")).to_be_visible()
