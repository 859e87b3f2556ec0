"""Why a booking was cancelled, in its history (S3): the client's words and those of staff."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from bookings.models import Booking
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.marking import undo_mark, undoable_mark
from sales.moving import move_visit
from sales.visits import cancel_visit
from tests.backoffice.booking_pages import at, page, text_of

pytestmark = pytest.mark.django_db

REASON = "<script>alert(1)</script>\nI have a cold."


def cancel_as(booking: Booking, *, by_client: bool, reason: str, actor: User | None = None) -> None:
    cancel_visit(visit=booking.visit, actor=actor, by_client=by_client, reason=reason)


def test_the_client_s_reason_stands_in_the_history_as_text(desk: Browser, booking: Booking) -> None:
    move_visit(
        visit=booking.visit,
        starts_at=at(13).replace(day=6),
        form_token=new_form_token(),
        actor=None,
    )
    cancel_as(booking, by_client=True, reason=REASON)

    answer = desk.get(page(booking))

    html = answer.content.decode()
    assert "<script>alert(1)" not in html
    assert "Reason: &lt;script&gt;alert(1)&lt;/script&gt;<br>I have a cold." in html
    assert "by the client" in text_of(answer)


def test_the_panel_beside_the_calendar_says_it_too(
    desk: Browser, booking: Booking, daisy: User
) -> None:
    cancel_as(booking, by_client=False, reason="Aino is ill.", actor=daisy)
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    assert "Reason: Aino is ill." in text_of(desk.get(page(booking), headers=headers))


def test_an_undone_cancellation_keeps_its_line(
    desk: Browser, booking: Booking, daisy: User
) -> None:
    cancel_as(booking, by_client=False, reason="Aino is ill.", actor=daisy)
    booking.refresh_from_db()
    mark = undoable_mark(booking, daisy)
    assert mark is not None
    undo_mark(booking=booking, mark=mark, actor=daisy)
    assert text_of(desk.get(page(booking))).count("Reason:") == 1


def test_without_a_reason_there_is_no_such_line(
    desk: Browser, booking: Booking, alice: Client
) -> None:
    cancel_as(booking, by_client=False, reason="  ")
    assert "Reason:" not in text_of(desk.get(page(booking)))
