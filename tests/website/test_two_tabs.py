"""Two tabs of one service: what was typed in one is kept when its time is chosen anew in the other,
and nothing is booked that the page did not show."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.models import Hold, Visit
from catalogue.models import Service
from tests.website.booking import (
    GUEST,
    THURSDAY_10,
    choose_time,
    give_details,
    last_button,
    massage,
    text_of,
)

pytestmark = pytest.mark.django_db
LATER = THURSDAY_10 + dt.timedelta(hours=2)
SAID = "You have chosen another time since: Thu 6 Nov 12:00. Look at it before you book."


def two_tabs(browser: Browser) -> tuple[str, str]:
    """The details steps of a draft, and of the one that a second tab replaced it with."""
    service = massage()
    first = choose_time(browser, service, THURSDAY_10)
    second = choose_time(browser, service, LATER)
    assert Hold.objects.get().starts_at == LATER
    return first, second


def test_what_the_first_tab_sends_goes_to_the_newer_draft(client: Browser) -> None:
    first, second = two_tabs(client)
    answer = client.post(first, GUEST)
    assert answer["Location"] == second.replace("details", "review")
    page = text_of(client.get(answer["Location"]))
    assert SAID in page
    assert "Greta Gade" in page
    assert "12:00" in page


def test_what_is_wrong_in_the_first_tab_is_said_and_stays(client: Browser) -> None:
    first, _second = two_tabs(client)
    answer = client.post(first, GUEST | {"phone": "12"})
    assert answer.status_code == 422
    assert SAID in text_of(answer)
    assert "greta@example.test" in answer.content.decode()


def test_the_first_tab_opened_again_leads_on(client: Browser) -> None:
    first, second = two_tabs(client)
    assert client.get(first)["Location"] == second
    assert SAID in text_of(client.get(second))


def test_the_first_tab_s_last_button_books_nothing(client: Browser) -> None:
    service = massage()
    review = give_details(client, choose_time(client, service, THURSDAY_10))
    sent = last_button(client, review)
    newer = choose_time(client, service, LATER).replace("details", "review")
    answer = client.post(review, sent)
    assert answer["Location"] == newer
    assert not Visit.objects.exists()
    assert SAID in text_of(client.get(newer))


def test_asking_for_more_time_keeps_what_was_typed(client: Browser) -> None:
    first, second = two_tabs(client)
    htmx = {"HX-Request": "true"}
    answer = client.post(first.replace("details", "keep"), GUEST, headers=htmx)
    assert answer["HX-Redirect"] == second
    page = client.get(second)
    assert SAID in text_of(page)
    assert "Greta" in page.content.decode()


def test_changing_the_time_in_the_first_tab_changes_the_newer_draft(client: Browser) -> None:
    first, second = two_tabs(client)
    give_details(client, second)
    third = choose_time(client, Service.objects.get(), THURSDAY_10, draft=first.split("/")[3])
    assert Hold.objects.get().starts_at == THURSDAY_10
    assert "Greta" in client.get(third).content.decode()
    assert client.get(first)["Location"] == third


def test_a_newer_draft_that_was_booked_leads_to_its_visit(client: Browser) -> None:
    first, second = two_tabs(client)
    review = give_details(client, second)
    booked = client.post(review, last_button(client, review))["Location"]
    assert client.get(first)["Location"] == booked


def test_another_browser_is_not_led_on(client: Browser) -> None:
    first, _second = two_tabs(client)
    assert Browser().get(first).status_code == 404
