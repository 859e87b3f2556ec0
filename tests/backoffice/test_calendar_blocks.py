"""How high the columns of the day calendar are, and what a block of that height tells."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.models import Booking
from clients.models import Client
from foundation.models import User
from tests.backoffice.booking_pages import TODAY, at, text_of
from tests.backoffice.test_calendar import CALENDAR, block_of
from tests.factories import ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db


def zoom_of(html: str) -> str:
    return html.partition('<div id="day" class="')[2].partition('"')[0].partition(" ")[0]


def classes_of(html: str, booking: Booking) -> str:
    """The classes of the block of ``booking`` in its column."""
    before = html.partition(f'id="booking-{booking.pk}"')[0]
    return before.rpartition('class="')[2].partition('"')[0]


def test_columns_are_of_medium_height_at_first(desk: Browser, booking: Booking) -> None:
    html = text_of(desk.get(CALENDAR))

    assert zoom_of(html) == "zoom-m"
    assert 'id="cal-zoom-m" href="?zoom=m" title="Medium" data-swap aria-current="true"' in html


def test_the_chosen_height_is_remembered(desk: Browser, booking: Booking) -> None:
    chosen = desk.get(f"{CALENDAR}?day={TODAY}&zoom=l")

    cookie = chosen.cookies["calendar-zoom"]
    assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("l", "Lax", True)
    html = text_of(desk.get(CALENDAR))
    assert zoom_of(html) == "zoom-l"
    # The other links keep what the address asks for.
    assert f'href="?day={TODAY}&amp;zoom=s"' in text_of(chosen)


@pytest.mark.parametrize("nonsense", ["", "xl", "%00", "S"])
def test_a_height_that_there_is_not_is_the_usual_one(
    desk: Browser, booking: Booking, nonsense: str
) -> None:
    desk.cookies["calendar-zoom"] = "huge"

    answer = desk.get(f"{CALENDAR}?zoom={nonsense}")

    assert zoom_of(text_of(answer)) == "zoom-m"
    assert "calendar-zoom" not in answer.cookies


@pytest.mark.parametrize(
    ("minutes", "heights"),
    [
        (15, {"s": "is-short", "m": "is-short", "l": "is-short"}),
        (30, {"s": "is-low", "m": "is-low", "l": "is-low"}),
        (45, {"s": "is-low", "m": "is-low", "l": ""}),
        (60, {"s": "", "m": "", "l": ""}),
    ],
)
def test_a_block_has_as_many_lines_as_there_is_room_for(
    desk: Browser, alice: Client, minutes: int, heights: dict[str, str]
) -> None:
    service = ServiceFactory(minutes=minutes, providers=[ProviderFactory()])
    booking = book(alice, service, at(13)).bookings.get()

    for zoom, height in heights.items():
        html = text_of(desk.get(f"{CALENDAR}?zoom={zoom}"))
        assert classes_of(html, booking) == f"appt is-booked {height}".strip()


def test_another_height_is_no_old_news(desk: Browser, booking: Booking) -> None:
    """The look of a page whose columns were made higher in another tab is answered anew."""
    Booking.objects.update(ends_at=booking.starts_at + dt.timedelta(minutes=45))
    seen = desk.get(CALENDAR).context["day"].fingerprint
    desk.cookies["calendar-zoom"] = "l"

    look = desk.get(CALENDAR, headers={"HX-Target": "day", "X-Calendar-Seen": seen})

    assert look.status_code == 200


def test_allergies_stand_in_the_block_and_in_the_agenda(desk: Browser, booking: Booking) -> None:
    Client.objects.update(allergies="Nuts")

    html = text_of(desk.get(CALENDAR))

    assert block_of(html, booking) == (
        "13:00–14:00 Alice Andersen Deep tissue massage Booked Allergies: Nuts first visit "
        "€72.00 to pay"
    )
    assert "Allergies: Nuts" in html.split('<table class="ledger">')[1]


def test_a_first_visit_is_told_beside_the_calendar_too(
    desk: Browser, booking: Booking, daisy: User, alice: Client
) -> None:
    address = f"/admin/bookings/{booking.pk}/"
    assert "first visit" in text_of(desk.get(address))
    book(alice, booking.service, at(11))

    assert "first visit" not in text_of(desk.get(address))
