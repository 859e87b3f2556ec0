"""At the desk with somebody on the phone: find, choose, find a time, book; and a class's roster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, Source
from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.conftest import Clock
from tests.factories import ClientFactory, book
from tests.journeys.salon import Offer, fill_class, open_salon
from tests.journeys.steps import THURSDAY, books_are_clean, heading

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

NEW = "/admin/bookings/new/"
REFUSALS = ("status of 409", "status of 422")


@pytest.fixture
def offer() -> Offer:
    return open_salon()


def choose_service(page: Page, offer: Offer) -> None:
    page.locator("#id_line-0-service").select_option(str(offer.massage.pk))
    page.locator("#part-total", has_text="72.00").wait_for()


def test_the_desk_books_in_six_presses(
    page_at: Visitors,
    alice: Client,
    bob: Client,
    daisy: User,
    offer: Offer,
    axe: Callable[..., None],
) -> None:
    page = page_at("desk", scheme="dark", user=daisy)
    page.goto("/admin/")
    page.get_by_role("link", name="New appointment").first.click()
    heading(page, "New appointment")

    search = page.get_by_label("Name, phone, e-mail or loyalty card")
    search.press_sequentially("alice")
    found = page.get_by_role("option", name="Alice Andersen")
    found.wait_for()
    expect(page.get_by_role("option", name="Bob Berg")).to_have_count(0)
    expect(page.locator("#status")).to_have_text("1 client found")
    # The list changes under it, and what was typed stays; the arrows mark, and the focus stays.
    search.press("ArrowDown")
    expect(search).to_be_focused()
    expect(found).to_have_attribute("aria-selected", "true")
    assert search.get_attribute("aria-activedescendant") == found.get_attribute("id")
    axe(page)
    page.keyboard.press("Enter")
    page.get_by_text("No visit yet").wait_for()
    choose_service(page, offer)
    page.get_by_label("Day").fill(THURSDAY)
    page.get_by_role("button", name="Find a time").click()
    page.get_by_role("button", name="Thu 6 Nov 09:15").click()
    page.locator("#part-total", has_text="Thu 6 Nov 09:15–10:15").wait_for()
    axe(page)
    page.keyboard.press("Control+Enter")

    heading(page, "Alice Andersen · Thu 6 Nov 09:15")
    page.get_by_text("Booked: Alice Andersen, Thu 6 Nov 09:15.").wait_for()
    assert Booking.objects.get().visit.source == Source.DESK
    books_are_clean()


def test_the_client_search_is_a_combobox(
    page_at: Visitors, alice: Client, bob: Client, daisy: User, offer: Offer
) -> None:
    """Arrows go round, Escape shuts the list and an arrow opens it again."""
    for each in (alice, bob):
        book(each, offer.massage, dt.datetime(2025, 11, 6, 8 + each.pk % 2 * 2, tzinfo=dt.UTC))
    page = page_at("desk", user=daisy)
    page.goto(NEW)
    search = page.get_by_role("combobox", name="Name, phone, e-mail or loyalty card")
    options = page.get_by_role("listbox", name="Booked last:").get_by_role("option")
    expect(options).to_have_count(2)
    expect(search).to_have_attribute("aria-expanded", "true")

    search.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    search.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(options.last).to_have_attribute("aria-selected", "false")
    search.press("Escape")
    expect(search).to_have_attribute("aria-expanded", "false")
    expect(options.first).to_be_hidden()
    assert search.get_attribute("aria-activedescendant") is None
    expect(search).to_be_focused()
    search.press("ArrowDown")
    expect(options.first).to_be_visible()
    name = options.first.locator("b").inner_text()
    search.press("Enter")
    expect(page.locator("#part-who .chosen")).to_contain_text(name)


@pytest.mark.once
def test_a_scanned_card_picks_its_client(
    page_at: Visitors, alice: Client, daisy: User, offer: Offer
) -> None:
    """A scanner types the number and Enter; part of a number and a name are searches."""
    Client.objects.filter(pk=alice.pk).update(card_number="2000123456789")
    page = page_at("desk", user=daisy)
    page.goto(NEW)
    search = page.get_by_role("combobox", name="Name, phone, e-mail or loyalty card")
    for text, said in (("2000123456", "No client “2000123456”."), ("alice", "1 client found")):
        search.fill(text)
        search.press("Enter")
        expect(page.locator("#status")).to_have_text(said)
        expect(search).to_be_focused()
    search.fill("")
    search.press_sequentially("2000 123456789")
    search.press("Enter")
    expect(page.locator("#part-who .chosen")).to_contain_text("Alice Andersen")


def test_nothing_typed_is_lost_on_the_way(
    page_at: Visitors,
    alice: Client,
    bob: Client,
    daisy: User,
    offer: Offer,
    axe: Callable[..., None],
) -> None:
    """On a phone: a new client, a time that was taken meanwhile, and one outside the hours."""
    page = page_at("phone", user=daisy, tolerate=REFUSALS)
    page.goto(f"{NEW}?day={THURSDAY}&at=10:00&who={offer.massage.providers.get(name='Aino').pk}")
    choose_service(page, offer)
    page.get_by_label("Name, phone, e-mail or loyalty card").fill("Nora Niemi")
    page.locator("#found-said", has_text="No client “Nora Niemi”.").wait_for()
    page.get_by_role("button", name="New client").click()
    assert page.get_by_label("First name").input_value() == "Nora"
    page.get_by_label("Phone").fill("040 123 4567")
    page.get_by_label("Note (optional)").fill("Ring twice")
    book(
        bob,
        offer.massage,
        dt.datetime(2025, 11, 6, 8, tzinfo=dt.UTC),
        provider=offer.massage.providers.get(name="Aino"),
    )

    page.get_by_role("button", name="Book appointment").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This time has just been taken.")
    expect(alert).to_be_focused()
    axe(page)
    alert.get_by_role("button").first.click()
    expect(alert).to_have_count(0)
    assert page.get_by_label("Phone").input_value() == "040 123 4567"
    page.get_by_label("Time").fill("19:30")
    page.get_by_role("button", name="Book appointment").click()
    expect(alert).to_contain_text("This is outside the working hours of Aino.")
    axe(page)
    page.get_by_role("button", name="Book anyway").click()

    heading(page, "Nora Niemi · Thu 6 Nov 19:30")
    page.get_by_text("Ring twice").wait_for()
    books_are_clean()


def test_it_all_works_without_a_script(
    page_at: Visitors, alice: Client, daisy: User, offer: Offer
) -> None:
    page = page_at("desk", user=daisy, java_script_enabled=False)
    page.goto(f"{NEW}?day={THURSDAY}&at=10:00")
    page.get_by_label("Name, phone, e-mail or loyalty card").fill("alice")
    page.locator("#part-who").get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Alice Andersen").click()
    page.locator("#id_line-0-service").select_option(str(offer.massage.pk))
    page.get_by_role("button", name="Book appointment").click()

    page.get_by_text("Booked: Alice Andersen, Thu 6 Nov 10:00.").wait_for()
    books_are_clean()


def test_a_class_is_checked_in_where_it_stands(
    page_at: Visitors,
    alice: Client,
    bob: Client,
    maria: User,
    offer: Offer,
    clock: Clock,
    axe: Callable[..., None],
) -> None:
    others = [ClientFactory() for _ in range(offer.session.places - 2)]
    fill_class(offer.session, *others, alice)
    clock.move_to(offer.session.starts_at - dt.timedelta(hours=1))
    page = page_at("phone", user=maria, tolerate=REFUSALS)
    page.goto(f"/admin/sessions/{offer.session.pk}/")
    last = page.locator(".roster li").last.get_by_role("button")
    last.scroll_into_view_if_needed()
    height = page.evaluate("scrollY")

    last.click()
    expect(last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#part-facts")).to_contain_text("1 arrived")
    expect(last).to_be_focused()
    assert page.evaluate("scrollY") == height
    axe(page)
    last.click()
    expect(last).to_have_attribute("aria-pressed", "false")

    page.get_by_role("link", name="Add someone").click()
    page.get_by_label("Name, phone, e-mail or loyalty card").fill("bob")
    page.get_by_role("option", name="Bob Berg").click()
    page.get_by_label("Places").fill("2")
    page.get_by_role("button", name="Add to the class").click()
    expect(page.get_by_role("alert")).to_contain_text("Only 1 place is left.")
    axe(page)
    page.get_by_role("button", name="Raise places to").click()
    page.get_by_text("Bob Berg is in the class now.").wait_for()
    books_are_clean()
