"""A link that is no longer valid, and getting a new one by mail without telling anything (C9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Visit
from bookings.visits import manage_key
from clients.models import Client
from clients.people import update_client
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.visits import cancel_visit, delete_visit
from tests.conftest import Clock
from tests.factories import book
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(alice: Client) -> Visit:
    return book(alice, massage(), THURSDAY_10)


def ask(browser: Browser, ref: str, email: str) -> Any:
    return browser.post(f"/booking/{ref}/link/", {"email": email})


def links() -> int:
    return Message.objects.filter(kind="visit_link").count()


def test_a_wrong_key_offers_a_new_link(client: Browser, visit: Visit) -> None:
    page = client.get(f"/booking/{visit.ref}/?k=old")
    assert page.status_code == 404
    assert "Get a new one by e-mail." in text_of(page)
    assert f'action="/booking/{visit.ref}/link/"' in page.content.decode()


def test_reference_and_address_together_are_sent_the_link(
    client: Browser, visit: Visit, mailoutbox: list[Any]
) -> None:
    Message.objects.all().delete()

    answer = ask(client, visit.ref.lower(), "Alice@Example.test")

    assert answer["Location"] == f"/booking/{visit.ref.lower()}/link/?sent=1"
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.to == ["alice@example.test"]
    assert "Here is the link to your booking on Thursday 6 November at 10:00" in mail.body
    link = re.search(r"http://testserver(/booking/\S+)", mail.body)
    assert link is not None
    assert link[1] == f"/booking/{visit.ref}/?k={manage_key(visit)}"
    assert "Booked: Thu 6 Nov 10:00" in text_of(Browser().get(link[1]))


def test_every_answer_is_the_same(client: Browser, visit: Visit, bob: Client) -> None:
    """Right, another's address, an unknown one, no such booking, one that staff deleted."""
    deleted = book(bob, visit.bookings.get().service, THURSDAY_10.replace(hour=10))
    delete_visit(visit=deleted, actor=bob.user)
    asked = [
        (visit.ref, "alice@example.test"),
        (visit.ref, "bob@example.test"),
        (visit.ref, "nobody@example.test"),
        ("AAAAAAAA", "alice@example.test"),
        ("not-a-ref", "alice@example.test"),
        (deleted.ref, "bob@example.test"),
    ]
    answers = [(ref, Browser().post(f"/booking/{ref}/link/", {"email": e})) for ref, e in asked]
    assert {(page.status_code, page["Location"].replace(ref, "")) for ref, page in answers} == {
        (302, "/booking//link/?sent=1")
    }
    assert {page.content for _ref, page in answers} == {b""}
    assert {frozenset(page.headers) for _ref, page in answers} == {frozenset(answers[0][1].headers)}
    shown = {text_of(client.get(page["Location"])) for _ref, page in answers}
    assert len(shown) == 1
    assert "If the booking was made with this address, its link is on its way" in shown.pop()
    assert links() == 1


def test_asking_again_sends_once_in_ten_minutes(
    client: Browser, visit: Visit, clock: Clock
) -> None:
    for _each in range(3):
        ask(client, visit.ref, "alice@example.test")
    assert links() == 1
    clock.advance(minutes=10)
    ask(client, visit.ref, "alice@example.test")
    assert links() == 2


def test_asking_is_limited_whether_or_not_it_fits(client: Browser, visit: Visit) -> None:
    for email in ("alice@example.test", "nobody@example.test"):
        answers = [ask(Browser(), visit.ref, email) for _each in range(7)]
        assert [each.status_code for each in answers] == [302] * 6 + [429]
    others = [ask(Browser(), "AAAAAAAA", f"n{each}@example.test") for each in range(17)]
    assert others[-1].status_code == 429


@pytest.mark.parametrize("email", ["", "alice", "a" * 250 + "@example.test", "a\x00@example.test"])
def test_what_is_no_address_is_said_so(client: Browser, visit: Visit, email: str) -> None:
    page = ask(client, visit.ref, email)
    assert page.status_code == 422
    assert "Enter your e-mail, like name@example.com" in text_of(page)
    assert links() == 0


def test_a_record_without_an_address_is_nobody_s(client: Browser, visit: Visit) -> None:
    Client.objects.update(email="")
    ask(client, visit.ref, "alice@example.test")
    assert links() == 0


def test_the_link_of_a_visit_deleted_meanwhile_is_not_sent(
    client: Browser, visit: Visit, alice: Client, mailoutbox: list[Any]
) -> None:
    ask(client, visit.ref, alice.email)
    delete_visit(visit=visit, actor=alice.user)
    send_due_messages()
    assert not [mail for mail in mailoutbox if "link" in mail.subject]


def test_a_cancelled_visit_has_a_link_still(client: Browser, visit: Visit, alice: Client) -> None:
    cancel_visit(visit=visit, actor=None)
    update_client(client=alice, actor=None, email="new@example.test")
    ask(client, visit.ref, "alice@example.test")
    assert links() == 0
    ask(client, visit.ref, "new@example.test")
    assert links() == 1


def test_the_page_is_there_by_itself(client: Browser, visit: Visit) -> None:
    page = client.get(f"/booking/{visit.ref}/link/")
    assert "Enter the e-mail address that you booked with." in text_of(page)
    assert text_of(page) == text_of(client.get("/booking/AAAAAAAA/link/"))
    assert page["Cache-Control"] == "no-store, private"
