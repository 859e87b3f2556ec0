"""The whole loop on a phone: sign up, a visit, points, a card for points, a visit paid with it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.conftest import Clock
from tests.journeys.salon import THURSDAY_10, open_salon
from tests.journeys.steps import (
    AS_TYPED,
    books_are_clean,
    choose_time,
    code_from_mail,
    deliver_mail,
    heading,
    shows_balance,
)

pytestmark = pytest.mark.journey


def test_from_sign_up_to_a_visit_paid_with_a_card_for_points(
    page_at: Visitors, clock: Clock, maria: User
) -> None:
    offer = open_salon()
    page = page_at("phone", permissions=["clipboard-read", "clipboard-write"])

    # Sign up: a code by mail, consent ticked by hand.
    page.goto("/account/signup/")
    page.get_by_label("Name").fill("Mette Holm")
    page.get_by_label("E-mail", exact=True).fill("mette@example.test")
    consent = page.get_by_label("Send me news and points messages")
    expect(consent).not_to_be_checked()
    consent.check()
    page.get_by_role("button", name="Create account").click()
    heading(page, "Enter the code")
    page.get_by_label("Six-digit code").fill(code_from_mail("confirm_address_code"))
    page.get_by_role("button", name="Confirm").click()
    heading(page, "Hello Mette")

    # Book a massage that earns points.
    page.goto("/services/")
    expect(page.get_by_text("Earn 60 points").first).to_be_visible()
    page.get_by_role("link", name="Deep tissue massage").click()
    heading(page, "Deep tissue massage")
    page.locator("main").get_by_role("link", name="Book", exact=True).click()
    page.get_by_role("radio", name="Anyone available").check()
    page.get_by_role("button", name="See times").click()
    choose_time(page, "10:00")
    page.get_by_label("Phone").fill("040 123 4567")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Review your booking")
    expect(page.get_by_text("You will earn 60 points")).to_be_visible()
    page.get_by_role("button", name="Book: you pay €72.00 at the salon").click()
    heading(page, "Booked: Thu 6 Nov 10:00")
    deliver_mail()

    # On the way, and three hours after the visit in the account; the client agreed, and is told.
    page.goto("/account/points/")
    shows_balance(page, "0 points")
    expect(page.get_by_text("will be added around Thu 6 Nov 14:00")).to_be_visible()
    clock.move_to(THURSDAY_10 + dt.timedelta(hours=4))
    call_command("credit_points")
    told = deliver_mail()
    assert [each.to for each in told] == [["mette@example.test"]]
    assert "60" in told[0].body
    page.reload()
    shows_balance(page, "60 points")
    expect(page.get_by_text("1 × 60 = 60 for Deep tissue massage, Thu 6 Nov 10:00")).to_be_visible()

    # The manager adds the rest from the report.
    desk = page_at("desk", user=maria)
    desk.goto("/admin/reports/loyalty/")
    desk.get_by_role("button", name="Actions for Mette Holm").click()
    desk.get_by_role("link", name="Add more points to this client").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("Reward points amount").press_sequentially("460", delay=AS_TYPED)
    expect(dialog.locator("#live-line")).to_contain_text("520")
    dialog.get_by_label("Description").fill("Won the spring raffle")
    dialog.get_by_label("Tell the client by e-mail").check()
    dialog.get_by_role("button", name="Add 460 points").click()
    expect(desk.get_by_role("cell", name="Won the spring raffle")).to_be_visible()
    told = deliver_mail()
    assert "Won the spring raffle" in told[0].body

    # A gift card for 500 of the 520 points.
    page.goto("/gift-cards/")
    page.get_by_role("link", name="Choose by points · Gift card €50").click()
    expect(page.get_by_text("You keep")).to_be_visible()
    page.get_by_role("button", name="Use 500 points").click()
    heading(page, "Gift card")
    page.get_by_role("button", name="Show code").click()
    code = page.locator(".code").inner_text()
    page.get_by_role("button", name="Copy code").click()
    expect(page.get_by_role("button", name="Code copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code
    told = deliver_mail()
    assert code in told[0].body

    # It pays for a place in a class, and most of it is left.
    page.goto(f"/classes/s/{offer.session.pk}/")
    page.get_by_role("button", name="Book a place").click()
    page.get_by_role("button", name="Continue").click()
    heading(page, "Review your booking")
    page.get_by_role("checkbox", name="Gift card …").check()
    expect(page.get_by_text("Nothing left to pay")).to_be_visible()
    page.get_by_role("button", name="Book", exact=True).click()
    heading(page, "Booked: Thu 6 Nov 17:30")
    page.goto("/account/gift-cards/")
    expect(page.locator(".stub .big")).to_have_text("€32.00")

    # The history says what each movement was.
    page.goto("/account/points/")
    rows = page.locator("#history tbody tr")
    expect(rows).to_have_count(3)
    for row, (what, points, after) in zip(
        rows.all(),
        [
            ("Gift card €50", "−500", "20"),
            ("Won the spring raffle", "+460", "520"),
            ("1 × 60 = 60 for Deep tissue massage, Thu 6 Nov 10:00", "+60", "60"),
        ],
        strict=True,
    ):
        expect(row).to_contain_text(what)
        expect(row.locator("td").nth(2)).to_have_text(points)
        expect(row.locator("td").nth(3)).to_have_text(after)
    assert Client.objects.get().user is not None
    books_are_clean()
