"""The button of a row of the timetable: it books or joins where it stands (C10)."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from bookings.models import ClassSession, Hold, WaitingPlace
from bookings.sessions import create_session
from clients.models import Client
from foundation.form_tokens import new_form_token
from tests.factories import ClassServiceFactory, ProviderFactory, book
from tests.website.booking import THURSDAY_10, fill, massage, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def yoga(db: None) -> ClassSession:
    """One place, Thursday 10:00–11:00, one place a booking."""
    service = ClassServiceFactory(
        name_en="Yoga flow", providers=[ProviderFactory(name="Freja")], places_per_booking=1
    )
    return create_session(
        service=service,
        provider=service.providers.get(),
        starts_at=THURSDAY_10,
        places=1,
        actor=None,
    )


def row_headers(session: ClassSession) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": f"row-{session.pk}"}


def forms(browser: Browser) -> list[str]:
    body = browser.get("/classes/").content.decode()
    return re.findall(r'<form method="post" action="(/classes/s/[^"]*)"', body)


def test_the_row_of_a_class_books(client: Browser, yoga: ClassSession) -> None:
    assert forms(client) == [f"/classes/s/{yoga.pk}/"]
    plain = client.post(f"/classes/s/{yoga.pk}/")
    assert plain["Location"] == f"/book/d/{Hold.objects.get().token}/details/"


def test_by_htmx_the_page_goes_on_to_the_details(client: Browser, yoga: ClassSession) -> None:
    answer = client.post(f"/classes/s/{yoga.pk}/", headers=row_headers(yoga))
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == f"/book/d/{Hold.objects.get().token}/details/"
    assert client.get(answer["HX-Redirect"]).status_code == 200


def test_a_place_that_is_gone_turns_its_row_full(client: Browser, yoga: ClassSession) -> None:
    fill(yoga)
    answer = client.post(f"/classes/s/{yoga.pk}/", headers=row_headers(yoga))
    assert answer.status_code == 409
    body = answer.content.decode()
    assert body.lstrip().startswith("<li")
    words = text_of(answer)
    assert "This class is full." in words
    assert "Join waiting list" in words
    assert 'role="alert"' in body


def test_without_a_script_the_page_of_the_class_answers(
    client: Browser, yoga: ClassSession
) -> None:
    fill(yoga)
    answer = client.post(f"/classes/s/{yoga.pk}/")
    assert answer.status_code == 409
    assert "<html" in answer.content.decode()


def test_a_row_joins_the_line_of_whoever_is_signed_in(
    client: Browser, yoga: ClassSession, alice: Client
) -> None:
    assert alice.user is not None
    fill(yoga)
    assert forms(client) == []  # a guest says who they are first
    client.force_login(alice.user)
    (address,) = forms(client)
    token = re.findall(
        r'name="form_token" value="([^"]*)"', client.get("/classes/").content.decode()
    )[0]

    answer = client.post(address, {"form_token": token}, headers=row_headers(yoga))

    assert answer.status_code == 200
    assert "You're no. 1 on the waiting list" in text_of(answer)
    assert WaitingPlace.objects.get().client == alice
    again = client.post(address, {"form_token": token}, headers=row_headers(yoga))
    assert "You're no. 1 on the waiting list" in text_of(again)
    assert WaitingPlace.objects.count() == 1


def test_who_is_in_line_already_is_told_in_the_row(
    client: Browser, yoga: ClassSession, alice: Client
) -> None:
    assert alice.user is not None
    fill(yoga)
    client.force_login(alice.user)
    (address,) = forms(client)
    for status in (200, 422):
        sent = {"form_token": new_form_token()}
        answer = client.post(address, sent, headers=row_headers(yoga))
        assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()
    assert client.post(address, {}, headers=row_headers(yoga)).status_code == 422


def test_what_is_to_be_chosen_or_warned_of_has_its_page_first(
    client: Browser, yoga: ClassSession, alice: Client
) -> None:
    assert alice.user is not None
    client.force_login(alice.user)
    book(alice, massage(), THURSDAY_10)
    assert forms(client) == []
    client.logout()
    assert len(forms(client)) == 1
    yoga.service.places_per_booking = 3
    yoga.service.save()
    assert forms(client) == []


def test_a_row_among_dates_stays_one(client: Browser, yoga: ClassSession) -> None:
    fill(yoga)
    answer = client.post(f"/classes/s/{yoga.pk}/", {"dated": "1"}, headers=row_headers(yoga))
    assert "Thursday 6 November" in text_of(answer)
