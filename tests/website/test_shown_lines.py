"""What was booked is told in full afterwards: add-ons, each line's hour, and how many places."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.lines import Line
from bookings.models import Source, Visit
from bookings.visits import manage_key
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.visits import book_place, book_visit
from tests.factories import AddOnFactory, ClassServiceFactory, ProviderFactory, ServiceFactory
from tests.website.booking import THURSDAY_10, massage, text_of
from tests.website.test_classes import run

pytestmark = pytest.mark.django_db
FRIDAY_11 = THURSDAY_10 + dt.timedelta(days=1, hours=1)


@pytest.fixture
def service() -> Service:
    return massage()


@pytest.fixture
def visit(alice: Client, service: Service) -> Visit:
    """Massage with hot stones at ten, and a face after it at eleven."""
    people = list(service.providers.all())
    stones = AddOnFactory(name_en="Hot stones", services=[service], minutes=0, price_minor=1000)
    face = ServiceFactory(name_en="Face", providers=people)
    return booked(alice, Line(service, people[0], (stones,)), Line(face, people[1]))


def booked(client: Client, *lines: Line) -> Visit:
    return book_visit(
        client=client,
        guest=None,
        lines=lines,
        starts_at=THURSDAY_10,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


def page_of(browser: Browser, visit: Visit, name: str = "", **query: str) -> str:
    response = browser.get(f"/booking/{visit.ref}/{name}", {"k": manage_key(visit)} | query)
    assert response.status_code == 200
    return text_of(response)


@pytest.mark.parametrize("name", ["", "cancel/", "reschedule/"])
def test_each_line_has_its_hour_and_its_add_ons(client: Browser, visit: Visit, name: str) -> None:
    words = page_of(client, visit, name)
    assert "10:00 Deep tissue massage + Hot stones" in words
    assert "11:00 Face" in words


def test_the_price_names_what_it_is_for(client: Browser, visit: Visit) -> None:
    assert "Deep tissue massage + Hot stones 82.00" in page_of(client, visit)


def test_the_review_of_a_move_has_both_hours_of_each_line(client: Browser, visit: Visit) -> None:
    words = page_of(client, visit, "reschedule/", at=FRIDAY_11.isoformat())
    old, new = words.split("Move to this time?")[1].split("What happens")[0].split("New ")
    assert "10:00 Deep tissue massage + Hot stones · Aino" in old
    assert "11:00 Face · Jonas" in old
    assert "11:00 Deep tissue massage + Hot stones · Aino" in new
    assert "12:00 Face · Jonas" in new


def test_one_s_own_list_has_them_too(client: Browser, visit: Visit, alice: Client) -> None:
    assert alice.user is not None
    client.force_login(alice.user)
    words = text_of(client.get("/account/appointments/"))
    assert "10:00 Deep tissue massage + Hot stones · Aino" in words
    assert "11:00 Face · Jonas" in words


def test_a_single_line_needs_no_hour_of_its_own(
    client: Browser, alice: Client, service: Service
) -> None:
    visit = booked(alice, Line(service, service.providers.first()))
    assert "10:00 Deep tissue" not in page_of(client, visit)


def test_places_in_a_class_are_counted(client: Browser, alice: Client) -> None:
    yoga, freja = ClassServiceFactory(slug="yoga"), ProviderFactory(name="Freja")
    session, other = run(yoga, freja, days=2), run(yoga, freja, days=3)
    visit = book_place(
        client=alice,
        guest=None,
        session=session,
        places=2,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )
    for name in ("", "cancel/", "reschedule/"):
        assert "2 places" in page_of(client, visit, name)
    review = page_of(client, visit, "reschedule/", session=str(other.pk))
    assert review.count("2 places") == 2
