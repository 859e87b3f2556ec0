"""Places in line among one's own appointments (C21); the warning of two things at once (C11)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import ClassSession, WaitingPlace
from bookings.sessions import create_session
from bookings.waiting import position_of, positions_of
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.class_sessions import change_session
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import wait_for_day, wait_for_session
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    book,
    fill_the_day,
)
from tests.website.booking import THURSDAY_10, fill, massage, text_of

pytestmark = pytest.mark.django_db

HERE = "/account/appointments/"
A_DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
SUNDAY = dt.date(2025, 11, 9)


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    assert alice.user is not None
    client.force_login(alice.user)
    return client


@pytest.fixture
def yoga(db: None) -> ClassSession:
    """One place, Thursday 10:00–11:00."""
    service = ClassServiceFactory(name_en="Yoga flow", providers=[ProviderFactory(name="Freja")])
    return a_session(service, 0)


def a_session(service: Service, number: int) -> ClassSession:
    return create_session(
        service=service,
        provider=service.providers.get(),
        starts_at=THURSDAY_10 + number * 2 * HOUR,
        places=1,
        actor=None,
    )


def wait(session: ClassSession, client: Client | None = None) -> WaitingPlace:
    return wait_for_session(
        client=client or ClientFactory(),
        guest=None,
        session=session,
        form_token=new_form_token(),
        actor=None,
    )


def offer_one_more(session: ClassSession) -> None:
    change_session(session=session, places=session.places + 1, actor=None)
    serve_waiting_lists()


def test_a_place_in_line_stands_among_the_appointments(
    as_alice: Browser, alice: Client, yoga: ClassSession
) -> None:
    book(alice, massage(), THURSDAY_10 + A_DAY)
    fill(yoga)
    wait(yoga)
    wait(yoga, alice)

    words = text_of(as_alice.get(HERE))
    assert words.index("Yoga flow · Freja") < words.index("Deep tissue massage")
    assert "Thu 6 Nov 10:00" in words
    assert "You're no. 2 on the waiting list" in words


def test_an_offer_says_until_when_it_is_kept(
    as_alice: Browser, alice: Client, yoga: ClassSession, clock: Clock
) -> None:
    fill(yoga)
    place = wait(yoga, alice)
    offer_one_more(yoga)

    words = text_of(as_alice.get(HERE))
    assert "Yours to take until Tue 4 Nov 13:00" in words
    assert "See and take it" in words
    clock.advance(hours=2)  # it ran out, and nobody has passed it on yet
    assert "Yoga flow" not in text_of(as_alice.get(HERE))
    assert place.pk


def test_waiting_for_a_day_says_which_day(as_alice: Browser, alice: Client) -> None:
    service = massage()
    fill_the_day(SUNDAY, *service.providers.all())
    wait_for_day(
        client=alice,
        guest=None,
        service=service,
        provider=None,
        day=SUNDAY,
        form_token=new_form_token(),
        actor=None,
    )
    words = text_of(as_alice.get(HERE))
    assert "Sunday 9 November" in words
    assert "You're no. 1 on the waiting list" in words


def test_leaving_from_the_list(as_alice: Browser, alice: Client, yoga: ClassSession) -> None:
    fill(yoga)
    place = wait(yoga, alice)
    body = as_alice.get(HERE).content.decode()
    (address,) = re.findall(r'action="(/classes/w/[^"]*)"', body)

    answer = as_alice.post(address, {"action": "leave"}, follow=True)

    assert "You left the waiting list" in text_of(answer)
    place.refresh_from_db()
    assert place.state == "left"
    assert "No upcoming appointments" in text_of(as_alice.get(HERE))


def test_the_places_of_others_are_not_shown(
    as_alice: Browser, alice: Client, yoga: ClassSession
) -> None:
    fill(yoga)
    wait(yoga)
    assert "Yoga flow" not in text_of(as_alice.get(HERE))


def test_positions_are_those_that_each_place_has(alice: Client, yoga: ClassSession) -> None:
    fill(yoga)
    other = a_session(yoga.service, 1)
    fill(other)
    service = massage()
    fill_the_day(SUNDAY, *service.providers.all())
    places = [wait(yoga), wait(yoga), wait(other)]
    for client in ClientFactory.create_batch(2):
        places.append(  # noqa: PERF401
            wait_for_day(
                client=client,
                guest=None,
                service=service,
                provider=None,
                day=SUNDAY,
                form_token=new_form_token(),
                actor=None,
            )
        )
    assert positions_of(places) == {each.pk: position_of(each) for each in places}
    assert list(positions_of(places).values()) == [1, 2, 1, 1, 2]


def test_one_place_costs_as_much_as_ten(
    as_alice: Browser,
    alice: Client,
    yoga: ClassSession,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    sessions = [yoga, *(a_session(yoga.service, number) for number in range(1, 10))]
    for session in sessions:
        fill(session)
    wait(yoga, alice)
    as_alice.get(HERE)
    with django_assert_num_queries(9):
        as_alice.get(HERE)
    for session in sessions[1:]:
        wait(session, alice)
    with django_assert_num_queries(9):
        as_alice.get(HERE)


# --- two things at once -------------------------------------------------------------------------


def page_of(browser: Browser, session: ClassSession) -> str:
    return text_of(browser.get(f"/classes/s/{session.pk}/"))


def test_a_class_warns_of_what_is_booked_for_the_same_time(
    as_alice: Browser, alice: Client, yoga: ClassSession
) -> None:
    visit = book(alice, massage(), THURSDAY_10 + HOUR / 2)

    words = page_of(as_alice, yoga)
    assert "You have booked Deep tissue massage for the same time: Thu 6 Nov 10:30–11:30." in words
    assert "You can book all the same." in words
    assert as_alice.post(f"/classes/s/{yoga.pk}/").status_code == 302

    cancel_visit(visit=visit, actor=None)
    assert "for the same time" not in page_of(as_alice, yoga)


def test_what_ends_when_the_class_begins_is_no_warning(
    as_alice: Browser, alice: Client, yoga: ClassSession
) -> None:
    service = massage()
    book(alice, service, THURSDAY_10 - HOUR)
    book(alice, service, THURSDAY_10 + HOUR)
    book(ClientFactory(), service, THURSDAY_10)
    assert "for the same time" not in page_of(as_alice, yoga)


def test_strangers_are_told_of_nothing(client: Browser, alice: Client, yoga: ClassSession) -> None:
    book(alice, massage(), THURSDAY_10)
    assert "for the same time" not in page_of(client, yoga)
