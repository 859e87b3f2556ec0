"""A client cancels the visit that the page showed, not the one it became meanwhile."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser

from bookings.models import Visit
from bookings.visits import manage_key
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.moving import move_visit
from tests.factories import book
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(alice: Client) -> Visit:
    return book(alice, massage(), THURSDAY_10)


def test_a_visit_that_was_moved_meanwhile_is_asked_about_again(
    client: Browser, visit: Visit
) -> None:
    address = f"/booking/{visit.ref}/cancel/?k={manage_key(visit)}"

    def seen(html: str) -> dict[str, str]:
        found = re.search(r'name="seen" value="(\w+)"', html)
        assert found is not None
        return {"seen": found[1]}

    sent = seen(client.get(address).content.decode())
    later = THURSDAY_10 + dt.timedelta(hours=2)
    move_visit(visit=visit, starts_at=later, form_token=new_form_token(), actor=None)

    answer = client.post(address, sent)

    assert answer.status_code == 409
    words = text_of(answer)
    assert "Something changed meanwhile." in words
    assert "Cancel Thu 6 Nov 12:00?" in words
    assert visit.bookings.get().status == "booked"
    assert client.post(address, seen(answer.content.decode())).status_code == 302
    assert visit.bookings.get().status == "cancelled"
    # Pressed again, it lands where the first press did.
    assert client.post(address, sent).status_code == 302
