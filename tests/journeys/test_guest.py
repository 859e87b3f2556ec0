"""A guest on a phone: books without an account and cancels by the link in the mail."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, BookingStatus
from clients.models import Client
from tests.browser import Visitors
from tests.journeys.salon import open_salon
from tests.journeys.steps import books_are_clean, choose_time, deliver_mail, heading, path_in_mail

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_guest_books_and_cancels_by_the_link(page_at: Visitors, scripts: bool) -> None:
    open_salon()
    page = page_at("phone", java_script_enabled=scripts, tolerate=("status of 422",))

    page.goto("/")
    page.get_by_role("link", name="Book a time").click()
    page.get_by_role("link", name="Haircut").click()
    choose_time(page, "10:15")

    # One field was forgotten: the others keep what was typed.
    page.get_by_label("First name").fill("Greta")
    page.get_by_label("Last name").fill("Gade")
    page.get_by_label("E-mail", exact=True).fill("greta@example.test")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(page.get_by_label("First name")).to_have_value("Greta")
    page.get_by_label("Phone").fill("040 123 4567")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Review your booking")
    page.get_by_role("button", name="Book: you pay €45.00 at the salon").click()
    heading(page, "Booked: Thu 6 Nov 10:15")
    assert Client.objects.get(email="greta@example.test").user is None
    (confirmation,) = deliver_mail()
    assert confirmation.attachments, "the mail brings the calendar file"

    # Later, on another device, by the link alone.
    elsewhere = page_at("phone", java_script_enabled=scripts)
    elsewhere.goto(path_in_mail(confirmation, "/booking/"))
    heading(elsewhere, "Booked: Thu 6 Nov 10:15")
    elsewhere.get_by_role("link", name="Cancel appointment").click()
    expect(elsewhere.get_by_role("heading", level=1)).to_contain_text("Cancel")
    elsewhere.get_by_role("button", name="Cancel appointment").click()
    heading(elsewhere, "Cancelled: Thu 6 Nov 10:15")
    assert Booking.objects.get().status == BookingStatus.CANCELLED
    (goodbye,) = deliver_mail()
    assert goodbye.to == ["greta@example.test"]
    books_are_clean()
