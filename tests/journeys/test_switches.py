"""The owner turns features off and on in the panel, and the website follows at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Visit
from clients.models import Client
from foundation import clock
from foundation.models import User
from giftcards.cards import reveal_code
from giftcards.models import GiftCard
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.privacy import clean_history
from tests.browser import Visitors
from tests.conftest import Clock
from tests.journeys.salon import fill_salon
from tests.journeys.steps import books_are_clean, choose_time, heading, shows_balance

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.journey


def turn(desk: Page, name: str, *, on: bool, confirm: str = "") -> None:
    """Press a switch, answer the question that opens, and see that it has moved."""
    desk.get_by_role("switch", name=name).click()
    if confirm:
        desk.get_by_role("dialog").get_by_role("button", name=confirm).click()
    state = "true" if on else "false"
    expect(desk.get_by_role("switch", name=name)).to_have_attribute("aria-checked", state)


def status_of(page: Page, path: str) -> int:
    answer = page.goto(path)
    assert answer is not None
    return answer.status


def test_each_switch_changes_the_product_at_once(
    page_at: Visitors, alice: Client, olga: User
) -> None:
    salon = fill_salon(alice)
    desk = page_at("desk", user=olga, tolerate=("status of 409",))
    desk.goto("/admin/features/")
    phone = page_at("phone", user=alice.user, tolerate=("status of 404",))
    guest = page_at("phone", tolerate=("status of 404",))

    # Loyalty off: what is there is kept, nothing is earned or spent.
    guest.goto("/services/")
    expect(guest.get_by_text("Earn 60 points")).to_be_visible()
    phone.goto("/gift-cards/")
    expect(phone.get_by_role("link", name="Choose by points · Gift card €50")).to_be_visible()
    turn(desk, "Loyalty system", on=False)
    guest.reload()
    heading(guest, "Services and prices")
    expect(guest.get_by_text("Earn 60 points")).to_have_count(0)
    assert status_of(guest, "/rewards/") == 404
    phone.reload()
    expect(phone.get_by_text("Sold at the salon").first).to_be_visible()
    expect(phone.get_by_text("Choose by points")).to_have_count(0)
    phone.goto("/account/points/")
    shows_balance(phone, "820 points")
    expect(phone.get_by_text("They can't be earned or spent right now.")).to_be_visible()

    # Gift cards off: the shop is closed, and an open card still pays.
    turn(desk, "Gift cards", on=False)
    guest.goto("/gift-cards/")
    expect(guest.get_by_text("We sell no gift cards at the moment.")).to_be_visible()
    phone.goto(f"/book/d/{salon.draft.token}/review/")
    phone.get_by_role("checkbox", name="Gift card …").first.check()
    expect(phone.get_by_text("Nothing left to pay")).to_be_visible()
    phone.get_by_role("button", name="Book", exact=True).click()
    heading(phone, "Booked: Mon 10 Nov 10:00")

    # Accept payments and client login off: no account anywhere; a guest books, pays at the salon,
    # and a card that was given away pays its part.
    turn(desk, "Accept payments", on=False)
    turn(desk, "Client login", on=False)
    for path in ("/account/", "/account/login/", "/account/points/"):
        assert status_of(phone, path) == 404, path
    code = reveal_code(GiftCard.objects.get(owner=None))
    guest.goto("/")
    guest.get_by_role("button", name="Menu").click()
    expect(guest.get_by_role("link", name="Sign in")).to_have_count(0)
    guest.goto("/book/haircut/times/")
    choose_time(guest, "13:00")
    for label, text in (
        ("First name", "Greta"),
        ("Last name", "Gade"),
        ("E-mail", "greta@example.test"),
        ("Phone", "040 123 4567"),
    ):
        guest.get_by_label(label, exact=label == "E-mail").fill(text)
    guest.get_by_role("button", name="Continue").click()
    guest.get_by_text("Have a gift card code?").click()
    guest.get_by_label("Gift card code").fill(code.lower().replace("-", " "))
    guest.get_by_role("button", name="Use", exact=True).click()
    guest.get_by_role("button", name="Book: you pay €25.00 at the salon").click()
    heading(guest, "Booked: Thu 6 Nov 13:00")

    # Clean history: not together with loyalty, and the nightly task does what it says.
    turn(desk, "Clean history", on=True)
    expect(desk.get_by_text("cannot be on together with Clean history")).to_be_visible()
    expect(desk.get_by_role("switch", name="Loyalty system")).to_be_disabled()
    with clock.fixed(Clock.START + dt.timedelta(days=400)):
        # While loyalty is off the sweep ends what was promised; a visit waits for that.
        assert credit_due_awards().credited == 0
        cleaned = clean_history()
        books_are_clean()
    assert cleaned.visits == Visit.objects.count()
    assert not Visit.objects.exclude(client=None).exists()
    assert balance_of(alice) == 820

    # Loyalty on again, with all that it needs.
    turn(desk, "Clean history", on=False)
    turn(desk, "Coupons", on=False)
    desk.get_by_role("switch", name="Loyalty system").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text(
        "This also turns on: Accept payments, Client login, Coupons, Gift cards."
    )
    dialog.get_by_role("button", name="Not now").click()
    turn(desk, "Loyalty system", on=True, confirm="Turn on all five")
    for name in ("Accept payments", "Client login", "Coupons", "Gift cards"):
        expect(desk.get_by_role("switch", name=name)).to_be_checked()
    phone.goto("/account/points/")
    shows_balance(phone, "820 points")
    expect(phone.get_by_role("link", name="Choose by points · Gift card €50")).to_be_visible()
