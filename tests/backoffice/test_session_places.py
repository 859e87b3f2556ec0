"""Putting somebody into a class, from the desk's clients and from the line (S9)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Booking, ClassSession, Source, WaitingPlace
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from notifications.models import Message
from sales.class_sessions import cancel_session
from sales.visits import cancel_visit
from sales.waiting import wait_for_session
from tests.backoffice.booking_pages import text_of
from tests.backoffice.test_new_booking import form_of
from tests.backoffice.test_session_pages import FIVE, at, come, session, yoga
from tests.conftest import Clock
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db
__all__ = ["session", "yoga"]  # fixtures


@pytest.fixture
def managed(client: Browser, maria: User) -> Browser:
    """Maria at the panel: she may change classes."""
    client.force_login(maria)
    return client


def wait(session: ClassSession, client: Client | None = None, places: int = 1) -> WaitingPlace:
    return wait_for_session(
        client=client or ClientFactory(),
        guest=None,
        session=session,
        places=places,
        form_token=new_form_token(),
        actor=None,
    )


def press(browser: Browser, session: ClassSession, page: Any = None, **changes: Any) -> Any:
    page = page or browser.get(at(session, "add/"))
    return browser.post(at(session, "add/"), form_of(page) | changes)


def test_somebody_is_found_and_added(
    desk: Browser, daisy: User, alice: Client, session: ClassSession
) -> None:
    assert at(session, "add/") in desk.get(at(session)).content.decode()
    found = press(desk, session, step="search", q="alice")
    picked = press(desk, session, found, pick=alice.pk)
    assert "Alice Andersen" in text_of(picked)

    answer = press(desk, session, picked, places="2", note="Brings a mat", step="book")

    assert answer.status_code == 302
    booking = Booking.objects.get()
    assert (booking.places, booking.price_minor, booking.visit.client) == (2, 3600, alice)
    assert (booking.visit.source, booking.visit.created_by) == (Source.DESK, daisy)
    assert booking.visit.note == "Brings a mat"
    assert "Alice Andersen is in the class now." in text_of(desk.get(answer.url))
    assert Message.objects.get().kind == "visit_booked"


def test_a_new_client_is_added_without_a_word(desk: Browser, session: ClassSession) -> None:
    page = press(desk, session, step="new", q="Nora Niemi")
    sent = form_of(page) | {"phone": "040 123 4567", "step": "book"}
    del sent["tell"]

    first = desk.post(at(session, "add/"), sent)
    second = desk.post(at(session, "add/"), sent)

    assert first.url == second.url == at(session)
    assert Client.objects.get().full_name == "Nora Niemi"
    assert Booking.objects.count() == 1
    assert not Message.objects.exists()


def test_who_is_known_is_shown_beside_the_new_client(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    page = press(desk, session, step="new")
    asked = press(desk, session, page, first_name="A", email=alice.email, step="book")

    assert asked.status_code == 422
    assert "Is it one of these clients?" in text_of(asked)
    assert press(desk, session, asked, step="anyway").status_code == 302
    assert Booking.objects.get().visit.client != alice


def test_a_full_class_is_refused_with_what_is_left(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    come(session)
    page = press(desk, session, pick=alice.pk)

    answer = press(desk, session, page, places="2", note="Kept", step="book")

    assert answer.status_code == 409
    assert "Only 1 place is left." in text_of(answer)
    assert form_of(answer)["note"] == "Kept"
    # Daisy may not change classes.
    assert "Raise places" not in text_of(answer)
    assert press(desk, session, answer, raise_to="9", step="raise").status_code == 403
    assert Booking.objects.count() == 1


def test_a_role_that_may_raises_the_places_in_the_same_press(
    managed: Browser, alice: Client, session: ClassSession
) -> None:
    come(session, places=2)
    page = press(managed, session, pick=alice.pk)
    answer = press(managed, session, page, places="3", step="book")
    assert "This class is full." in text_of(answer)
    assert "Raise places to 5 and add" in text_of(answer)

    assert press(managed, session, answer, step="raise").status_code == 302

    session.refresh_from_db()
    assert (session.places, session.booked_places) == (5, 5)


def test_the_page_says_that_somebody_waits_for_what_is_free(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    full = come(session, places=2)
    wait(session)
    cancel_visit(visit=full.visit, actor=None)
    said = "What is free would be offered to the waiting list."
    assert said in text_of(desk.get(at(session, "add/")))

    page = press(desk, session, pick=alice.pk)
    # Who stands at the desk goes before who waits at home.
    assert press(desk, session, page, step="book").status_code == 302
    assert Booking.objects.filter(visit__client=alice).exists()


def test_raising_a_class_for_a_new_client_asks_about_them_once(
    managed: Browser, alice: Client, session: ClassSession
) -> None:
    come(session, places=2)
    page = press(managed, session, step="new")
    asked = press(managed, session, page, first_name="A", email=alice.email, step="book")
    full = press(managed, session, asked, step="anyway")
    assert full.status_code == 409

    assert press(managed, session, full, step="raise").status_code == 302


def test_one_client_comes_once(desk: Browser, alice: Client, session: ClassSession) -> None:
    come(session, alice)
    page = press(desk, session, pick=alice.pk)

    answer = press(desk, session, page, step="book")

    assert answer.status_code == 409
    assert "This client already has a place in this class." in text_of(answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"places": "0"},
        {"places": "999999"},
        {"places": ""},
        {"client": ""},
        {"client": "9" * 30},
        {"note": "x" * 1001},
        {"raise_to": "-1"},
        {"form_token": ""},
    ],
)
def test_nonsense_is_refused_with_the_form(
    desk: Browser, alice: Client, session: ClassSession, wrong: dict[str, str]
) -> None:
    page = press(desk, session, pick=alice.pk)

    assert press(desk, session, page, **({"step": "book"} | wrong)).status_code == 422
    assert not Booking.objects.exists()


def test_nobody_is_added_to_what_is_over_or_cancelled(
    desk: Browser, alice: Client, session: ClassSession, clock: Clock
) -> None:
    page = press(desk, session, pick=alice.pk)
    cancel_session(session=session, actor=None)

    assert desk.get(at(session, "add/")).url == at(session)
    assert press(desk, session, page, step="book").status_code == 302
    assert "Add someone" not in desk.get(at(session)).content.decode()
    assert not Booking.objects.exists()


def test_a_class_that_has_begun_still_takes_who_comes_late(
    desk: Browser, alice: Client, session: ClassSession, clock: Clock, daisy: User
) -> None:
    clock.move_to(session.starts_at)
    desk.force_login(daisy)  # her session was over anyway
    page = press(desk, session, pick=alice.pk)

    assert press(desk, session, page, step="book").status_code == 302


def test_a_provider_adds_to_classes_of_their_own_only(
    client: Browser, pavel: User, alice: Client, session: ClassSession, yoga: Service
) -> None:
    own = create_session(
        service=yoga, provider=Provider.objects.get(user=pavel), starts_at=FIVE, actor=None
    )
    client.force_login(pavel)

    assert client.get(at(own, "add/")).status_code == 200
    assert client.get(at(session, "add/")).status_code == 403
    assert client.post(at(session, "take/")).status_code == 403


# --- from the line --------------------------------------------------------------------------------


def test_who_waits_is_moved_to_the_class_out_of_turn(desk: Browser, session: ClassSession) -> None:
    full = come(session, places=2)
    first, second = wait(session, places=2), wait(session)
    assert "Move to class" not in desk.get(at(session)).content.decode()
    cancel_visit(visit=full.visit, actor=None)
    assert desk.get(at(session)).content.decode().count(">Move to class<") == 2

    answer = desk.post(at(session, "take/"), {"place": second.pk})

    said = text_of(desk.get(answer.url))
    assert f"{second.client.full_name} is in the class now." in said
    second.refresh_from_db()
    assert (second.state, WaitingPlace.objects.get(pk=first.pk).state) == ("taken", "waiting")
    # A second press changes nothing.
    assert desk.post(at(session, "take/"), {"place": second.pk}).status_code == 302
    assert Booking.objects.filter(status="booked").count() == 1
    # Two no longer fit.
    assert "Move to class" not in desk.get(at(session)).content.decode()
    refused = desk.post(at(session, "take/"), {"place": first.pk})
    assert refused.status_code == 409
    assert "Only 1 place is left." in text_of(refused)


@pytest.mark.parametrize("place", ["", "x", "\x00", "9" * 30, "1" * 18])
def test_nobody_is_moved_for_nonsense(desk: Browser, session: ClassSession, place: str) -> None:
    assert desk.post(at(session, "take/"), {"place": place}).status_code == 409


def test_somebody_of_another_line_is_not_moved(
    desk: Browser, session: ClassSession, yoga: Service
) -> None:
    come(session, places=2)
    waiting = wait(session)
    other = create_session(
        service=yoga, provider=yoga.providers.get(), starts_at=FIVE.replace(hour=18), actor=None
    )

    refused = desk.post(at(other, "take/"), {"place": waiting.pk})
    assert refused.status_code == 409
    assert "not on the waiting list" in text_of(refused)


# --- the roster -----------------------------------------------------------------------------------


def test_who_has_booked_can_be_moved_to_another_session(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    booking = come(session, alice)

    page = desk.get(at(session)).content.decode()

    assert f'href="/admin/bookings/{booking.pk}/move/"' in page
    assert "Move Alice Andersen to another session" in page


def test_the_toggle_is_answered_by_the_parts_of_the_roster(
    desk: Browser, alice: Client, session: ClassSession
) -> None:
    booking = come(session, alice)

    answer = desk.post(
        at(session, "check-in/"), {"booking": booking.pk, "arrived": "yes"}, follow=True
    )

    page = answer.content.decode()
    parts = set(re.findall(r'id="(part-\w+)" data-part', page))
    assert parts == {"part-errors", "part-facts", "part-people", "part-line", "part-said"}
    assert f'id="arrived-{booking.pk}"' in page
    assert 'data-said="1 arrived"' in page
