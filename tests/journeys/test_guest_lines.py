"""A guest books several things at once, with what goes on top, and manages all of it by the links
of the mails: moves it, and cancels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus, Visit
from tests.browser import Visitors
from tests.factories import AddOnFactory
from tests.journeys.salon import open_salon
from tests.journeys.steps import books_are_clean, choose_time, deliver_mail, heading, path_in_mail

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]


def choose_what(page: Page, look: Callable[[Page], None]) -> None:
    """A haircut with a beard trim, and after it a massage by Jonas."""
    page.goto("/book/")
    page.get_by_role("link", name="Choose Haircut").click()
    heading(page, "Choose with whom")
    page.get_by_role("checkbox", name="Beard trim").check()
    page.get_by_role("button", name="See times").click()
    heading(page, "Choose a time")
    expect(page.get_by_text("Haircut + Beard trim")).to_be_visible()

    page.get_by_text("Add another service").click()
    page.get_by_label("After that").select_option(label="Deep tissue massage · 60 min")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Choose with whom and what for Deep tissue massage").click()
    heading(page, "Choose with whom")
    look(page)
    page.get_by_role("radio", name="Jonas").check()
    page.get_by_role("button", name="See times").click()
    heading(page, "Choose a time")


@pytest.mark.parametrize(
    ("size", "scripts"),
    [("phone", True), ("desk", True), ("phone", False)],
    ids=["phone", "desk", "no scripts"],
)
def test_guest_books_several_things_moves_and_cancels_them(
    page_at: Visitors, axe: Callable[[Page], None], size: str, scripts: bool
) -> None:
    offer = open_salon()
    AddOnFactory(name_en="Beard trim", services=[offer.haircut])
    page = page_at(size, java_script_enabled=scripts)

    choose_what(page, axe if scripts else lambda _page: None)
    choose_time(page, "10:15")
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Gade")
    page.get_by_label("E-mail", exact=True).fill("greta@example.test")
    page.get_by_label("Phone").fill("040 123 4567")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Review your booking")
    expect(page.get_by_text("Beard trim").first).to_be_visible()
    page.get_by_role("button", name="Book: you pay €132.00 at the salon").click()
    heading(page, "Booked: Thu 6 Nov 10:15")
    assert [
        (booking.service_name, booking.provider.name)
        for booking in Booking.objects.order_by("starts_at")
    ] == [("Haircut", "Aino"), ("Deep tissue massage", "Jonas")]
    (confirmation,) = deliver_mail()

    # On another device, by the link alone: an hour later.
    elsewhere = page_at(size, java_script_enabled=scripts)
    elsewhere.goto(path_in_mail(confirmation, "/booking/"))
    heading(elsewhere, "Booked: Thu 6 Nov 10:15")
    elsewhere.get_by_role("link", name="Move appointment").click()
    heading(elsewhere, "Choose a new time")
    elsewhere.locator("label.slot", has_text="11:15").click()
    elsewhere.get_by_role("button", name="Continue").click()
    heading(elsewhere, "Move to this time?")
    elsewhere.get_by_role("button", name="Move to Thu 6 Nov 11:15").click()
    heading(elsewhere, "Booked: Thu 6 Nov 11:15")
    (moved,) = deliver_mail()
    assert moved.attachments, "the mail brings the calendar file"

    # And by the link of the newer mail it is cancelled.
    elsewhere.goto(path_in_mail(moved, "/booking/"))
    elsewhere.get_by_role("link", name="Cancel appointment").click()
    expect(elsewhere.get_by_role("heading", level=1)).to_contain_text("Cancel")
    elsewhere.get_by_role("button", name="Cancel appointment").click()
    heading(elsewhere, "Cancelled: Thu 6 Nov 11:15")
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CANCELLED}
    assert Visit.objects.count() == 1
    (goodbye,) = deliver_mail()
    assert goodbye.to == ["greta@example.test"]
    books_are_clean()
