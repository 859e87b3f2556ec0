"""A client moves the visit that the page showed, not the one it became meanwhile."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.models import ClassSession, Visit
from bookings.sessions import create_session
from bookings.visits import manage_key
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.moving import move_place, move_visit
from sales.visits import cancel_visit
from tests.factories import ClassServiceFactory, ProviderFactory, book
from tests.website.booking import THURSDAY_10, massage, text_of
from tests.website.test_classes import take_place
from tests.website.test_moving import fields, keyed

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
FRIDAY_11 = THURSDAY_10 + dt.timedelta(days=1) + HOUR
CHANGED = "Something changed meanwhile."


@pytest.fixture
def visit(alice: Client) -> Visit:
    return book(alice, massage(), THURSDAY_10)


def by_desk(visit: Visit, at: dt.datetime) -> None:
    move_visit(visit=visit, starts_at=at, form_token=new_form_token(), actor=None)


def test_a_visit_that_was_moved_meanwhile_is_shown_as_it_is_now(
    client: Browser, visit: Visit
) -> None:
    address = keyed(visit, at=FRIDAY_11.isoformat())
    sent = fields(client.get(address))
    by_desk(visit, THURSDAY_10 + 2 * HOUR)

    page = client.post(address, sent)

    assert page.status_code == 409
    words = text_of(page)
    assert CHANGED in words
    assert "Thu 6 Nov 12:00" in words
    assert "Move to Fri 7 Nov 11:00" in words
    assert visit.bookings.get().starts_at == THURSDAY_10 + 2 * HOUR
    # They may go on: what was chosen is still chosen, and the page is of today.
    assert client.post(address, fields(page)).status_code == 302
    assert visit.bookings.get().starts_at == FRIDAY_11
    # The first form was sent again: it is refused like before, and moves nothing.
    assert client.post(address, sent).status_code == 409
    assert visit.bookings.get().starts_at == FRIDAY_11


def test_without_the_query_the_time_of_the_form_is_shown(client: Browser, visit: Visit) -> None:
    sent = fields(client.get(keyed(visit, at=FRIDAY_11.isoformat())))
    by_desk(visit, THURSDAY_10 + 2 * HOUR)
    page = client.post(keyed(visit), sent)
    assert page.status_code == 409
    assert "Move to Fri 7 Nov 11:00" in text_of(page)


def test_moved_to_where_the_client_wanted_it_there_is_nothing_left_to_press(
    client: Browser, visit: Visit
) -> None:
    address = keyed(visit, at=FRIDAY_11.isoformat())
    sent = fields(client.get(address))
    by_desk(visit, FRIDAY_11)
    page = client.post(address, sent)
    assert page.status_code == 409
    assert "This is the time you have already." in text_of(page)


def test_a_visit_that_was_cancelled_meanwhile_says_so(client: Browser, visit: Visit) -> None:
    address = keyed(visit, at=FRIDAY_11.isoformat())
    sent = fields(client.get(address))
    cancel_visit(visit=visit, actor=None)
    page = client.post(address, sent)
    assert page.status_code == 409
    assert "This was cancelled on Tue 4 Nov 2025 11:00." in text_of(page)


def test_moved_so_near_that_it_is_too_late_tells_the_rule(client: Browser, visit: Visit) -> None:
    address = keyed(visit, at=FRIDAY_11.isoformat())
    sent = fields(client.get(address))
    by_desk(visit, THURSDAY_10 - 24 * HOUR)
    page = client.post(address, sent)
    assert page.status_code == 409
    assert "Too late to move online" in text_of(page)


def test_a_place_that_was_moved_meanwhile_is_shown_as_it_is_now(
    client: Browser, alice: Client
) -> None:
    yoga = ClassServiceFactory(slug="yoga", providers=[ProviderFactory(name="Freja")])

    def session(days: int) -> ClassSession:
        return create_session(
            service=yoga,
            provider=yoga.providers.get(),
            starts_at=THURSDAY_10 + dt.timedelta(days=days),
            actor=None,
        )

    first, second, third = session(0), session(1), session(4)
    visit = take_place(first, alice)
    address = f"/booking/{visit.ref}/reschedule/?k={manage_key(visit)}&session={third.pk}"
    sent = fields(client.get(address))
    move_place(visit=visit, session=second, form_token=new_form_token(), actor=None)

    page = client.post(address, sent)

    assert page.status_code == 409
    assert CHANGED in text_of(page)
    assert "Fri 7 Nov 10:00" in text_of(page)
    assert client.post(address, fields(page)).status_code == 302
    assert visit.bookings.get().session == third
