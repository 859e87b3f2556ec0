"""A class that is full: a place in line, an offer that passes to the next, and its claim by the
link of the mail (walk-through 16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from bookings.models import Booking, WaitingPlace
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import wait_for_session
from tests.browser import Visitors
from tests.conftest import Clock
from tests.factories import ClientFactory
from tests.journeys.salon import fill_class, open_salon
from tests.journeys.steps import books_are_clean, deliver_mail, heading, path_in_mail

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

JOIN = "Join the waiting list: Yoga flow, Thu 6 Nov 17:30"


@pytest.mark.parametrize(
    ("size", "scripts"),
    [("phone", True), ("desk", True), ("phone", False)],
    ids=["phone", "desk", "no scripts"],
)
def test_a_place_in_line_is_offered_and_claimed(
    page_at: Visitors,
    clock: Clock,
    axe: Callable[[Page], None],
    alice: Client,
    bob: Client,
    size: str,
    scripts: bool,
) -> None:
    offer = open_salon()
    fill_class(offer.session, ClientFactory(), ClientFactory())

    # Bob, who is signed in, joins in the timetable; Greta, a guest, types who she is.
    account = page_at(size, java_script_enabled=scripts, user=bob.user)
    account.goto("/classes/")
    account.get_by_role("link", name=JOIN).or_(account.get_by_role("button", name=JOIN)).click()
    if account.get_by_role("heading", name="Yoga flow", level=1).is_visible():
        account.get_by_role("button", name="Join waiting list").click()
    expect(account.get_by_text("You're no. 1 on the waiting list").first).to_be_visible()

    guest = page_at(size, java_script_enabled=scripts)
    guest.goto("/classes/")
    expect(guest.get_by_text("Full · waiting list")).to_be_visible()
    guest.get_by_role("link", name=JOIN).click()
    heading(guest, "Yoga flow")
    guest.get_by_label("First name").fill("Greta")
    guest.get_by_label("Last name").fill("Gade")
    guest.get_by_label("E-mail", exact=True).fill("greta@example.test")
    guest.get_by_label("Phone").fill("040 123 4567")
    guest.get_by_role("button", name="Join waiting list").click()
    heading(guest, "You're on the waiting list")
    if scripts:
        axe(guest)
    joined = {mail.to[0]: mail for mail in deliver_mail()}
    guest.goto(path_in_mail(joined["greta@example.test"], "/classes/w/"))
    heading(guest, "You're no. 2 on the waiting list")

    # A place becomes free: it is the line's before anybody was asked.
    gone = Booking.objects.order_by("pk")[0].visit
    cancel_visit(visit=gone, actor=None)
    stranger = page_at("desk", java_script_enabled=scripts, user=alice.user)
    stranger.goto("/classes/")
    expect(stranger.get_by_text("Full · waiting list")).to_be_visible()
    serve_waiting_lists()
    offers = {mail.to[0]: mail for mail in deliver_mail()}
    account.goto("/account/appointments/")
    expect(account.get_by_text("Yours to take until Tue 4 Nov 13:00")).to_be_visible()
    if scripts:
        axe(account)
        axe(stranger)

    # Bob lets two hours pass, and the next is asked.
    clock.advance(hours=2)
    serve_waiting_lists()
    offers |= {mail.to[0]: mail for mail in deliver_mail()}
    account.goto(path_in_mail(offers[bob.email], "/classes/w/"))
    heading(account, "This offer has ended")

    guest.goto(path_in_mail(offers["greta@example.test"], "/classes/w/"))
    heading(guest, "A place opened")
    expect(guest.get_by_text("This place is yours until 15:00.")).to_be_visible()
    guest.get_by_role("button", name="Take the place").click()
    heading(guest, "Booked: Thu 6 Nov 17:30")
    states = WaitingPlace.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["passed", "taken"]
    assert {mail.to[0] for mail in deliver_mail()} == {"greta@example.test"}
    books_are_clean()


def test_the_place_is_given_to_the_next_by_a_button(
    page_at: Visitors, alice: Client, bob: Client
) -> None:
    """Who declines passes the place on at once; leaving from the list of appointments works too."""
    offer = open_salon()
    fill_class(offer.session, ClientFactory(), ClientFactory())
    for client in (alice, bob):
        wait_for_session(
            client=client,
            guest=None,
            session=offer.session,
            form_token=new_form_token(),
            actor=None,
        )
    cancel_visit(visit=Booking.objects.order_by("pk")[0].visit, actor=None)
    serve_waiting_lists()

    page = page_at("phone", user=alice.user)
    page.goto("/account/appointments/")
    page.get_by_role("link", name="Your place in line: Yoga flow").click()
    heading(page, "A place opened")
    page.get_by_role("button", name="No thanks, give it to the next person").click()
    heading(page, "You left the waiting list")
    serve_waiting_lists()

    other = page_at("desk", user=bob.user)
    other.goto("/account/appointments/")
    expect(other.get_by_text("Yours to take until")).to_be_visible()
    other.get_by_role("button", name="Leave the waiting list: Yoga flow").click()
    heading(other, "You left the waiting list")
    offer.session.refresh_from_db()
    assert offer.session.places_left == 1
    books_are_clean()
