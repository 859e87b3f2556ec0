"""One booking in the panel, and what its buttons do to points and cards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Booking, BookingStatus
from catalogue.models import Service
from clients.models import Client
from clients.people import erase_personal_data
from foundation.models import User
from loyalty.models import Award, AwardState
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.marking import mark_no_show
from sales.visits import cancel_visit
from tests.backoffice.booking_pages import LIST, at, page, text_of
from tests.conftest import Clock
from tests.factories import (
    ProviderFactory,
    ServiceFactory,
    book,
    give_card,
    turn_off,
)

pytestmark = pytest.mark.django_db


def press(browser: Browser, booking: Booking, act: str) -> Any:
    """Look at the question and agree to it."""
    asked = browser.get(page(booking, act))
    return browser.post(page(booking, act), {"seen": asked.context["seen"]}, follow=True)


def test_page_says_who_what_when_points_and_money(desk: Browser, booking: Booking) -> None:
    html = text_of(desk.get(page(booking)))

    for text in (
        "Alice Andersen · Tue 4 Nov 13:00",
        "Deep tissue massage",
        "13:00–14:00",
        "€72.00",
        "+60</span> On the way",
        "They will be added around Tue 4 Nov 17:00.",
        "alice@example.test",
        booking.visit.ref,
    ):
        assert text in html
    for button in ("Arrived", "Cancel"):
        assert f">{button}<" in html
    for early in ("Completed", "No-show"):
        assert f">{early}<" not in html


def test_what_settles_a_visit_is_offered_once_it_has_begun(
    desk: Browser, daisy: User, booking: Booking, clock: Clock
) -> None:
    refused = desk.post(page(booking, "completed/"))
    assert (refused.status_code, booking.status) == (409, BookingStatus.BOOKED)
    assert "It is too early for this." in text_of(refused)

    clock.move_to(booking.starts_at)
    later = Browser()  # two hours without a press ended the first session
    later.force_login(daisy)

    html = text_of(later.get(page(booking)))
    for button in ("Arrived", "Completed", "No-show", "Cancel"):
        assert f">{button}<" in html


def test_arrived_then_completed(desk: Browser, booking: Booking, daisy: User, clock: Clock) -> None:
    clock.move_to(booking.starts_at)
    html = text_of(desk.post(page(booking, "arrived/"), follow=True))
    assert "Marked as arrived." in html
    assert ">Completed<" in html

    desk.post(page(booking, "completed/"), follow=True)

    booking.refresh_from_db()
    assert (booking.status, booking.status_changed_by) == (BookingStatus.COMPLETED, daisy)


def test_credited_points_are_shown_with_their_hour(
    desk: Browser, booking: Booking, clock: Clock
) -> None:
    clock.move_to(at(17) + dt.timedelta(minutes=5))
    credit_due_awards()

    html = text_of(desk.get(page(booking)))

    assert "+60</span> Added" in html
    assert "4 Nov 2025 17:05" in html


def test_no_show_first_says_what_happens_and_then_earns_nothing(
    desk: Browser, booking: Booking, alice: Client, clock: Clock
) -> None:
    clock.move_to(at(13) + dt.timedelta(minutes=20))
    asked = text_of(desk.get(page(booking, "no-show/")))
    assert "60 points on the way will not be added." in asked
    assert "It can be taken back today, with Undo." in asked
    assert "Mark as a no-show" in asked
    assert "Leave as it is" in asked

    html = text_of(press(desk, booking, "no-show/"))

    assert "Not added" in html
    assert "The client did not come." in html
    clock.advance(days=1)
    assert credit_due_awards().credited == 0
    assert balance_of(alice) == 0


def test_no_show_of_a_visit_to_come_warns(desk: Browser, booking: Booking) -> None:
    assert "It is too early for this." in text_of(desk.get(page(booking, "no-show/")))


def test_cancel_first_says_what_happens_and_then_returns_the_card(
    desk: Browser, alice: Client, massage: Service
) -> None:
    card = give_card(alice, 5000)
    booking = book(alice, massage, at(15), card_ids=(card.pk,)).bookings.get()

    asked = text_of(desk.get(page(booking, "cancel/")))
    for text in (
        "60 points on the way will not be added.",
        f"€50.00 return to gift card …{card.last_four}.",
        "Tell the client by e-mail to alice@example.test",
        "Cancel appointment",
        "Keep appointment",
    ):
        assert text in asked
    booking.refresh_from_db()
    assert booking.status == BookingStatus.BOOKED

    html = text_of(press(desk, booking, "cancel/"))

    card.refresh_from_db()
    assert "The appointment is cancelled." in html
    assert "The visit was cancelled." in html
    assert (card.balance, Award.objects.get().state) == (5000, AwardState.DROPPED)


def test_cancel_of_a_credited_visit_takes_the_points_back(
    desk: Browser, booking: Booking, alice: Client, clock: Clock
) -> None:
    clock.advance(days=1)
    credit_due_awards()
    asked = text_of(desk.get(page(booking, "cancel/")))
    assert "60 points that were added are taken back." in asked

    html = text_of(press(desk, booking, "cancel/"))

    assert "Taken back" in html
    assert balance_of(alice) == 0


def test_effects_that_changed_meanwhile_are_shown_again(
    desk: Browser, booking: Booking, clock: Clock, daisy: User
) -> None:
    seen = desk.get(page(booking, "cancel/")).context["seen"]
    clock.advance(hours=7)
    credit_due_awards()
    desk.logout()  # her session was over anyway
    desk.force_login(daisy)

    response = desk.post(page(booking, "cancel/"), {"seen": seen})

    assert response.status_code == 409
    assert "Something changed meanwhile." in text_of(response)
    assert "60 points that were added are taken back." in text_of(response)
    booking.refresh_from_db()
    assert booking.status == BookingStatus.BOOKED


def test_button_of_a_stale_page_says_who_was_quicker(
    desk: Browser, booking: Booking, maria: User
) -> None:
    cancel_visit(visit=booking.visit, actor=maria)

    for act in ("arrived/", "completed/", "no-show/", "cancel/"):
        response = desk.post(page(booking, act), {"seen": "60/0/"})
        assert response.status_code == 409
        assert "Cancelled" in text_of(response)
        assert "There is a problem" in text_of(response)
    assert "Maria Malm, 11:00" in text_of(response)


def quarantine(booking: Booking) -> None:
    booking.awards.update(state=AwardState.QUARANTINED, attempts=5)


def test_manager_decides_about_points_that_could_not_be_added(
    client: Browser, maria: User, booking: Booking
) -> None:
    client.force_login(maria)
    quarantine(booking)
    assert ">Try again<" in text_of(client.get(page(booking)))

    client.post(page(booking, "points/again/"))
    assert booking.awards.get().state == AwardState.PROMISED
    assert client.post(page(booking, "points/again/")).status_code == 409

    quarantine(booking)
    client.post(page(booking, "points/give-up/"))
    assert (booking.awards.get().state, booking.awards.get().reason) == ("dropped", "given_up")


def test_desk_sees_points_that_could_not_be_added_and_decides_nothing(
    desk: Browser, booking: Booking
) -> None:
    quarantine(booking)

    assert ">Try again<" not in text_of(desk.get(page(booking)))
    assert desk.post(page(booking, "points/again/")).status_code == 403


def test_pressing_arrived_twice_is_harmless(desk: Browser, booking: Booking) -> None:
    for _ in range(2):
        assert desk.post(page(booking, "arrived/")).status_code == 302


def test_question_about_what_cannot_be_done_leads_to_the_page(
    desk: Browser, booking: Booking, clock: Clock
) -> None:
    clock.move_to(booking.starts_at)
    mark_no_show(booking=booking, actor=None)

    assert desk.get(page(booking, "cancel/")).headers["Location"] == page(booking)
    assert ">Cancel<" not in text_of(desk.get(page(booking)))


def test_loyalty_off_is_said_beside_points_on_the_way(desk: Browser, booking: Booking) -> None:
    turn_off("loyalty")

    assert "The loyalty system is off." in text_of(desk.get(page(booking)))


def test_booking_without_points_says_so(desk: Browser, alice: Client) -> None:
    plain = ServiceFactory(providers=[ProviderFactory()])
    booking = book(alice, plain, at(13)).bookings.get()

    assert "This booking earns no points." in text_of(desk.get(page(booking)))


def test_erased_client_is_nobody(desk: Browser, booking: Booking, alice: Client) -> None:
    erase_personal_data(client=alice, actor=None)
    booking.visit.client = None
    booking.visit.anonymised_at = booking.starts_at
    booking.visit.save(update_fields=["client", "anonymised_at"])

    for address in (LIST, page(booking), page(booking, "cancel/")):
        html = text_of(desk.get(address))
        assert "Personal data erased" in html
        assert "Alice" not in html


@pytest.mark.parametrize("act", ["arrived/", "completed/"])
def test_marks_never_follow_from_a_link(desk: Browser, booking: Booking, act: str) -> None:
    """T13."""
    assert desk.get(page(booking, act)).status_code == 405


def test_unknown_booking_is_not_found(desk: Browser, booking: Booking) -> None:
    for number in ("0", "999999", "9" * 30):
        assert desk.get(f"{LIST}{number}/").status_code == 404


def test_admins_own_pages_under_the_same_address_are_reached(client: Browser, maria: User) -> None:
    """Trap 26."""
    client.force_login(maria)

    assert client.get("/admin/bookings/classsession/").status_code == 200


def test_stranger_is_sent_to_sign_in(client: Browser, booking: Booking) -> None:
    for address in (LIST, page(booking), page(booking, "cancel/")):
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")
