"""Booking at the desk: /admin/bookings/new/ (S4)."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import Booking, Source, Visit
from bookings.sessions import create_session
from catalogue.models import Provider, Service, ServiceProvider
from clients.models import Client
from clients.people import update_client
from foundation.models import User
from notifications.models import Message
from tests.backoffice.booking_pages import at, text_of
from tests.conftest import Clock
from tests.factories import (
    AddOnFactory,
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    book,
)

pytestmark = pytest.mark.django_db

NEW = "/admin/bookings/new/"
DAY = "2025-11-04"

Sent = dict[str, Any]


def form_of(response: Any) -> Sent:
    """What a browser would send of the form, without a button."""
    html = response.content.decode()
    form = html[html.index('id="new-booking"') :].split("</form>")[0]
    sent: Sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or 'name="csrfmiddlewaretoken"' in tag:
            continue
        if 'type="checkbox"' in tag:
            if " checked" in tag:
                sent.setdefault(name[1], []).append(unescape(value[1]) if value else "on")
            continue
        sent[name[1]] = unescape(value[1]) if value else ""
    for name_, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)"[^>]*selected', options)
        sent[name_] = chosen[1] if chosen else ""
    for name_, value_ in re.findall(r'<textarea name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        sent[name_] = unescape(value_).strip()
    return sent


def press(desk: Browser, page: Any, **changes: Any) -> Any:
    """The form of ``page`` with ``changes`` and the button among them."""
    return desk.post(NEW, form_of(page) | changes)


def opened(desk: Browser, **query: Any) -> Any:
    page = desk.get(NEW, query)
    assert page.status_code == 200
    return page


def test_one_press_books_what_the_address_prefills(
    desk: Browser, daisy: User, alice: Client, massage: Service
) -> None:
    aino = massage.providers.get()
    page = opened(desk, day=DAY, at="13:00", who=aino.pk, client=alice.pk, service=massage.pk)
    for words in ("Alice Andersen", "Tue 4 Nov 13:00", "Total €72.00"):
        assert words in text_of(page)

    answer = press(desk, page, step="book")

    booking = Booking.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"/admin/bookings/{booking.pk}/"
    assert (booking.starts_at, booking.provider, booking.price_minor) == (at(13), aino, 7200)
    visit = booking.visit
    assert (visit.client, visit.source, visit.created_by) == (alice, Source.DESK, daisy)
    assert booking.awards.get().points == 60
    said = text_of(desk.get(answer.url))
    assert "Booked: Alice Andersen, Tue 4 Nov 13:00." in said
    assert "A confirmation goes to alice@example.test." in said
    assert Message.objects.get().kind == "visit_booked"


def test_a_second_press_lands_on_the_first_booking(
    desk: Browser, alice: Client, massage: Service
) -> None:
    sent = form_of(opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk))

    first = desk.post(NEW, sent | {"step": "book"})
    second = desk.post(NEW, sent | {"step": "book"})

    assert first.url == second.url
    assert Visit.objects.count() == 1


def test_a_second_press_for_a_new_client_asks_nothing(desk: Browser, massage: Service) -> None:
    page = opened(desk, day=DAY, at="13:00", service=massage.pk)
    sent = form_of(press(desk, page, step="new"))
    sent |= {"first_name": "Nora", "phone": "040 123 4567", "step": "book"}

    assert desk.post(NEW, sent).url == desk.post(NEW, sent).url
    assert Client.objects.count() == 1


def test_without_the_switch_no_confirmation_is_sent(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)
    sent = form_of(page)
    assert sent.pop("tell") == ["on"]

    answer = desk.post(NEW, sent | {"step": "book"})

    assert "No confirmation is sent." in text_of(desk.get(answer.url))
    assert not Message.objects.exists()


def test_the_search_finds_by_name_phone_and_mail(desk: Browser, alice: Client, bob: Client) -> None:
    for text in ("alice", "alice@example.test"):
        found = text_of(press(desk, opened(desk), step="search", q=text))
        assert f'name="pick" value="{alice.pk}"' in found
        assert f'name="pick" value="{bob.pk}"' not in found
    ClientFactory(first_name="Phyllis", phone="+358401112223")
    assert "Phyllis" in text_of(press(desk, opened(desk), step="search", q="040 111 2223"[1:]))
    assert "Phyllis" in text_of(press(desk, opened(desk), step="search", q="040-1112223"))


def test_who_was_booked_last_is_offered_first(desk: Browser, booking: Booking) -> None:
    page = text_of(opened(desk))

    assert "Booked last:" in page
    assert f'name="pick" value="{booking.visit.client_id}"' in page


def test_picking_a_client_shows_what_helps_on_the_phone(desk: Browser, booking: Booking) -> None:
    Client.objects.update(note="Allergic to almonds")

    page = text_of(press(desk, opened(desk), pick=booking.visit.client_id))

    for words in ("No visit yet", "Next visit Tue 4 Nov 13:00", "Allergic to almonds"):
        assert words in page
    assert "Booked before" in page


def test_a_search_for_nobody_is_carried_over_to_a_new_client(desk: Browser) -> None:
    page = press(desk, opened(desk), step="search", q="Virta Aalto")
    assert "No client “Virta Aalto”." in text_of(page)

    assert form_of(press(desk, page, step="new"))["first_name"] == "Virta"
    for text, name in (("040 123 4567", "phone"), ("virta@example.test", "email")):
        sent = form_of(desk.post(NEW, form_of(page) | {"q": text, "step": "new"}))
        assert sent[name] == text
        assert not sent["first_name"]
    for text, fields in (
        ("Zork 0401112299", ("Zork", "", "0401112299", "")),
        ("040 111-2299 Zork Aalto", ("Zork", "Aalto", "040 111-2299", "")),
        ("Zork zork@example.test", ("Zork", "", "", "zork@example.test")),
        ("Zork 2", ("Zork", "2", "", "")),
    ):
        sent = form_of(desk.post(NEW, form_of(page) | {"q": text, "step": "new"}))
        names = ("first_name", "last_name", "phone", "email")
        assert tuple(sent[name] for name in names) == fields


def test_a_new_client_is_booked_with_what_was_typed(desk: Browser, massage: Service) -> None:
    page = press(desk, opened(desk, day=DAY, at="13:00", service=massage.pk), step="new")

    answer = press(
        desk,
        page,
        first_name="Nora",
        last_name="Niemi",
        phone="040 123 4567",
        email="nora@example.test",
        language="fi",
        note="Door code 12",
        step="book",
    )

    assert answer.status_code == 302
    visit = Visit.objects.get()
    nora = visit.client
    assert nora is not None
    assert (nora.full_name, str(nora.phone.as_e164), nora.email, nora.language) == (
        "Nora Niemi",
        "+358401234567",
        "nora@example.test",
        "fi",
    )
    assert visit.note == "Door code 12"


def test_a_walk_in_needs_no_contact(desk: Browser, massage: Service) -> None:
    page = press(desk, opened(desk, day=DAY, at="13:00", service=massage.pk), step="walk-in")

    answer = press(desk, page, step="book")

    assert "There is no e-mail address to confirm it to." in text_of(desk.get(answer.url))
    assert Client.objects.get().full_name == "Walk-in"


@pytest.mark.parametrize(
    "typed",
    [
        {"first_name": "Alicia", "phone": "+45 32 10 10 10"},
        {"first_name": "Alicia", "email": "ALICE@example.test"},
        {"first_name": "alice", "last_name": "ANDERSEN", "phone": "+358401234567"},
    ],
)
def test_somebody_known_is_shown_beside_the_new_client(
    desk: Browser, alice: Client, massage: Service, typed: Sent
) -> None:
    update_client(client=alice, actor=None, phone="+4532101010")
    page = press(desk, opened(desk, day=DAY, at="13:00", service=massage.pk), step="new")

    asked = press(desk, page, **typed, step="book")

    assert asked.status_code == 422
    assert "Is it one of these clients?" in text_of(asked)
    assert "Book for Alice Andersen" in text_of(asked)
    assert not Visit.objects.exists()
    # The one who is known, with everything else as it was …
    chosen = press(desk, asked, pick=alice.pk)
    assert press(desk, chosen, step="book").status_code == 302
    assert Visit.objects.get().client == alice


def test_a_new_client_is_made_once_that_was_said(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = press(desk, opened(desk, day=DAY, at="13:00", service=massage.pk), step="new")
    typed = {"first_name": "Anna", "email": alice.email}
    asked = press(desk, page, **typed, step="book")

    # Yes to another question counts for nothing.
    assert press(desk, asked, first_name="Berta", step="anyway").status_code == 422
    assert press(desk, asked, step="anyway").status_code == 302
    assert Visit.objects.get().client != alice


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"phone": "040 123 4567"}, "Enter the first name"),
        ({"first_name": "Nora"}, "Enter a phone number or an e-mail address"),
        ({"first_name": "Nora", "phone": "123"}, "Enter a phone number, with +"),
        ({"first_name": "Nora", "email": "nora@"}, "valid email address"),
    ],
)
def test_what_is_missing_of_a_new_client_is_asked_for(
    desk: Browser, massage: Service, typed: Sent, words: str
) -> None:
    page = press(desk, opened(desk, day=DAY, at="13:00", service=massage.pk), step="new")

    answer = press(desk, page, **typed, note="Kept", step="book")

    assert answer.status_code == 422
    assert words in text_of(answer)
    kept = form_of(answer)
    assert {name: kept[name] for name in typed} == typed
    assert kept["note"] == "Kept"


def test_nothing_chosen_asks_for_everything(desk: Browser) -> None:
    answer = press(desk, opened(desk), step="book")

    assert answer.status_code == 422
    for words in (
        "<title> Error: New appointment",
        "Choose a client, or enter a new one",
        'href="#id_line-0-service">Choose a service',
        'href="#id_day">Choose a day',
        'href="#id_hour">Enter the time, or find one',
    ):
        assert words in text_of(answer)


def test_several_services_with_add_ons_follow_one_another(
    desk: Browser, alice: Client, massage: Service
) -> None:
    aino = massage.providers.get()
    facial = ServiceFactory(name_en="Facial", minutes=30, price_minor=4000, providers=[aino])
    stones = AddOnFactory(name_en="Hot stones", services=[massage])
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)
    page = press(desk, page, step="add-line")
    page = press(
        desk,
        page,
        **{"line-0-add": [stones.pk], "line-1-service": facial.pk, "line-1-who": aino.pk},
        step="show",
    )
    assert "Total €127.00" in text_of(page)

    press(desk, page, step="book")

    first, second = Booking.objects.order_by("starts_at")
    assert (first.service, first.price_minor, first.add_ons.get().add_on) == (massage, 8700, stones)
    assert (second.service, second.starts_at) == (facial, first.ends_at)


def test_a_line_is_removed_and_what_follows_moves_up(desk: Browser, massage: Service) -> None:
    facial = ServiceFactory(name_en="Facial")
    page = press(desk, opened(desk, service=massage.pk), step="add-line")

    page = press(desk, page, **{"line-1-service": facial.pk}, remove="0")

    sent = form_of(page)
    assert (sent["lines"], sent["line-0-service"]) == ("1", str(facial.pk))


def test_find_a_time_lists_the_next_five_and_then_later_ones(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = press(desk, opened(desk, client=alice.pk, service=massage.pk), step="times")
    times = re.findall(r'name="slot" value="([^"]*)"', page.content.decode())
    assert [each[11:16] for each in times] == ["09:00", "09:15", "09:30", "09:45", "10:00"]

    later = press(desk, page, step="later")
    assert 'name="slot" value="2025-11-04T10:15' in later.content.decode()

    taken = press(desk, page, slot=times[4])
    assert press(desk, taken, step="book").status_code == 302
    assert Booking.objects.get().starts_at == at(12)


def test_a_class_is_one_press_away_with_the_client(
    desk: Browser, alice: Client, massage: Service
) -> None:
    yoga = ClassServiceFactory(name_en="Yoga", providers=[massage.providers.get()])
    session = create_session(
        service=yoga, provider=massage.providers.get(), starts_at=at(17), actor=None
    )

    page = text_of(opened(desk, client=alice.pk))

    assert f'href="/admin/sessions/{session.pk}/add/?client={alice.pk}"' in page
    assert "10 places left" in page


def test_no_time_is_found_for_nothing(desk: Browser) -> None:
    assert "Choose a service" in text_of(press(desk, opened(desk), step="times"))


def test_a_time_that_is_taken_is_refused_with_the_nearest_and_keeps_what_was_typed(
    desk: Browser, alice: Client, bob: Client, massage: Service
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)
    book(bob, massage, at(13))

    answer = press(desk, page, note="Kept", step="book")

    assert answer.status_code == 409
    assert "This time has just been taken." in text_of(answer)
    nearest = re.findall(r'name="slot" value="([^"]*)"', answer.content.decode())
    assert len(nearest) == 3
    again = press(desk, answer, slot=nearest[0])
    assert form_of(again)["note"] == "Kept"
    assert press(desk, again, step="book").status_code == 302
    assert Visit.objects.filter(client=alice).count() == 1


def test_outside_the_hours_asks_once_and_then_books(
    desk: Browser, alice: Client, massage: Service
) -> None:
    aino = massage.providers.get()
    page = opened(desk, day=DAY, at="18:30", client=alice.pk, service=massage.pk, who=aino.pk)
    assert "This is outside the working hours of Aino." in text_of(page)

    asked = press(desk, page, step="book")
    assert asked.status_code == 422
    assert "Book anyway" in text_of(asked)
    assert not Visit.objects.exists()

    # Yes to 18:30 is no yes to 19:30.
    assert press(desk, asked, hour="19:30", step="anyway").status_code == 422
    assert press(desk, asked, step="anyway").status_code == 302
    assert Booking.objects.get().starts_at == at(18) + dt.timedelta(minutes=30)


def test_somebody_who_does_not_usually_do_it_asks_first(
    desk: Browser, alice: Client, massage: Service
) -> None:
    jonas = ProviderFactory(name="Jonas")
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk, who=jonas.pk)

    asked = press(desk, page, step="book")

    assert "Jonas does not usually do Deep tissue massage." in text_of(asked)
    assert press(desk, asked, step="anyway").status_code == 302
    assert Booking.objects.get().provider == jonas


def test_nobody_is_there_outside_the_hours(desk: Browser, alice: Client, massage: Service) -> None:
    page = opened(desk, day=DAY, at="20:00", client=alice.pk, service=massage.pk)

    answer = press(desk, page, step="anyway")

    assert answer.status_code == 409
    assert "Nobody is free for this at that time of day." in text_of(answer)


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_booked(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)
    Service.objects.filter(pk=massage.pk).update(price_minor=9000)

    answer = press(desk, page, step="book")

    assert answer.status_code == 409
    assert "The price changed meanwhile." in text_of(answer)
    assert press(desk, answer, step="book").status_code == 302
    assert Booking.objects.get().price_minor == 9000


def test_the_least_price_is_shown_until_it_is_known_who(desk: Browser, massage: Service) -> None:
    jonas = ProviderFactory(name="Jonas")
    ServiceProvider.objects.create(service=massage, provider=jonas, price_minor=5000)

    assert "Total from €50.00" in text_of(opened(desk, service=massage.pk))


def test_again_prefills_the_visit(desk: Browser, booking: Booking) -> None:
    sent = form_of(opened(desk, again=booking.pk))

    assert sent["client"] == str(booking.visit.client_id)
    assert sent["line-0-service"] == str(booking.service_id)
    assert sent["line-0-who"] == str(booking.provider_id)
    assert (sent["day"], sent["hour"]) == ("", "")


@pytest.mark.parametrize("instant", ["2025-11-04T13:00:00+02:00", "2025-11-04T11:00:00Z"])
def test_an_instant_prefills_day_and_hour(desk: Browser, instant: str) -> None:
    sent = form_of(opened(desk, at=instant))

    assert (sent["day"], sent["hour"]) == ("2025-11-04", "13:00")


def test_the_hour_that_comes_twice_is_booked_as_it_was_pressed(
    desk: Browser, alice: Client, massage: Service, clock: Clock
) -> None:
    clock.move_to(dt.datetime(2026, 10, 24, 9, tzinfo=dt.UTC))
    aino = massage.providers.get()
    second = "2026-10-25T01:30:00+00:00"
    page = opened(desk, client=alice.pk, service=massage.pk, who=aino.pk, at=second)
    asked = press(desk, page, step="book")

    assert press(desk, asked, step="anyway").status_code == 302
    assert Booking.objects.get().starts_at.isoformat() == second


def test_the_hour_that_is_skipped_is_refused(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = opened(desk, client=alice.pk, service=massage.pk, day="2026-03-29", at="03:30")

    answer = press(desk, page, step="book")

    assert answer.status_code == 422
    assert "The clocks skip this time on that day." in text_of(answer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "9999-12-31"},
        {"day": "x"},
        {"hour": "25:00"},
        {"line-0-service": "999999"},
        {"line-0-service": "9" * 40},
        {"line-0-who": "999999"},
        {"client": "999999"},
        {"client": "\x00"},
        {"lines": "\x00"},
        {"note": "x" * 1001},
        {"mode": "robot", "client": ""},
        {"step": "book", "form_token": "\x00" * 20},
    ],
)
def test_nonsense_is_refused_with_the_form(
    desk: Browser, alice: Client, massage: Service, wrong: Sent
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)

    answer = press(desk, page, **({"step": "book"} | wrong))

    assert answer.status_code in (422, 302)
    assert Visit.objects.count() == (1 if answer.status_code == 302 else 0)


def test_a_form_that_was_sent_is_not_sent_with_other_content(
    desk: Browser, alice: Client, massage: Service
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk, service=massage.pk)
    press(desk, page, step="book")

    answer = press(desk, page, hour="15:00", step="book")

    assert answer.status_code == 409
    assert "already sent with other content" in text_of(answer)
    # Once more is another booking, and wanted.
    assert press(desk, answer, step="book").status_code == 302


# --- roles ----------------------------------------------------------------------------------------


@pytest.fixture
def own(client: Browser, pavel: User, massage: Service) -> Provider:
    """Pavel does the massage as well, and is at the panel."""
    client.force_login(pavel)
    provider = Provider.objects.get(user=pavel)
    ServiceProvider.objects.create(service=massage, provider=provider)
    return provider


def test_a_provider_books_with_themselves(
    client: Browser, own: Provider, alice: Client, massage: Service
) -> None:
    book(alice, massage, at(15, day=5), provider=own)
    page = opened(client, day=DAY, at="13:00", client=alice.pk, service=massage.pk)

    assert press(client, page, step="book").status_code == 302
    assert Booking.objects.filter(starts_at=at(13)).get().provider == own


def test_a_provider_books_with_nobody_else(
    client: Browser, own: Provider, alice: Client, massage: Service
) -> None:
    book(alice, massage, at(15, day=5), provider=own)
    aino = Provider.objects.get(name="Aino")
    page = opened(client, day=DAY, at="13:00", client=alice.pk, service=massage.pk)

    answer = press(client, page, **{"line-0-who": aino.pk}, step="book")

    assert answer.status_code == 422
    assert "Your role books appointments with yourself only." in text_of(answer)
    assert Booking.objects.count() == 1


def test_a_provider_finds_and_books_own_clients_only(
    client: Browser, own: Provider, alice: Client, bob: Client, massage: Service
) -> None:
    book(alice, massage, at(15, day=5), provider=own)
    book(bob, massage, at(15, day=5), provider=Provider.objects.get(name="Aino"))

    recent = text_of(opened(client))
    found = text_of(press(client, opened(client), step="search", q="example"))
    for page in (recent, found):
        assert f'name="pick" value="{alice.pk}"' in page
        assert f'name="pick" value="{bob.pk}"' not in page
    sent = opened(client, day=DAY, at="13:00", client=bob.pk, service=massage.pk)
    assert "Bob" not in text_of(sent)
    assert press(client, sent, client=bob.pk, step="book").status_code == 422


def test_a_provider_is_shown_no_strangers_beside_a_new_client(
    client: Browser, own: Provider, bob: Client, massage: Service
) -> None:
    page = press(client, opened(client, day=DAY, at="13:00", service=massage.pk), step="new")

    answer = press(client, page, first_name="B", email=bob.email, step="book")

    assert answer.status_code == 302


def test_a_login_without_a_provider_is_told_so(client: Browser, pavel: User) -> None:
    Provider.objects.filter(user=pavel).update(user=None)
    client.force_login(pavel)

    assert "no provider belongs to your login" in text_of(client.get(NEW))


def test_clients_do_not_book_here(client: Browser, db: None) -> None:
    client.force_login(UserFactory())
    assert client.get(NEW).status_code in (302, 403)


@pytest.mark.parametrize("many", [1, 30])
def test_the_page_costs_the_same_however_much_there_is(
    desk: Browser,
    booking: Booking,
    massage: Service,
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    for _ in range(many):
        provider = ProviderFactory(services=[massage])
        AddOnFactory(services=[massage])
        ServiceFactory(providers=[provider])
        book(ClientFactory(), massage, at(9, day=6), provider=provider)
    desk.get(NEW)
    with django_assert_num_queries(24):
        desk.get(NEW, {"service": massage.pk, "day": DAY, "at": "15:00"})
