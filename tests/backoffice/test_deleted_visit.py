"""The page of a booking that was deleted: it says so, and offers nothing to do with it."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from bookings.models import Booking
from foundation.models import User
from sales.visits import delete_visit
from tests.backoffice.booking_pages import page, text_of
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


def buttons(html: str, booking: Booking) -> set[str]:
    """What the page leads on to with this booking."""
    return set(re.findall(rf'"/admin/bookings/{booking.pk}/([\w/-]+)"', html))


def test_a_deleted_visit_says_so_and_can_only_be_brought_back(
    desk: Browser, booking: Booking, daisy: User
) -> None:
    assert {"move/", "cancel/", "remove/"} <= buttons(text_of(desk.get(page(booking))), booking)
    delete_visit(visit=booking.visit, actor=daisy)

    html = text_of(desk.get(page(booking)))

    assert "This booking was deleted on" in html
    assert "Deleted: Alice Andersen" in html
    assert buttons(html, booking) == {"undo/"}
    for act in ("move/", "cancel/", "remove/", "no-show/"):
        assert desk.get(page(booking, act)).status_code == 302
        assert desk.post(page(booking, act), {"seen": "0/0/"}).status_code == 409
    for act in ("arrived/", "started/", "completed/"):
        assert desk.post(page(booking, act)).status_code == 409


def test_the_day_after_there_is_nothing_to_do_at_all(
    booking: Booking, daisy: User, clock: Clock
) -> None:
    delete_visit(visit=booking.visit, actor=daisy)
    clock.advance(days=1)
    later = Browser()
    later.force_login(daisy)

    html = text_of(later.get(page(booking)))

    assert "This booking was deleted on" in html
    assert buttons(html, booking) == set()


def test_who_may_not_see_the_booking_learns_nothing(
    client: Browser, booking: Booking, pavel: User
) -> None:
    delete_visit(visit=booking.visit, actor=None)
    client.force_login(pavel)

    answer = client.get(page(booking))

    assert answer.status_code == 403
    assert "deleted" not in text_of(answer)
