"""A booking beside the calendar, and what it is dropped on."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Booking, BookingStatus, Occupation, OccupationKind, Source, Visit
from bookings.sessions import create_session
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.visits import book_visit
from tests.backoffice.booking_pages import at, page, text_of
from tests.backoffice.test_booking_changes import fields
from tests.conftest import Clock
from tests.factories import AddOnFactory, ClassServiceFactory, ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db

BESIDE = {"HX-Request": "true", "HX-Target": "booking-panel"}


def move_to(booking: Booking, moment: dt.datetime, person: Any = "") -> str:
    stamp = moment.isoformat().replace("+", "%2B")
    return page(booking, f"move/?at={stamp}&person={getattr(person, 'pk', person)}")


@pytest.mark.parametrize("act", ["", "move/", "cancel/", "remove/"])
def test_each_page_comes_without_the_frame(desk: Browser, booking: Booking, act: str) -> None:
    beside = desk.get(page(booking, act), headers=BESIDE)
    alone = desk.get(page(booking, act))

    assert text_of(beside).startswith('<div class="cal-aside-head">')
    assert 'id="booking-panel-title"' in text_of(beside)
    assert "<html" not in text_of(beside)
    assert "<html" in text_of(alone)
    assert "HX-Target" in beside.headers["Vary"]


@pytest.mark.parametrize("act", ["", "move/", "cancel/", "remove/"])
def test_what_leads_on_beside_the_calendar_names_its_address(
    desk: Browser, booking: Booking, act: str
) -> None:
    """``?day=`` or a form without an address would lead to the calendar's own."""
    html = text_of(desk.get(page(booking, act), headers=BESIDE))

    assert 'href="?' not in html
    forms = re.findall(r"<form[^>]*>", html)
    assert [form for form in forms if f'action="/admin/bookings/{booking.pk}/' not in form] == []


def test_a_mark_answers_with_the_booking_and_what_was_done(desk: Browser, booking: Booking) -> None:
    answer = desk.post(page(booking, "arrived/"), headers=BESIDE, follow=True)

    html = text_of(answer)
    assert html.startswith('<div class="cal-aside-head">')
    assert "Marked as arrived." in html
    assert 'data-status="arrived"' in html
    booking.refresh_from_db()
    assert booking.status == BookingStatus.ARRIVED


def test_what_is_deleted_stays_beside_the_day_and_says_so(desk: Browser, booking: Booking) -> None:
    asked = desk.get(page(booking, "remove/"), headers=BESIDE)

    answer = desk.post(
        page(booking, "remove/"), {"seen": asked.context["seen"]}, headers=BESIDE, follow=True
    )

    html = text_of(answer)
    assert html.startswith('<div class="cal-aside-head">')
    assert "The booking is deleted." in html
    assert "This booking was deleted on" in html


def test_add_ons_and_the_clients_note_are_told(
    desk: Browser, alice: Client, massage: Service, daisy: User
) -> None:
    scrub = AddOnFactory(name_en="Foot scrub", price_minor=1500, minutes=10, services=[massage])
    Client.objects.filter(pk=alice.pk).update(note="Allergic to almond oil")
    visit = book_visit(
        client=alice,
        guest=None,
        lines=[Line(massage, None, (scrub,))],
        starts_at=at(13),
        source=Source.DESK,
        form_token=new_form_token(),
        actor=daisy,
    )

    html = text_of(desk.get(page(visit.bookings.get()), headers=BESIDE))

    assert 'Foot scrub <span class="num">€15.00</span>' in html
    assert "Allergic to almond oil" in html


def test_a_provider_is_not_told_the_clients_note(
    client: Browser, alice: Client, pavel: User
) -> None:
    Client.objects.filter(pk=alice.pk).update(note="Owes us an apology")
    booking = book(alice, ServiceFactory(providers=[pavel.provider]), at(13)).bookings.get()
    client.force_login(pavel)

    html = text_of(client.get(page(booking), headers=BESIDE))

    assert "Alice Andersen" in html
    assert "Owes us an apology" not in html


def test_allergies_are_told_to_whoever_treats_the_client(
    client: Browser, alice: Client, pavel: User
) -> None:
    Client.objects.filter(pk=alice.pk).update(allergies="Nuts")
    booking = book(alice, ServiceFactory(providers=[pavel.provider]), at(13)).bookings.get()
    client.force_login(pavel)

    assert "Allergies: Nuts" in text_of(client.get(page(booking), headers=BESIDE))


# --- dropped on something -------------------------------------------------------------------------


def test_a_free_time_asks_with_old_and_new(desk: Browser, booking: Booking) -> None:
    answer = desk.get(move_to(booking, at(15)), headers=BESIDE)

    html = text_of(answer)
    assert answer.status_code == 200
    assert "Move to Tue 4 Nov 15:00" in html
    booking.refresh_from_db()
    assert booking.starts_at == at(13)

    done = desk.post(page(booking, "move/"), fields(answer), headers=BESIDE, follow=True)
    assert "Moved to Tue 4 Nov 15:00." in text_of(done)
    booking.refresh_from_db()
    assert booking.starts_at == at(15)


def test_a_taken_time_names_the_client_and_offers_the_next(
    desk: Browser, booking: Booking, bob: Client
) -> None:
    book(bob, booking.service, at(15))

    answer = desk.get(move_to(booking, at(15) - dt.timedelta(minutes=30)), headers=BESIDE)

    html = text_of(answer)
    assert answer.status_code == 409
    assert "Aino has Bob Berg from 15:00 to 16:00." in html
    assert "The nearest free times:" in html
    assert "Tue 4 Nov 14:00" in html
    assert "Move to" not in html


def test_who_takes_it_is_told_on_the_page_too(desk: Browser, booking: Booking, bob: Client) -> None:
    sent = fields(desk.get(move_to(booking, at(15))))
    book(bob, booking.service, at(15))

    answer = desk.post(page(booking, "move/"), sent)

    assert answer.status_code == 409
    assert "Aino has Bob Berg from 15:00 to 16:00." in text_of(answer)


def test_its_own_time_is_in_nobodys_way(desk: Browser, booking: Booking) -> None:
    answer = desk.get(move_to(booking, at(13) + dt.timedelta(minutes=30)), headers=BESIDE)

    assert answer.status_code == 200


def test_a_class_time_off_and_a_hold_are_named(
    desk: Browser, booking: Booking, massage: Service, clock: Clock
) -> None:
    aino = massage.providers.get()
    yoga = ClassServiceFactory(name_en="Yoga flow", providers=[aino])
    create_session(service=yoga, provider=aino, starts_at=at(18), places=12, actor=None)
    Occupation.objects.create(
        provider=aino, kind=OccupationKind.TIME_OFF, starts_at=at(16), ends_at=at(17)
    )
    place_hold(lines=[Line(massage)], starts_at=at(15), user=None)

    for moment, sentence in (
        (at(18), "Aino has the class Yoga flow from 18:00 to 19:00."),
        (at(16), "Aino is off from 16:00 to 17:00."),
        (at(15), "Somebody is booking Aino on the website just now, from 15:00 to 16:00."),
    ):
        assert sentence in text_of(desk.get(move_to(booking, moment), headers=BESIDE))
    clock.advance(minutes=11)
    assert desk.get(move_to(booking, at(15)), headers=BESIDE).status_code == 200


def test_a_provider_is_told_that_others_are_booked_and_not_by_whom(
    client: Browser, alice: Client, bob: Client, pavel: User
) -> None:
    aino = ProviderFactory(name="Aino")
    service = ServiceFactory(providers=[pavel.provider, aino])
    booking = book(alice, service, at(13), provider=pavel.provider).bookings.get()
    book(bob, service, at(15), provider=aino)
    client.force_login(pavel)

    html = text_of(client.get(move_to(booking, at(15), aino), headers=BESIDE))

    assert "Aino is booked from 15:00 to 16:00." in html
    assert "Bob" not in html


def test_a_visit_of_two_lines_is_looked_at_line_by_line(
    desk: Browser, alice: Client, bob: Client, massage: Service, daisy: User
) -> None:
    jonas = ProviderFactory(name="Jonas")
    cut = ServiceFactory(name_en="Haircut", minutes=30, providers=[jonas])
    visit: Visit = book_visit(
        client=alice,
        guest=None,
        lines=[Line(massage), Line(cut)],
        starts_at=at(12),
        source=Source.DESK,
        form_token=new_form_token(),
        actor=daisy,
    )
    book(bob, cut, at(16))
    first = visit.bookings.order_by("starts_at")[0]

    html = text_of(desk.get(move_to(first, at(15)), headers=BESIDE))

    assert "Jonas has Bob Berg from 16:00 to 16:30." in html
