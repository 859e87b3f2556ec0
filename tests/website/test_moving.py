"""Moving a booked visit: choose, old and new side by side, one button (C22)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import Booking, BookingStatus, ClassSession, Visit
from bookings.sessions import create_session
from bookings.visits import manage_key
from business.models import Business
from catalogue.models import Provider, ServiceProvider
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.moving import move_visit
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ProviderFactory, book, give_card, turn_on
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FRIDAY_11 = THURSDAY_10 + DAY + dt.timedelta(hours=1)


@pytest.fixture
def visit(alice: Client) -> Visit:
    """Alice's massage on Thursday at 10, in part paid with a card of 50.00."""
    turn_on("loyalty")
    return book(alice, massage(), THURSDAY_10, card_ids=(give_card(alice, 5000).pk,))


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


def keyed(visit: Visit, **query: object) -> str:
    words = "".join(f"&{name}={value}" for name, value in query.items())
    return f"/booking/{visit.ref}/reschedule/?k={manage_key(visit)}{words}".replace("+", "%2B")


def fields(page: object) -> dict[str, str]:
    """The hidden fields of the last form."""
    html = page.content.decode().split("<main")[1]  # type: ignore[attr-defined]
    html = html.split("</main>")[0].rsplit("<form", 1)[1]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))


def test_a_guest_moves_by_the_link_without_signing_in(client: Browser, visit: Visit) -> None:
    page = client.get(keyed(visit))
    words = text_of(page)
    assert "Choose a new time" in words
    assert "Your present time stays yours until you confirm the new one." in words
    page = client.get(keyed(visit, day="2025-11-07"))
    assert f'value="{FRIDAY_11.isoformat()}"' in page.content.decode()

    review = client.get(keyed(visit, at=FRIDAY_11.isoformat()))
    words = text_of(review)
    assert "Thu 6 Nov 10:00" in words
    assert "Move to Fri 7 Nov 11:00" in words
    assert "The price stays €72.00." in words
    assert "€50.00 stays paid by gift card." in words
    assert "You pay €22.00 at the salon." in words
    assert "60 points will be added around Fri 7 Nov 15:00." in words
    assert Booking.objects.get().starts_at == THURSDAY_10

    done = client.post(keyed(visit), fields(review), follow=True)
    words = text_of(done)
    assert "Moved to Fri 7 Nov 11:00" in words
    assert "Booked: Fri 7 Nov 11:00" in words
    assert Booking.objects.get().starts_at == FRIDAY_11


def test_a_form_sent_twice_moves_once(client: Browser, visit: Visit) -> None:
    sent = fields(client.get(keyed(visit, at=FRIDAY_11.isoformat())))
    for _ in range(2):
        assert client.post(keyed(visit), sent).status_code == 302
    assert Booking.objects.get().changes.count() == 1


def test_a_time_that_is_gone_offers_the_nearest(client: Browser, visit: Visit, bob: Client) -> None:
    sent = fields(client.get(keyed(visit, at=FRIDAY_11.isoformat())))
    book(bob, visit.bookings.get().service, FRIDAY_11)

    page = client.post(keyed(visit), sent)

    assert page.status_code == 409
    words = text_of(page)
    assert "This time has just been taken. Choose another one." in words
    assert "The nearest free times:" in words
    assert "Fri 7 Nov 12:00" in words
    assert client.get(keyed(visit, at=FRIDAY_11.isoformat())).status_code == 409
    assert Booking.objects.get(visit=visit).starts_at == THURSDAY_10


def test_too_late_tells_the_rule_and_the_phone(client: Browser, visit: Visit, clock: Clock) -> None:
    Business.objects.update(phone="+35891234567")
    sent = fields(client.get(keyed(visit, at=FRIDAY_11.isoformat())))
    clock.move_to(THURSDAY_10 - DAY + dt.timedelta(seconds=1))

    for page in (client.get(keyed(visit)), client.post(keyed(visit), sent)):
        words = text_of(page)
        assert "Too late to move online" in words
        assert "Appointments can be moved here until 24 hours before they begin." in words
        assert "+35891234567" in words
    assert Booking.objects.get().starts_at == THURSDAY_10
    words = text_of(client.get(keyed(visit).replace("reschedule/", "")))
    assert "Move appointment" not in words


def test_what_was_cancelled_says_so(client: Browser, visit: Visit) -> None:
    cancel_visit(visit=visit, actor=None)

    words = text_of(client.get(keyed(visit)))

    assert "This was cancelled on Tue 4 Nov 2025" in words
    assert "Choose a new time" not in words


def test_what_was_marked_is_not_moved_here(client: Browser, visit: Visit) -> None:
    Booking.objects.update(status=BookingStatus.ARRIVED)

    assert "The booking is marked: Arrived." in text_of(client.get(keyed(visit)))


def test_anyone_may_take_it_and_the_difference_is_shown(client: Browser, visit: Visit) -> None:
    service = visit.bookings.get().service
    jonas = ProviderFactory(name="Jonas")
    ServiceProvider.objects.create(service=service, provider=jonas, price_minor=4000)
    Provider.objects.exclude(pk=jonas.pk).first().hours.all().delete()  # type: ignore[union-attr]
    assert "With anyone" in text_of(client.get(keyed(visit)))

    review = client.get(keyed(visit, at=FRIDAY_11.isoformat(), anyone=1))

    words = text_of(review)
    assert "The price changes from €72.00 to €40.00." in words
    assert "€10.00 goes back to gift card" in words
    client.post(keyed(visit), fields(review))
    booking = Booking.objects.get()
    assert (booking.provider, booking.price_minor) == (jonas, 4000)


def test_a_place_moves_to_another_session(as_alice: Browser, alice: Client) -> None:
    from bookings.models import Source
    from sales.visits import book_place

    freja = ProviderFactory(name="Freja")
    yoga = ClassServiceFactory(name_en="Yoga basics", places=2, providers=[freja])
    first, second, full = (
        create_session(service=yoga, provider=freja, starts_at=THURSDAY_10 + n * DAY, actor=None)
        for n in range(3)
    )
    ClassSession.objects.filter(pk=full.pk).update(booked_places=1)
    visit = book_place(
        client=alice,
        guest=None,
        session=first,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=alice.user,
        places=2,
    )
    address = f"/booking/{visit.ref}/reschedule/"

    page = as_alice.get(address)
    assert f'value="{second.pk}"' in page.content.decode()
    assert f'value="{full.pk}"' not in page.content.decode()
    review = as_alice.get(f"{address}?session={second.pk}")
    assert "Move to Fri 7 Nov 10:00" in text_of(review)
    done = as_alice.post(address, fields(review), follow=True)

    assert "Moved to Fri 7 Nov 10:00" in text_of(done)
    assert Booking.objects.get().session == second


def test_the_list_and_the_account_lead_here(as_alice: Browser, visit: Visit) -> None:
    for page in ("/account/", "/account/appointments/"):
        html = as_alice.get(page).content.decode()
        assert f'href="/booking/{visit.ref}/reschedule/"' in html


def test_what_the_salon_changed_says_so(as_alice: Browser, visit: Visit, maria: object) -> None:
    move_visit(visit=visit, starts_at=FRIDAY_11, form_token=new_form_token(), actor=maria)
    for page in (f"/booking/{visit.ref}/", "/account/appointments/"):
        assert "Changed by the salon on Tue 4 Nov 2025." in text_of(as_alice.get(page))
    sent = fields(as_alice.get(f"/booking/{visit.ref}/reschedule/?at=2025-11-06T08:00:00%2B00:00"))
    as_alice.post(f"/booking/{visit.ref}/reschedule/", sent)
    assert "Changed by the salon" not in text_of(as_alice.get(f"/booking/{visit.ref}/"))


@pytest.mark.parametrize(
    "query", ["day=9999-99-99", "at=soon", "with=x", "session=0", "anyone=x", "at=%00", "day="]
)
def test_nasty_queries_are_missing_values(client: Browser, visit: Visit, query: str) -> None:
    assert client.get(f"{keyed(visit)}&{query}").status_code == 200


def test_nothing_chosen_moves_nothing(client: Browser, visit: Visit) -> None:
    page = client.post(keyed(visit), {"form_token": new_form_token()})

    assert page.status_code == 422
    assert Booking.objects.get().starts_at == THURSDAY_10


def test_the_number_of_queries_is_fixed(
    client: Browser, visit: Visit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(keyed(visit))
    with django_assert_max_num_queries(30):
        client.get(keyed(visit, at=FRIDAY_11.isoformat()))
