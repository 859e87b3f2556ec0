"""Why a client cancels (C22): optional, kept for the salon, and never lost by a mistake."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.test import Client as Browser

from bookings.models import BookingChange, Visit
from bookings.visits import manage_key
from clients.models import Client
from foundation.form_tokens import new_form_token
from notifications.sending import send_due_messages
from sales.moving import move_visit
from tests.factories import book
from tests.website.booking import THURSDAY_10, hidden, massage, text_of

pytestmark = pytest.mark.django_db

REASON = "I have a cold. <b>Sorry</b>"


@pytest.fixture
def visit(alice: Client) -> Visit:
    return book(alice, massage(), THURSDAY_10)


@pytest.fixture
def here(visit: Visit) -> str:
    return f"/booking/{visit.ref}/cancel/?k={manage_key(visit)}"


def reasons(visit: Visit) -> list[str]:
    changes = BookingChange.objects.filter(booking__visit=visit).order_by("pk")
    return list(changes.values_list("reason", flat=True))


def test_the_reason_is_kept_and_not_told_back(
    client: Browser, visit: Visit, here: str, mailoutbox: list[object]
) -> None:
    page = client.get(here).content.decode()
    assert "Reason" in page
    assert "(optional)" in page

    assert client.post(here, {"reason": f"  {REASON}\r\n"}).status_code == 302

    assert reasons(visit) == [REASON]
    send_due_messages()
    assert all("cold" not in mail.body for mail in mailoutbox)  # type: ignore[attr-defined]


def test_no_reason_is_needed(client: Browser, visit: Visit, here: str) -> None:
    assert client.post(here, {"reason": ""}).status_code == 302
    assert reasons(visit) == [""]


def test_200_characters_are_kept_and_one_more_is_refused(
    client: Browser, visit: Visit, here: str
) -> None:
    words = "é" * 201
    page = client.post(here, {"reason": words})
    assert page.status_code == 422
    assert "There is a problem" in text_of(page)
    assert "Shorten the reason to 200 characters" in text_of(page)
    assert words in html.unescape(page.content.decode())
    assert 'href="#id_reason"' in page.content.decode()
    assert visit.bookings.get().status == "booked"
    assert reasons(visit) == []

    # A new line is one character, whatever a browser sends for it.
    assert client.post(here, {"reason": f"{words[:198]}\r\n!"}).status_code == 302
    assert reasons(visit) == [f"{words[:198]}\n!"]


def test_what_was_typed_stays_where_the_salon_moved_it_meanwhile(
    client: Browser, visit: Visit, here: str
) -> None:
    seen = hidden(client.get(here), "seen")
    later = THURSDAY_10 + dt.timedelta(hours=2)
    move_visit(visit=visit, starts_at=later, form_token=new_form_token(), actor=None)

    page = client.post(here, {"seen": seen, "reason": REASON})

    assert page.status_code == 409
    assert REASON in html.unescape(page.content.decode())
    assert "<b>Sorry" not in page.content.decode()


def test_a_second_press_changes_no_reason(client: Browser, visit: Visit, here: str) -> None:
    client.post(here, {"reason": REASON})
    assert client.post(here, {"reason": "Another one"}).status_code == 302
    assert reasons(visit) == [REASON]
