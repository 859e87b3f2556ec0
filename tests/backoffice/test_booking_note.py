"""*Edit* in the panel: the note of a visit."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from bookings.models import Booking
from bookings.notes import change_note
from catalogue.models import Provider
from clients.models import Client
from foundation.models import User
from sales.visits import cancel_visit
from tests.backoffice.booking_pages import at, page, text_of
from tests.factories import ServiceFactory, book

pytestmark = pytest.mark.django_db
NEWS = "Somebody changed the note meanwhile. Look at both, then save again."


def seen_at(desk: Browser, booking: Booking) -> str:
    return str(desk.get(page(booking, "edit/")).context["seen"])


def note_of(booking: Booking) -> str:
    booking.visit.refresh_from_db()
    return booking.visit.note


def test_the_note_is_changed_and_stands_with_the_booking(desk: Browser, booking: Booking) -> None:
    assert 'href="/admin/bookings/' in text_of(desk.get(page(booking)))
    seen = seen_at(desk, booking)

    answer = desk.post(
        page(booking, "edit/"), {"seen": seen, "note": "Ring twice\r\nTop floor"}, follow=True
    )

    html = text_of(answer)
    assert "The note is changed." in html
    assert "Ring twice<br>Top floor" in html


def test_of_two_who_write_the_second_sees_both(desk: Browser, booking: Booking) -> None:
    sent = {"seen": seen_at(desk, booking), "note": "No perfume"}
    change_note(visit=booking.visit, note="Ring twice", before="", actor=None)

    answer = desk.post(page(booking, "edit/"), sent)

    html = text_of(answer)
    assert answer.status_code == 409
    for words in (NEWS, "The note now:", "Ring twice", "No perfume</textarea>"):
        assert words in html
    assert note_of(booking) == "Ring twice"
    desk.post(page(booking, "edit/"), sent | {"seen": answer.context["seen"]})
    assert note_of(booking) == "No perfume"


def test_sent_twice_it_is_changed_once(desk: Browser, booking: Booking) -> None:
    sent = {"seen": seen_at(desk, booking), "note": "No perfume"}

    for _time in range(2):
        assert desk.post(page(booking, "edit/"), sent).status_code == 302
    assert note_of(booking) == "No perfume"


def test_too_long_a_note_is_kept_on_the_page(desk: Browser, booking: Booking) -> None:
    sent = {"seen": seen_at(desk, booking), "note": "x" * 1001}

    answer = desk.post(page(booking, "edit/"), sent)

    assert answer.status_code == 422
    assert "Write at most 1,000 characters." in text_of(answer)
    assert note_of(booking) == ""


def test_a_cancelled_booking_is_not_edited(desk: Browser, booking: Booking) -> None:
    cancel_visit(visit=booking.visit, actor=None)

    assert page(booking, "edit/") not in text_of(desk.get(page(booking)))
    assert desk.post(page(booking, "edit/"), {"note": "Late"}).status_code == 409
    assert note_of(booking) == ""


def test_a_provider_edits_their_own(
    client: Browser, alice: Client, pavel: User, booking: Booking
) -> None:
    provider = Provider.objects.get(user=pavel)
    mine = book(alice, ServiceFactory(providers=[provider]), at(15)).bookings.get()
    client.force_login(pavel)

    assert client.get(page(mine, "edit/")).status_code == 200
    assert client.get(page(booking, "edit/")).status_code == 403
