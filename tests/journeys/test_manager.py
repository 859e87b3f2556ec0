"""The manager sets points on a service and on a gift card type, corrects a balance, exports."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clients.models import Client
from foundation.models import User
from loyalty.models import Award, AwardState
from tests.browser import Visitors
from tests.factories import GiftCardTypeFactory, book, give_points
from tests.journeys.salon import THURSDAY_17_30, fill_salon, open_salon
from tests.journeys.steps import AS_TYPED, books_are_clean, heading, shows_balance

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.journey


def open_tab(desk: Page, name: str, row: int, tab: str) -> None:
    desk.goto(reverse(f"admin:{name}_change", args=[row]))
    desk.get_by_role("link", name=tab, exact=True).click()


def the(desk: Page, label: str) -> Locator:
    """The field of this label that is seen; the admin keeps an empty row for scripts beside it."""
    return desk.get_by_label(label).filter(visible=True)


def seen(desk: Page, text: str) -> Locator:
    return desk.get_by_text(text).filter(visible=True)


def save(desk: Page) -> None:
    desk.get_by_role("button", name="Save", exact=True).click()


def test_points_of_a_service_and_of_a_gift_card_type(
    page_at: Visitors, alice: Client, maria: User
) -> None:
    offer = open_salon()
    book(alice, offer.massage, THURSDAY_17_30.replace(hour=13))
    card_type = GiftCardTypeFactory(slug="gift-card-20", name_en="Gift card €20", value_minor=2000)
    give_points(alice, 340)
    desk = page_at("desk", user=maria)
    phone = page_at("phone", user=alice.user)

    # A service that earned nothing: the switch alone is not enough.
    open_tab(desk, "catalogue_appointmentservice", offer.haircut.pk, "Loyalty")
    the(desk, "Clients earn points for this").check()
    save(desk)
    expect(desk.get_by_text("Enter how many points a booking earns").first).to_be_visible()
    the(desk, "Points per booking").fill("25")
    save(desk)
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    phone.goto("/services/haircut/")
    expect(phone.get_by_text("Earn 25 points")).to_be_visible()

    # One that is booked already: the booking keeps its points.
    open_tab(desk, "catalogue_appointmentservice", offer.massage.pk, "Loyalty")
    expect(seen(desk, "1 booked visit keeps 60 points.")).to_be_visible()
    the(desk, "Points per booking").fill("75")
    save(desk)
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    phone.goto("/services/deep-tissue/")
    expect(phone.get_by_text("Earn 75 points")).to_be_visible()
    assert Award.objects.get(state=AwardState.PROMISED).points == 60

    # A gift card type: with points it can be chosen, by who has enough.
    phone.goto("/gift-cards/")
    expect(phone.get_by_text("Gift card €20").first).to_be_visible()
    expect(phone.get_by_role("link", name="Choose by points · Gift card €20")).to_have_count(0)
    open_tab(desk, "giftcards_giftcardtype", card_type.pk, "Loyalty")
    the(desk, "Clients can get this card for points").check()
    the(desk, "Points needed").fill("200")
    save(desk)
    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("link", name="Choose by points · Gift card €20")).to_be_visible()

    # Too few points: says how many are missing, and a press does nothing.
    refused = phone.get_by_role("button", name="Choose by points · Gift card €50")
    expect(phone.get_by_text("You need 160 more points")).to_be_visible()
    refused.focus()
    refused.press("Enter")
    expect(phone.locator("#status")).to_have_text("You need 160 more points")
    heading(phone, "Gift cards")


def test_correction_and_export_of_what_is_filtered(
    page_at: Visitors, alice: Client, bob: Client, maria: User
) -> None:
    fill_salon(alice)
    give_points(bob, 30, "Sorry that you had to wait")
    desk = page_at("desk", user=maria)

    # Deduct with a minus; the client reads why.
    desk.goto("/admin/reports/loyalty/")
    desk.get_by_role("link", name="Add points").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_role("combobox", name="Client").press_sequentially("ander")
    dialog.get_by_role("option", name="Alice Andersen").click()
    dialog.get_by_role("button", name="Change the client").wait_for()
    dialog.get_by_label("Reward points amount").press_sequentially("-50", delay=AS_TYPED)
    expect(dialog.locator("#live-line")).to_contain_text("770")
    dialog.get_by_label("Description").fill("Counted twice")
    dialog.locator("#add-submit").click()
    expect(desk.get_by_role("cell", name="Counted twice")).to_be_visible()
    phone = page_at("phone", user=alice.user)
    phone.goto("/account/points/")
    expect(phone.locator("#history tbody tr").first).to_contain_text("Counted twice")
    shows_balance(phone, "770 points")

    # Filter, and export exactly that.
    desk.get_by_label("Text in the description").fill("counted")
    desk.get_by_role("button", name="Show", exact=True).click()
    shown = desk.locator("#report table.ledger tbody tr")
    expect(shown).to_have_count(1)
    desk.get_by_role("link", name="Clear all").click()
    expect(shown).to_have_count(5)
    desk.get_by_role("combobox", name="Client").press_sequentially("berg")
    desk.get_by_role("option", name="Bob Berg").click()
    desk.get_by_role("button", name="Show", exact=True).click()
    expect(shown).to_have_count(1)
    desk.get_by_role("button", name="Export 1 row").click()
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    assert download.value.suggested_filename.endswith(".csv")
    text = Path(download.value.path()).read_text("utf-8-sig")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 1
    row = dict(zip(header, rows[0], strict=True))
    assert "Bob Berg" in row.values()
    assert "Sorry that you had to wait" in row.values()
    assert "30" in row.values()
    books_are_clean()


def test_points_window_of_the_clients_report(page_at: Visitors, alice: Client, maria: User) -> None:
    """The number is a button; what it opens ends where it began (ux D14)."""
    open_salon()
    give_points(alice, 340)
    desk = page_at("desk", user=maria)
    desk.goto("/admin/reports/clients/")

    button = desk.get_by_role("link", name="Alice Andersen, 340 points, show history")
    button.click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_role("cell", name="A present")).to_be_visible()
    dialog.get_by_role("link", name="Add points").click()
    dialog.get_by_label("Reward points amount").fill("160")
    dialog.get_by_label("Description").fill("Brought a friend")
    dialog.locator("#add-submit").click()

    changed = desk.get_by_role("link", name="Alice Andersen, 500 points, show history")
    expect(changed).to_be_visible()
    expect(changed).to_be_focused()
    expect(desk.locator("#status")).to_contain_text("500")
    changed.click()
    expect(dialog.get_by_role("cell", name="Brought a friend")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(changed).to_be_focused()
