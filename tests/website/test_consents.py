"""Agreeing to messages and stopping them (C25, C26)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.consents import has_consent, record_consent
from clients.models import Client, ConsentRecord
from notifications.stop_links import make_stop_token
from tests.conftest import Clock
from website.views.pages import ONLY_SENT

pytestmark = pytest.mark.django_db

PAGE = "/account/consents/"


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


def agree(client: Client) -> None:
    record_consent(client=client, granted=True, language="en", source="desk", actor=None)


def stop_address(client: Client) -> str:
    return f"/m/{make_stop_token(client.pk)}/"


def test_the_box_is_unticked_before_any_decision(as_alice: Browser) -> None:
    page = as_alice.get(PAGE).content.decode()
    assert "Send me news and points messages by e-mail" in page
    assert "checked" not in page.split("<main")[1].split("</main>")[0]


def test_agreeing_and_stopping_are_written_down(
    as_alice: Browser, alice: Client, clock: Clock
) -> None:
    assert as_alice.post(PAGE, {"marketing": "on"}).headers["Location"] == PAGE
    assert has_consent(alice.pk)
    clock.advance(days=1)
    as_alice.post(PAGE, {})
    assert not has_consent(alice.pk)
    first, second = ConsentRecord.objects.order_by("pk")
    assert (first.granted, first.source, first.actor) == (True, "account", alice.user)
    assert first.wording == "Send me news and points messages by e-mail. I can stop at any time."
    assert (second.granted, second.recorded_at) == (False, clock.now)
    page = as_alice.get(PAGE).content.decode()
    assert "Tue 4 Nov 2025" in page
    assert "Wed 5 Nov 2025" in page


def test_saving_the_same_again_writes_nothing(as_alice: Browser, alice: Client) -> None:
    as_alice.post(PAGE, {"marketing": "on"})
    as_alice.post(PAGE, {"marketing": "on"})
    assert ConsentRecord.objects.count() == 1


# --- the link in a mail -----------------------------------------------------------------------


def test_opening_the_link_stops_nothing(client: Browser, alice: Client) -> None:
    agree(alice)
    answer = client.get(stop_address(alice))
    page = answer.content.decode()
    assert has_consent(alice.pk)
    assert "a…\N{WORD JOINER}@example.test" in page
    assert "alice@" not in page
    assert "Stop these messages" in page
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_button_stops_the_messages(client: Browser, alice: Client) -> None:
    agree(alice)
    answer = client.post(stop_address(alice))
    assert "Messages stopped" in answer.content.decode()
    assert not has_consent(alice.pk)
    newest = ConsentRecord.objects.order_by("-pk")[0]
    assert (newest.source, newest.actor) == ("stop-link", None)
    assert b"They were stopped on Tue 4 Nov 2025" in client.get(stop_address(alice)).content


def test_one_click_of_a_mail_program_needs_no_session_and_no_csrf_token(alice: Client) -> None:
    agree(alice)
    mail_program = Browser(enforce_csrf_checks=True)
    answer = mail_program.post(stop_address(alice), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not has_consent(alice.pk)


def test_stopping_twice_is_harmless(client: Browser, alice: Client) -> None:
    agree(alice)
    client.post(stop_address(alice))
    client.post(stop_address(alice))
    assert ConsentRecord.objects.count() == 2


def test_the_link_works_without_client_login(client: Browser, alice: Client) -> None:
    from tests.factories import turn_off

    agree(alice)
    turn_off("client_login")
    assert client.post(stop_address(alice)).status_code == 200
    assert not has_consent(alice.pk)


@pytest.mark.parametrize("token", ["x", "W10:abc", "WzFd:forged", "%00", "a" * 3000])
def test_a_forged_link_says_so_and_stops_nothing(
    client: Browser, alice: Client, token: str
) -> None:
    agree(alice)
    for answer in (client.get(f"/m/{token}/"), client.post(f"/m/{token}/")):
        assert answer.status_code == 404
    assert has_consent(alice.pk)


def test_every_other_form_needs_its_csrf_token(alice: Client) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice.user)
    for page in (PAGE, "/account/profile/", "/account/gift-cards/", "/theme/"):
        answer = browser.post(page, {"marketing": "on"})
        assert answer.status_code == 403
        assert b"This page was open for too long" in answer.content
        assert b"My business" in answer.content
    assert not has_consent(alice.pk)


def test_a_form_without_its_token_leads_back_to_its_page_and_to_sign_in() -> None:
    browser = Browser(enforce_csrf_checks=True)
    page = browser.post(PAGE).content.decode()
    assert f'href="{PAGE}">Back to the page' in page
    assert 'href="/account/login/"' in page.split("<main")[1]
    assert "Back to the page" in browser.post("/account/login/").content.decode()


@pytest.mark.parametrize("name", sorted(ONLY_SENT))
def test_no_way_back_leads_to_an_address_that_is_only_sent_to(name: str, alice: Client) -> None:
    drafts = {"book_keep", "book_cards", "book_rewards", "book_code"}
    address = reverse(f"website:{name}", kwargs={"token": "x" * 22} if name in drafts else {})
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(alice.user)
    assert browser.get(address).status_code == 405
    answer = browser.post(address)
    assert answer.status_code == 403
    assert b"Back to the page" not in answer.content
    assert b'href="/account/login/"' not in answer.content.split(b"<main")[1]
