"""One person stands in a line once, and a day on which nobody works has no line."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.errors import AlreadyWaiting, NobodyWorks
from bookings.models import ClassSession, WaitingPlace
from business.models import SpecialDay
from catalogue.models import AddOn, AddOnService, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.visits import Guest
from sales.waiting import wait_for_day
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
)
from tests.website.booking import GUEST, massage, text_of
from tests.website.test_classes import run, take_place
from tests.website.test_waiting import PERSON, TOLD, address

pytestmark = pytest.mark.django_db

FRIDAY = dt.date(2025, 11, 7)
TEN = dt.datetime(2025, 11, 7, 8, tzinfo=dt.UTC)  # in Helsinki
ALREADY = "You are already on this waiting list."


@pytest.fixture
def full() -> ClassSession:
    """Yoga in two days, its one place taken."""
    session = run(ClassServiceFactory(slug="yoga"), ProviderFactory(name="Freja"), days=2, places=1)
    take_place(session, ClientFactory())
    return session


@pytest.fixture
def one_hour() -> Service:
    """Aino works on Friday from ten to eleven only."""
    aino = ProviderFactory(name="Aino")
    aino.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    return massage(providers=[aino])


@pytest.fixture
def taken(one_hour: Service, alice: Client) -> Service:
    """Alice has that hour."""
    book(alice, one_hour, TEN)
    return one_hour


def joining(**changes: str) -> dict[str, str]:
    return PERSON | {"form_token": new_form_token()} | changes


# --- the same address ---------------------------------------------------------------------------


def answer_of(page: Any) -> tuple[int, str, str]:
    """What a visitor can see of an answer: status, where it led, and the page there."""
    return page.redirect_chain[0][1], page.redirect_chain[0][0], text_of(page)


def test_an_address_in_line_is_answered_as_any_other(client: Browser, full: ClassSession) -> None:
    here = f"/classes/s/{full.pk}/waiting/"
    fresh = client.post(here, joining(), follow=True)
    place = WaitingPlace.objects.get()
    for browser in (client, Browser(), Browser()):
        again = browser.post(here, joining(first_name="Mallory"), follow=True)
        assert answer_of(again) == answer_of(fresh)
        assert address(place) not in again.content.decode()
    assert answer_of(fresh)[:2] == (302, TOLD)
    assert WaitingPlace.objects.get() == place
    assert not Client.objects.filter(first_name="Mallory").exists()


def test_the_holder_of_the_address_gets_the_link_once_more_a_day(
    client: Browser, full: ClassSession, mailoutbox: list[Any]
) -> None:
    here = f"/classes/s/{full.pk}/waiting/"
    client.post(here, joining())
    for _each in range(3):
        Browser().post(here, joining(email=GUEST["email"].upper()))
    place = WaitingPlace.objects.get()
    assert Message.objects.filter(kind="waiting_joined", client=place.client).count() == 2
    send_due_messages()
    bodies = [mail.body for mail in mailoutbox if mail.to == [GUEST["email"]]]
    assert len(bodies) == 2
    assert all(address(place) in body for body in bodies)


def test_a_client_s_own_address_tells_a_guest_nothing(
    client: Browser, full: ClassSession, alice: Client
) -> None:
    here = f"/classes/s/{full.pk}/waiting/"
    client.force_login(alice.user)
    own = client.post(here, {"form_token": new_form_token()})
    assert own["Location"] == address(WaitingPlace.objects.get())
    stranger = Browser().post(here, joining(email=alice.email), follow=True)
    other = Browser().post(here, joining(email="bo@example.test"), follow=True)
    assert answer_of(stranger)[:2] == answer_of(other)[:2] == (302, TOLD)
    assert text_of(stranger).replace(alice.email, "") == text_of(other).replace(
        "bo@example.test", ""
    )
    # Who is signed in is told so: it is their own.
    again = client.post(here, {"form_token": new_form_token()})
    assert again.status_code == 422
    assert ALREADY in text_of(again)


def test_a_day_has_one_place_for_an_address(client: Browser, taken: Service) -> None:
    here = f"/book/{taken.slug}/waiting/?day={FRIDAY}"
    fresh = client.post(here, joining(), follow=True)
    place = WaitingPlace.objects.get()
    again = Browser().post(here, joining(email="Greta@Example.test"), follow=True)
    assert answer_of(again)[:2] == answer_of(fresh)[:2]
    assert text_of(again).lower() == text_of(fresh).lower()
    assert WaitingPlace.objects.get() == place


def test_two_guests_wait_beside_one_another(client: Browser, taken: Service) -> None:
    here = f"/book/{taken.slug}/waiting/?day={FRIDAY}"
    client.post(here, joining())
    assert client.post(here, joining(email="bo@example.test")).status_code == 302
    assert WaitingPlace.objects.count() == 2


def test_a_place_that_was_left_can_be_had_again(client: Browser, taken: Service) -> None:
    here = f"/book/{taken.slug}/waiting/?day={FRIDAY}"
    client.post(here, joining())
    client.post(address(WaitingPlace.objects.get()), {"action": "leave"})
    assert client.post(here, joining()).status_code == 302
    assert WaitingPlace.objects.count() == 2


def test_the_refusal_names_the_place_of_the_same_address(taken: Service) -> None:
    first = wait(taken, "greta@example.test")
    with pytest.raises(AlreadyWaiting) as refused:
        wait(taken, "Greta@Example.test")
    assert refused.value.place == first


def wait(service: Service, email: str) -> WaitingPlace:
    return wait_for_day(
        client=None,
        guest=Guest("Greta", "Gade", email, "+358401234567", "en"),
        service=service,
        provider=None,
        day=FRIDAY,
        form_token=new_form_token(),
        actor=None,
    )


# --- days on which nobody works -----------------------------------------------------------------


def close(day: dt.date) -> None:
    SpecialDay.objects.create(day=day, kind="closed")


def test_nobody_waits_for_a_closed_day(client: Browser, taken: Service) -> None:
    times = f"/book/{taken.slug}/times/?with=any&day={FRIDAY}"
    assert "Tell me if something opens" in text_of(client.get(times))
    close(FRIDAY)
    assert "Tell me if something opens" not in text_of(client.get(times))
    here = f"/book/{taken.slug}/waiting/?day={FRIDAY}"
    page = text_of(client.get(here))
    assert "Nobody does this on that day. Choose another day." in page
    assert "Join waiting list" not in page
    assert client.post(here, joining()).status_code == 409
    with pytest.raises(NobodyWorks):
        wait(taken, "greta@example.test")
    assert not WaitingPlace.objects.exists()


def test_nobody_waits_for_who_does_not_work_that_day(client: Browser, taken: Service) -> None:
    jonas = ProviderFactory(name="Jonas")
    jonas.hours.filter(weekday=4).delete()
    taken.providers.add(jonas)
    here = f"/book/{taken.slug}/waiting/?day={FRIDAY}"
    assert "Join waiting list" in text_of(client.get(here))
    assert "Nobody does this on that day." in text_of(client.get(f"{here}&with={jonas.pk}"))
    times = f"/book/{taken.slug}/times/?day={FRIDAY}&with={jonas.pk}"
    assert "Tell me if something opens" not in text_of(client.get(times))


def test_a_day_too_short_for_the_service_has_no_line(one_hour: Service) -> None:
    Service.objects.update(minutes=90)
    one_hour.refresh_from_db()
    with pytest.raises(NobodyWorks):
        wait(one_hour, "greta@example.test")


# --- what the line is for -----------------------------------------------------------------------


def test_who_chose_more_is_told_that_the_line_is_for_the_first_service(
    client: Browser, taken: Service
) -> None:
    stones = AddOn.objects.create(name_en="Hot stones", minutes=0, price_minor=500)
    AddOnService.objects.create(add_on=stones, service=taken)
    after = ServiceFactory(name_en="Face", providers=list(taken.providers.all()))
    query = f"extra={stones.pk}&then={after.pk}"
    times = client.get(f"/book/{taken.slug}/times/?with=any&day={FRIDAY}&{query}")
    link = f"/book/{taken.slug}/waiting/?day={FRIDAY}&amp;with={taken.providers.get().pk}"
    assert f"{link}&amp;{query.replace('&', '&amp;')}" in times.content.decode()
    page = client.get(f"/book/{taken.slug}/waiting/?day={FRIDAY}&{query}")
    assert "You wait for Deep tissue massage alone" in text_of(page)
    assert query.replace("&", "&amp;") in page.content.decode()
    plain = client.get(f"/book/{taken.slug}/waiting/?day={FRIDAY}")
    assert "alone" not in text_of(plain)
