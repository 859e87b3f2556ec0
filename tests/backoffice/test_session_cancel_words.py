"""What staff say with a cancellation: of one booking, and of a class (S3, S9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Booking, ClassSession
from clients.models import Client
from notifications.models import Message
from notifications.sending import send_due_messages
from tests.backoffice.booking_pages import page, text_of
from tests.backoffice.test_session_pages import at, come, session, yoga

pytestmark = pytest.mark.django_db
__all__ = ["session", "yoga"]  # fixtures


def seen_at(desk: Browser, address: str) -> dict[str, str]:
    found = re.search(r'name="seen" value="([^"]*)"', desk.get(address).content.decode())
    assert found is not None
    return {"seen": found[1]}


def test_the_switch_is_on_at_first(desk: Browser, booking: Booking) -> None:
    html = text_of(desk.get(page(booking, "cancel/")))

    assert re.search(r'name="tell" id="id_tell" checked', html)


def test_the_client_reads_the_reason(
    desk: Browser, booking: Booking, mailoutbox: list[Any]
) -> None:
    Message.objects.all().delete()
    address = page(booking, "cancel/")

    desk.post(address, seen_at(desk, address) | {"tell": "on", "reason": "Aino is <ill>."})

    send_due_messages()
    (mail,) = mailoutbox
    assert "Aino is <ill>." in mail.body
    assert "Aino is &lt;ill&gt;." in mail.alternatives[0][0]


def test_with_the_switch_off_nobody_is_told(desk: Browser, booking: Booking) -> None:
    address = page(booking, "cancel/")

    desk.post(address, seen_at(desk, address) | {"reason": "Never read"})

    booking.refresh_from_db()
    assert booking.status == "cancelled"
    assert not Message.objects.filter(kind="visit_cancelled").exists()


def test_without_an_address_there_is_no_switch(desk: Browser, booking: Booking) -> None:
    Client.objects.update(email="")

    html = text_of(desk.get(page(booking, "cancel/")))

    assert "not told" in html
    assert 'id="id_tell"' not in html


@pytest.mark.parametrize("reason", ["x" * 501, "a\x00b"])
def test_a_reason_that_does_not_fit_comes_back(
    desk: Browser, booking: Booking, session: ClassSession, reason: str
) -> None:
    come(session)
    for address in (page(booking, "cancel/"), at(session, "cancel/")):
        answer = desk.post(address, seen_at(desk, address) | {"tell": "on", "reason": reason})

        assert answer.status_code == 422
        assert reason.replace("\x00", "") in answer.content.decode().replace("\x00", "")
    booking.refresh_from_db()
    session.refresh_from_db()
    assert (booking.status, session.cancelled_at) == ("booked", None)


def test_news_keep_what_was_typed(desk: Browser, booking: Booking, session: ClassSession) -> None:
    come(session)
    for address in (page(booking, "cancel/"), at(session, "cancel/")):
        answer = desk.post(address, {"seen": "old", "reason": "The heating is broken"})

        assert answer.status_code == 409
        assert "The heating is broken" in answer.content.decode()


def test_everybody_in_the_class_reads_the_reason(
    desk: Browser, alice: Client, session: ClassSession, mailoutbox: list[Any]
) -> None:
    come(session, alice)
    Message.objects.all().delete()
    address = at(session, "cancel/")

    desk.post(address, seen_at(desk, address) | {"reason": "Freja is ill."})

    send_due_messages()
    assert "Freja is ill." in mailoutbox[0].body
