"""Who of a cancelled class has to be called (S9)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from bookings.models import ClassSession
from clients.models import Client
from foundation.form_tokens import new_form_token
from notifications.sending import send_due_messages
from sales.visits import cancel_visit
from sales.waiting import leave_waiting_list, wait_for_session
from tests.backoffice.booking_pages import text_of
from tests.backoffice.test_session_cancel_words import seen_at
from tests.backoffice.test_session_pages import at, come, session, yoga
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db
__all__ = ["session", "yoga"]  # fixtures


@pytest.fixture
def nora(db: None) -> Client:
    return ClientFactory(first_name="Nora", last_name="Nomail", email="", phone="+358401000212")


def cancel(desk: Browser, session: ClassSession) -> str:
    address = at(session, "cancel/")
    return text_of(desk.post(address, seen_at(desk, address), follow=True))


def test_who_has_no_address_is_counted_and_named(
    desk: Browser, alice: Client, nora: Client, session: ClassSession
) -> None:
    come(session, alice)
    come(session, nora)

    asked = text_of(desk.get(at(session, "cancel/")))
    for words in (
        "2 bookings are cancelled.",
        "1 client is told by e-mail.",
        "1 client has no e-mail address and is not told:",
        "Nora Nomail",
        'href="tel:+358401000212"',
    ):
        assert words in asked
    done = cancel(desk, session)

    assert "1 client has no e-mail address and is not told." in done
    assert "everybody is told" not in done


def test_who_waits_without_an_address_is_named_too(
    desk: Browser, alice: Client, bob: Client, nora: Client, session: ClassSession
) -> None:
    come(session, alice, places=2)
    for each in (bob, nora):
        wait_for_session(
            client=each, guest=None, session=session, form_token=new_form_token(), actor=None
        )

    asked = text_of(desk.get(at(session, "cancel/")))

    assert "1 person on the waiting list is told." in asked
    assert "Nora Nomail" in asked
    assert "Bob" not in asked


def test_the_roster_of_a_cancelled_class_says_who_was_waiting(
    desk: Browser, alice: Client, bob: Client, nora: Client, session: ClassSession
) -> None:
    come(session, alice, places=2)
    for each in (bob, nora):
        wait_for_session(
            client=each, guest=None, session=session, form_token=new_form_token(), actor=None
        )

    html = cancel(desk, session).split("Who was waiting")[1]

    assert html.index("Bob") < html.index("Nora Nomail")
    for words in ("E-mail: Waiting", "no e-mail address", 'href="tel:+358401000212"'):
        assert words in html


def test_who_left_the_line_before_is_not_called(
    desk: Browser, alice: Client, nora: Client, session: ClassSession
) -> None:
    come(session, alice, places=2)
    place = wait_for_session(
        client=nora, guest=None, session=session, form_token=new_form_token(), actor=None
    )
    leave_waiting_list(place=place, actor=None)

    html = cancel(desk, session)

    assert "Nora" not in html
    assert "Nobody was waiting." in html


def test_everybody_is_told_where_everybody_has_an_address(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    come(session, alice)

    assert "everybody is told." in cancel(desk, session)


def test_the_roster_of_a_cancelled_class_says_who_had_booked(
    desk: Browser, alice: Client, bob: Client, nora: Client, session: ClassSession
) -> None:
    """Not who had cancelled before."""
    cancel_visit(visit=come(session, bob).visit, actor=None)
    come(session, alice)
    come(session, nora)
    cancel(desk, session)

    html = text_of(desk.get(at(session)))
    assert "Who had booked" in html
    assert "E-mail: Waiting" in html
    for words in ("Alice", "alice@example.test", "Nora Nomail", "no e-mail address"):
        assert words in html
    assert "bob@example.test" not in html
    send_due_messages()
    assert "E-mail: Sent" in text_of(desk.get(at(session)))


def test_the_roster_of_a_class_that_nobody_had_booked(desk: Browser, session: ClassSession) -> None:
    cancel(desk, session)

    assert "Nobody had booked." in text_of(desk.get(at(session)))
