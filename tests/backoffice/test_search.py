"""The search of the top strip: clients and bookings by address, gift cards by POST only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from backoffice.search import SHOWN, may_be_code
from bookings.models import Booking, Visit
from catalogue.models import Service
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import reveal_code, spend_card, void_card
from giftcards.codes import new_code
from giftcards.lookup import TRIES_PER_SOURCE
from giftcards.models import GiftCard
from sales.visits import delete_visit
from tests.backoffice.booking_pages import at, text_of
from tests.factories import ClientFactory, ServiceFactory, book, give_card, turn_on

pytestmark = pytest.mark.django_db

PAGE = "/admin/search/"
ONE_TIME = re.compile(rb'(csrfmiddlewaretoken" value=")[^"]*|(nonce=")[^"]*')


def ask(browser: Browser, text: str) -> str:
    answer = browser.get(PAGE, {"q": text})
    assert answer.status_code == 200
    return text_of(answer)


def results(html: str) -> str:
    """The page below its form."""
    return html.split("</form>", 2)[-1]


def test_clients_are_found_by_name_mail_and_phone(desk: Browser, alice: Client) -> None:
    for text in ("ali ander", "alice@example", "+45 3210 1010", "32101010", "32-10 10 10"):
        html = ask(desk, text)
        assert f'href="/admin/clients/client/{alice.pk}/change/">Alice Andersen</a>' in html
    assert "Nothing found for “zebra”" in ask(desk, "zebra")


def test_bookings_are_found_by_reference_and_client(
    desk: Browser, booking: Booking, bob: Client, massage: Service
) -> None:
    other = book(bob, massage, at(15)).bookings.get()
    ours, theirs = (f'href="/admin/bookings/{each.pk}/"' for each in (booking, other))

    ref = booking.visit.ref
    parted = f"{ref[:4]}-{ref[4:]}".lower()
    for text in (ref, ref.lower(), parted, parted.replace("-", " "), "andersen"):
        html = ask(desk, text)
        assert ours in html
        assert theirs not in html


def test_what_comes_next_stands_first_and_deleted_visits_nowhere(
    desk: Browser, alice: Client, massage: Service
) -> None:
    later, sooner = (book(alice, massage, at(hour)) for hour in (15, 13))
    with clock.fixed(at(8)):
        past = book(alice, massage, at(9))
    with clock.fixed(at(8)):
        gone = book(alice, massage, at(16))
        delete_visit(visit=gone, actor=None)

    html = results(ask(desk, "alice"))

    found = re.findall(r"/admin/bookings/(\d+)/", html)
    assert [int(each) for each in found] == [
        visit.bookings.get().pk for visit in (sooner, later, past)
    ]
    assert "Nothing found" in ask(desk, gone.ref)


def test_nobody_who_was_erased_is_found(desk: Browser, alice: Client) -> None:
    erase_personal_data(client=alice, actor=None)

    assert "Nothing found" in ask(desk, "Andersen")


def test_a_provider_finds_their_own_bookings_and_no_clients(
    client: Browser, pavel: User, alice: Client, bob: Client, booking: Booking
) -> None:
    own = book(bob, ServiceFactory(providers=[pavel.provider]), at(14)).bookings.get()
    client.force_login(pavel)

    html = ask(client, "b")
    assert f"/admin/bookings/{own.pk}/" in html
    assert "/admin/clients/" not in results(html)
    for text in ("andersen", booking.visit.ref):
        assert "Nothing found" in ask(client, text)


def test_many_hits_are_cut_with_a_way_on(desk: Browser, massage: Service) -> None:
    for number in range(SHOWN + 1):
        person = ClientFactory(first_name=f"Zoe{number}")
        book(person, massage, at(13, day=4) + dt.timedelta(days=7 * number))

    html = ask(desk, "zoe")

    assert html.count("Zoe") >= 2 * SHOWN
    assert "/admin/clients/client/?q=zoe" in html
    assert "/admin/bookings/?day=all&amp;q=zoe" in html


def test_without_a_question_there_is_only_the_box(desk: Browser) -> None:
    for query in ({}, {"q": ""}, {"q": "   "}):
        html = text_of(desk.get(PAGE, query))
        assert "Nothing found" not in html
        assert 'name="q"' in html


@pytest.mark.parametrize("method", ["get", "post"])
def test_nonsense_is_refused_and_kept(desk: Browser, method: str) -> None:
    answer = getattr(desk, method)(PAGE, {"q": "x" * 81})

    assert answer.status_code == 422
    html = text_of(answer)
    assert "Enter fewer letters" in html
    assert "x" * 81 in html


def test_the_box_leads_names_on_to_their_address(desk: Browser) -> None:
    answer = desk.post(PAGE, {"q": "Ålice & Bob"})

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{PAGE}?q=%C3%85lice+%26+Bob"
    assert desk.post(PAGE, {"q": ""}).headers["Location"] == PAGE


def test_the_box_stands_on_every_page(desk: Browser, alice: Client) -> None:
    for page in ("/admin/", f"/admin/clients/client/{alice.pk}/change/", "/admin/bookings/"):
        assert f'action="{PAGE}"' in text_of(desk.get(page))


# --- gift cards -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("7K3M-9QXA-02TB-WHZN", True),
        ("7k3m 9qxa 02tb whzn", True),
        ("7K3M9QXA02TBWHZN", True),
        ("7K3M-9QXA-02TB-WHZ", True),  # a letter short
        ("7K3M9QXA02TBWHZ", True),
        ("UUUU-UUUU-UUUU-UUU!", True),
        ("Alice Andersen", False),
        ("Peter Christensen", True),  # sixteen letters: both are looked for
        ("+45 32 10 10 10", False),
        ("Anna 4012345678", False),
        ("anna2010@example.test", False),
        ("ABCD2345", False),
        ("", False),
    ],
)
def test_what_may_be_a_code(text: str, is_one: bool) -> None:
    assert may_be_code(text) is is_one


def test_a_card_is_found_by_its_code_and_the_code_stays_nowhere(
    desk: Browser, alice: Client
) -> None:
    card = give_card(alice, 4200)
    code = reveal_code(card)

    answer = desk.post(PAGE, {"q": code.lower()})

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    html = text_of(answer)
    assert f'href="/admin/giftcards/giftcard/{card.pk}/change/"' in html
    assert "€42.00" in html
    assert code.lower() not in html.lower()
    assert not LogEntry.objects.exists()


def test_a_code_in_an_address_opens_nothing(desk: Browser, alice: Client) -> None:
    card = give_card(alice, 4200)

    html = results(ask(desk, reveal_code(card)))

    assert f"giftcard/{card.pk}" not in html
    assert "Nothing found" in html


def unknown(owner: Client) -> str:
    return new_code()


def malformed(owner: Client) -> str:
    return "UUUU-UUUU-UUUU-UUU!"


def short(owner: Client) -> str:
    return new_code()[:-1]


def void(owner: Client) -> str:
    card = give_card(owner)
    void_card(card_id=card.pk, key="v", actor=None, description="Lost")
    return reveal_code(card)


def expired(owner: Client) -> str:
    card = give_card(owner)
    GiftCard.objects.filter(pk=card.pk).update(expires_at=clock.now() - dt.timedelta(days=1))
    return reveal_code(card)


def used_up(owner: Client) -> str:
    card = give_card(owner)
    spend_card(card_id=card.pk, amount_minor=card.balance, key=new_form_token(), actor=None)
    return reveal_code(card)


KINDS: tuple[Callable[[Client], str], ...] = (unknown, malformed, short, void, expired, used_up)


def test_every_code_that_does_not_pay_is_answered_alike(desk: Browser, alice: Client) -> None:
    answers = set()
    for kind in KINDS:
        typed = kind(alice)
        answer = desk.post(PAGE, {"q": typed})
        # It stays in the box, to be corrected, and nowhere else.
        body = answer.content.replace(b'value="%s"' % typed.encode(), b'value=""')
        assert typed.encode() not in body
        answers.add((answer.status_code, ONE_TIME.sub(rb"\1\2", body)))

    ((status, body),) = answers
    assert status == 422
    assert b"We can&#x27;t use this code." in body


def test_guesses_are_counted_with_those_at_every_other_door(
    desk: Browser, alice: Client, daisy: User
) -> None:
    for _ in range(TRIES_PER_SOURCE - 1):
        desk.post(PAGE, {"q": new_code()})
    desk.post("/gift-cards/balance/", {"code": new_code()})

    answer = desk.post(PAGE, {"q": reveal_code(give_card(alice))})

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts." in text_of(answer)
    # Names are found all the same.
    assert "Alice Andersen" in ask(desk, "alice")


def test_a_name_that_might_be_a_code_is_found(desk: Browser) -> None:
    ClientFactory(first_name="Peter", last_name="Christensen")

    answer = desk.post(PAGE, {"q": "Peter Christensen"})

    assert "/admin/clients/client/" in results(text_of(answer))


def test_a_role_without_cards_asks_for_none(client: Browser, pavel: User, alice: Client) -> None:
    card = give_card(alice, 4200)
    client.force_login(pavel)

    for code in (reveal_code(card), new_code()):
        answer = client.post(PAGE, {"q": code})
        assert answer.status_code == 200
        assert "€42.00" not in text_of(answer)
        assert "Nothing found" in text_of(answer)


def test_the_same_number_of_queries_for_one_and_for_ten(
    desk: Browser, massage: Service, alice: Client
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(desk, "zoe")
        return len(queries)

    def add(number: int) -> Visit:
        person = ClientFactory(first_name=f"Zoe{number}")
        return book(person, massage, at(13) + dt.timedelta(days=7 * number))

    turn_on("loyalty")
    add(0)
    count()
    one = count()
    for number in range(1, 10):
        add(number)
    assert count() == one


def test_strangers_and_clients_are_led_to_sign_in(client: Browser, alice: Client) -> None:
    for person in (None, alice.user):
        if person:
            client.force_login(person)
        for answer in (client.get(PAGE, {"q": "x"}), client.post(PAGE, {"q": new_code()})):
            assert answer.status_code == 302
            assert "/admin/login/" in answer.headers["Location"]
            place: Any = answer.headers["Location"]
            assert "WHZN" not in place
