"""Services for points: the desk books one with the client on the phone, and a client on the web."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking
from clients.models import Client
from foundation.models import User
from loyalty.models import Reward
from loyalty.points import balance_of
from tests.browser import Visitors
from tests.factories import ServiceRewardFactory, give_points
from tests.journeys.salon import Offer, open_salon
from tests.journeys.steps import THURSDAY, books_are_clean, choose_time, heading, shows_balance

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once]

NEW = "/admin/bookings/new/"
# Presses of a person: keys that type are not counted.
COUNT_PRESSES = """addEventListener('click', (event) => {
    if (event.isTrusted) sessionStorage.presses = Number(sessionStorage.presses || 0) + 1;
}, true)"""
MOVES = "(button) => getComputedStyle(button).animationName"


@pytest.fixture
def offer() -> Offer:
    return open_salon()


@pytest.fixture
def reward(alice: Client, offer: Offer) -> Reward:
    """The massage for 400 points, also on the website; Alice has 820."""
    give_points(alice, 820)
    reward: Reward = ServiceRewardFactory(service=offer.massage, online=True)
    return reward


def pick(page: Page, name: str) -> None:
    page.get_by_label("Name, phone, e-mail or loyalty card").press_sequentially(name)
    page.get_by_role("option", name=name).click()


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_the_desk_books_a_reward_in_six_presses(
    page_at: Visitors, alice: Client, daisy: User, offer: Offer, reward: Reward, size: str
) -> None:
    page = page_at(size, user=daisy)
    page.add_init_script(COUNT_PRESSES)
    page.goto(f"{NEW}?day={THURSDAY}")

    pick(page, "Alice Andersen")
    page.get_by_text("Loyalty card · 820").click()
    page.get_by_role("button", name="Book Deep tissue massage as reward for 400 points").click()
    expect(page.locator("#part-lines .is-reward")).to_contain_text("400 points")
    page.get_by_role("button", name="Find a time").click()
    page.get_by_role("button", name="Thu 6 Nov 09:15").click()
    page.locator("#part-total", has_text="Thu 6 Nov 09:15–10:15").wait_for()
    page.get_by_role("button", name="Book appointment").click()

    heading(page, "Alice Andersen · Thu 6 Nov 09:15")
    page.get_by_text("400 points taken, 420 points left.").wait_for()
    assert 0 < int(page.evaluate("sessionStorage.presses")) <= 6
    booking = Booking.objects.get()
    assert (booking.by_points, booking.price_minor, balance_of(alice)) == (True, 0, 420)

    page.goto(f"/admin/calendar/?day={THURSDAY}&view=columns")
    block = page.locator(f"#booking-{booking.pk}").filter(visible=True)
    expect(block).to_contain_text("REWARD")
    page.goto(f"/admin/bookings/{booking.pk}/cancel/")
    page.locator("main form[method=post] button.btn-danger").click()
    page.get_by_text("They came back on").wait_for()
    assert balance_of(alice) == 820
    books_are_clean()


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_client_uses_points_on_the_website(
    page_at: Visitors, alice: Client, offer: Offer, reward: Reward, size: str
) -> None:
    page = page_at(size, user=alice.user)
    page.goto("/book/deep-tissue/")
    page.get_by_role("radio", name="Anyone available").check()
    page.get_by_role("button", name="See times").click()
    choose_time(page, "10:00")
    page.get_by_role("button", name="Continue").click()
    heading(page, "Review your booking")
    expect(page.get_by_text("You will earn 60 points")).to_be_visible()
    points = page.get_by_role("group", name="Use your points").get_by_role("checkbox")
    points.check()
    expect(page.get_by_text("Nothing left to pay")).to_be_visible()
    expect(points).to_be_checked()
    expect(page.get_by_text("You will earn")).to_have_count(0)
    page.get_by_role("button", name="Book", exact=True).click()

    heading(page, "Booked: Thu 6 Nov 10:00")
    visit = Booking.objects.get().visit
    page.goto("/account/points/")
    shows_balance(page, "420 points")
    page.goto(f"/booking/{visit.ref}/cancel/")
    expect(page.get_by_text("400 points of your reward come back.")).to_be_visible()
    page.get_by_role("button", name="Cancel appointment").click()
    page.get_by_role("heading", level=1, name="Cancelled").wait_for()
    page.goto("/account/points/")
    shows_balance(page, "820 points")
    books_are_clean()


def test_the_loyalty_card_moves_once_and_only_for_who_likes_movement(
    page_at: Visitors, alice: Client, daisy: User, offer: Offer, reward: Reward
) -> None:
    """It moves after a client was picked, and not for what is done later on the page."""
    for wish, moves in (("no-preference", "loyalty-pulse"), ("reduce", "none")):
        page = page_at("phone", user=daisy)
        page.emulate_media(reduced_motion=wish)
        page.goto(f"{NEW}?day={THURSDAY}")
        expect(page.locator("#loyalty-card")).to_have_count(0)
        pick(page, "Alice Andersen")
        card = page.locator("#loyalty-card.is-new")
        expect(card).to_have_count(1)
        assert card.locator("summary").evaluate(MOVES) == moves
        page.locator("#id_line-0-service").select_option(str(offer.haircut.pk))
        page.locator("#part-total", has_text="45.00").wait_for()
        expect(page.locator("#loyalty-card")).to_have_count(1)
        expect(card).to_have_count(0)
