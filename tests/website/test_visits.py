"""A booked visit: confirmation, calendar, cancelling, the list (C9, C21, C22)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import BookingStatus, Visit
from bookings.visits import manage_key
from business.models import Business
from clients.models import Client
from loyalty.sweep import credit_due_awards
from sales.marking import mark_completed, mark_no_show
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import ClientFactory, book, give_card, turn_off, turn_on
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


@pytest.fixture
def visit(alice: Client) -> Visit:
    turn_on("loyalty")
    return book(alice, massage(), THURSDAY_10)


def keyed(visit: Visit, page: str = "") -> str:
    return f"/booking/{visit.ref}/{page}?k={manage_key(visit)}"


# --- who may see it ---------------------------------------------------------------------------


def test_the_owner_sees_it_signed_in_and_anybody_with_the_link(
    client: Browser, as_alice: Browser, visit: Visit
) -> None:
    assert "Booked: Thu 6 Nov 10:00" in text_of(as_alice.get(f"/booking/{visit.ref}/"))
    words = text_of(Browser().get(keyed(visit)))
    assert "Booked: Thu 6 Nov 10:00" in words
    assert "The confirmation goes to al…@example.test." in words
    assert "alice@example.test" not in words


@pytest.mark.parametrize("page", ["", "calendar.ics", "cancel/", "reschedule/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_foreign_missing_and_wrong_key_are_one_answer(
    page: str, method: str, visit: Visit, bob: Client
) -> None:
    bobs = book(bob, visit.bookings.get().service, THURSDAY_10 + dt.timedelta(days=1))
    stranger = Browser()
    stranger.force_login(bob.user)
    missing = getattr(stranger, method)(f"/booking/AAAAAAAA/{page}")
    foreign = getattr(stranger, method)(f"/booking/{visit.ref}/{page}")
    wrong = getattr(stranger, method)(f"/booking/{visit.ref}/{page}?k={manage_key(bobs)}")
    if method == "post" and page in ("", "calendar.ics"):
        assert {missing.status_code, foreign.status_code, wrong.status_code} == {405}
        return
    assert {missing.status_code, foreign.status_code, wrong.status_code} == {404}
    assert text_of(missing) == text_of(foreign) == text_of(wrong)
    assert not visit.bookings.filter(status=BookingStatus.CANCELLED).exists()


def test_a_stranger_is_told_of_the_mail_and_may_sign_in(client: Browser, visit: Visit) -> None:
    page = client.get(f"/booking/{visit.ref}/")
    assert "This link is not complete, or no longer valid. Get a new one by e-mail." in text_of(
        page
    )
    main = page.content.decode().split("<main")[1].split("</main>")[0]
    assert f'href="/account/login/?next=/booking/{visit.ref}/"' in main
    assert main.count("btn-primary") == 1
    turn_off("client_login")
    page = client.get(f"/booking/{visit.ref}/")
    main = page.content.decode().split("<main")[1].split("</main>")[0]
    assert "/account/login/" not in main
    assert main.count("btn-primary") == 1


@pytest.mark.parametrize("key", ["", "%00", "x" * 5000, "%ED%A0%80", "%C3%A6"])
def test_nasty_keys_are_wrong_keys(client: Browser, visit: Visit, key: str) -> None:
    assert client.get(f"/booking/{visit.ref}/?k={key}").status_code == 404


def test_the_link_works_without_client_login(client: Browser, visit: Visit) -> None:
    turn_off("client_login")
    words = text_of(client.get(keyed(visit)))
    assert "Booked: Thu 6 Nov 10:00" in words
    assert "account" not in words.lower()


def test_who_has_no_address_is_offered_an_account(client: Browser, visit: Visit) -> None:
    Client.objects.update(email="")
    words = text_of(client.get(keyed(visit)))
    assert "the points of your next visits are yours to spend" in words
    assert "Send code" not in words


def test_a_visit_page_is_private(client: Browser, visit: Visit) -> None:
    page = client.get(keyed(visit))
    assert page["Cache-Control"] == "no-store, private"
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "strict-origin"


# --- what it says -----------------------------------------------------------------------------


def test_points_on_the_way_and_price(as_alice: Browser, visit: Visit) -> None:
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "+60 points On the way: will be added around Thu 6 Nov 14:00" in words
    assert "You pay at the salon €72.00" in words
    assert "Free to cancel until Wed 5 Nov 10:00." in words
    turn_off("loyalty")
    assert "On the way" not in text_of(as_alice.get(f"/booking/{visit.ref}/"))


def test_a_done_visit_says_what_it_earned(as_alice: Browser, visit: Visit, clock: Clock) -> None:
    clock.move_to(THURSDAY_10 + dt.timedelta(hours=5))
    mark_completed(booking=visit.bookings.get(), actor=None)
    credit_due_awards()
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "Your visit: Thu 6 Nov 10:00" in words
    assert "+60 points Earned with this visit" in words
    assert "Book again" in words
    assert "Cancel appointment" not in words


def test_a_missed_visit_says_so(as_alice: Browser, visit: Visit, clock: Clock) -> None:
    clock.move_to(THURSDAY_10 + dt.timedelta(minutes=20))
    mark_no_show(booking=visit.bookings.get(), actor=None)
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "Missed: Thu 6 Nov 10:00" in words
    assert "60" not in words.split("Missed")[2].split("Reference")[0]


def test_the_calendar_file(client: Browser, visit: Visit) -> None:
    answer = client.get(keyed(visit, "calendar.ics"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f'filename="{visit.ref}.ics"' in answer["Content-Disposition"]
    body = answer.content.decode()
    assert f"UID:visit-{visit.ref}@testserver" in body
    assert "DTSTART:20251106T080000Z" in body


# --- cancelling -------------------------------------------------------------------------------


def test_cancelling_lists_what_happens_before_the_button(as_alice: Browser, alice: Client) -> None:
    turn_on("loyalty")
    card = give_card(alice, 5000)
    visit = book(alice, massage(), THURSDAY_10, card_ids=(card.pk,))
    page = as_alice.get(f"/booking/{visit.ref}/cancel/")
    words = text_of(page)
    assert "Your time becomes free for others." in words
    effects = words[words.index("What happens") :]
    assert f"€50.00 goes back to gift card …{card.last_four}." in effects
    assert "60 points on the way will not be added." in effects
    assert effects.index("will not be added") < effects.index("Cancel appointment")
    assert not visit.bookings.filter(status=BookingStatus.CANCELLED).exists()
    answer = as_alice.post(f"/booking/{visit.ref}/cancel/")
    assert answer["Location"] == f"/booking/{visit.ref}/"
    card.refresh_from_db()
    assert card.balance == 5000
    words = text_of(as_alice.get(answer["Location"]))
    assert "Cancelled: Thu 6 Nov 10:00" in words
    assert "You cancelled it on Tue 4 Nov 2025 11:00." in words
    assert f"€50.00 went back to gift card …{card.last_four}." in words
    assert "60 points on the way will not be added." in words


def test_a_guest_cancels_by_the_link(client: Browser, visit: Visit) -> None:
    answer = client.post(keyed(visit, "cancel/"))
    assert answer["Location"] == keyed(visit)
    booking = visit.bookings.get()
    assert booking.status == BookingStatus.CANCELLED
    assert booking.cancelled_by_client


def test_cancelling_twice_lands_on_the_same_page(as_alice: Browser, visit: Visit) -> None:
    first = as_alice.post(f"/booking/{visit.ref}/cancel/")
    second = as_alice.post(f"/booking/{visit.ref}/cancel/")
    assert first["Location"] == second["Location"]
    words = text_of(as_alice.get(f"/booking/{visit.ref}/cancel/"))
    assert "This was cancelled on Tue 4 Nov 2025 11:00." in words


def test_too_late_gives_the_rule_and_the_phone(
    as_alice: Browser, visit: Visit, clock: Clock
) -> None:
    Business.objects.update(phone="+358 9 123 456")
    clock.move_to(THURSDAY_10 - dt.timedelta(hours=23))
    page = as_alice.get(f"/booking/{visit.ref}/cancel/")
    words = text_of(page)
    assert "Too late to cancel online" in words
    assert "until 24 hours before they begin" in words
    assert "+358 9 123 456" in words
    answer = as_alice.post(f"/booking/{visit.ref}/cancel/")
    assert answer.status_code == 409
    assert "Too late to cancel online" in text_of(answer)
    assert not visit.bookings.filter(status=BookingStatus.CANCELLED).exists()


def test_who_is_too_late_is_offered_neither_move_nor_cancel(
    as_alice: Browser, visit: Visit, clock: Clock
) -> None:
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "Move appointment" in words
    assert "Cancel appointment" in words

    clock.move_to(THURSDAY_10 - dt.timedelta(hours=23))
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "Move appointment" not in words
    assert "Cancel appointment" not in words
    assert "This can no longer be cancelled online." in words


def test_the_salon_cancelled(as_alice: Browser, visit: Visit) -> None:
    cancel_visit(visit=visit, actor=None)
    words = text_of(as_alice.get(f"/booking/{visit.ref}/"))
    assert "The salon cancelled it on Tue 4 Nov 2025 11:00." in words


def test_a_completed_visit_is_not_cancelled_by_its_client(
    as_alice: Browser, visit: Visit, clock: Clock
) -> None:
    clock.move_to(THURSDAY_10 + dt.timedelta(minutes=50))
    mark_completed(booking=visit.bookings.get(), actor=None)
    words = text_of(as_alice.get(f"/booking/{visit.ref}/cancel/"))
    assert "There is nothing left to cancel." in words


# --- the list ---------------------------------------------------------------------------------


def test_appointments_need_a_sign_in(client: Browser) -> None:
    answer = client.get("/account/appointments/")
    assert answer["Location"] == "/account/login/?next=/account/appointments/"


def test_appointments_show_upcoming_then_past(
    as_alice: Browser, alice: Client, bob: Client, clock: Clock
) -> None:
    turn_on("loyalty")
    service = massage()
    book(alice, service, THURSDAY_10)
    book(alice, service, THURSDAY_10 + dt.timedelta(days=1))
    book(bob, service, THURSDAY_10 + dt.timedelta(days=4))
    cancelled = book(alice, service, THURSDAY_10 + dt.timedelta(days=5))
    clock.move_to(THURSDAY_10 + dt.timedelta(hours=6))
    credit_due_awards()
    cancel_visit(visit=cancelled, actor=None)
    words = text_of(as_alice.get("/account/appointments/"))
    upcoming = words[words.index("Upcoming") : words.index("Past")]
    past = words[words.index("Past") :]
    assert "Fri 7 Nov 10:00" in upcoming
    assert "+60 around Fri 7 Nov 14:00" in upcoming
    assert "Tue 11 Nov 10:00" in past
    assert "Cancelled by the salon" in past
    assert "2025" in past
    assert "+60 earned" in past
    assert "Mon 10 Nov" not in words  # Bob's


def test_no_appointments_yet(as_alice: Browser) -> None:
    words = text_of(as_alice.get("/account/appointments/"))
    assert "No upcoming appointments" in words
    assert "Past" not in words


@pytest.mark.parametrize("page", ["0", "-1", "99999999999999999999", "x", "%00"])
def test_nasty_pages_show_the_list(as_alice: Browser, page: str) -> None:
    assert as_alice.get(f"/account/appointments/?page={page}").status_code == 200


def test_appointments_cost_the_same_with_one_visit_and_thirty(
    as_alice: Browser,
    alice: Client,
    clock: Clock,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    turn_on("loyalty")
    service = massage()
    for day in range(2):
        book(alice, service, THURSDAY_10 + dt.timedelta(days=day))
    clock.move_to(THURSDAY_10 + dt.timedelta(hours=6))
    as_alice.get("/account/appointments/")
    with django_assert_num_queries(20):
        as_alice.get("/account/appointments/")
    clock.move_to(THURSDAY_10 - dt.timedelta(days=1))
    for n in range(28):
        book(ClientFactory(), service, THURSDAY_10 + dt.timedelta(days=11 + n // 7, hours=n % 7))
        Visit.objects.filter(client__isnull=False).update(client=alice)
    clock.move_to(THURSDAY_10 + dt.timedelta(days=11, hours=12))
    with django_assert_num_queries(20):
        as_alice.get("/account/appointments/")
