"""The tick of a guest, the link that confirms it, and bookings that join an account."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser

from bookings.lines import Line
from bookings.models import Source, Visit
from catalogue.models import Service
from clients.consents import has_consent
from clients.models import Client, ConsentRecord
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.points import balance_of
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.visits import Guest, book_visit
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    give_points,
    turn_on,
)
from tests.website.booking import THURSDAY_10, choose_time, give_details, last_button
from tests.website.booking import massage as offered_massage

pytestmark = pytest.mark.django_db

PAGE = "/account/guest-bookings/"


@pytest.fixture
def massage(db: None) -> Service:
    turn_on("loyalty")
    service = ServiceFactory(name_en="Massage", slug="massage", providers=[ProviderFactory()])
    EarningRuleFactory(service=service, points=60)
    return service


def book_as_guest(service: Service, at: dt.datetime, **changes: Any) -> Visit:
    fields = {
        "first_name": "Greta",
        "last_name": "Guest",
        "email": "greta@example.test",
        "phone": "+358401234567",
        "language": "en",
        **changes,
    }
    return book_visit(
        client=None,
        guest=Guest(**fields),
        lines=[Line(service)],
        starts_at=at,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


@pytest.fixture
def visit(massage: Service, clock: Clock) -> Visit:
    return book_as_guest(massage, clock.now.replace(day=6, hour=12), wants_news=True)


@pytest.fixture
def greta(db: None) -> User:
    user = UserFactory(email="greta@example.test", name="Greta Guest")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Client.objects.create(
        first_name="Greta",
        email=user.email,
        user=user,
        search_name="greta",
        created_at=user.date_joined,
    )
    return user


@pytest.fixture
def link(visit: Visit, mailoutbox: list[Any]) -> str:
    send_due_messages()
    (mail,) = [mail for mail in mailoutbox if mail.subject.startswith("Confirm")]
    found = re.search(r"http://testserver(/c/[^\s]+/)", mail.body)
    assert found is not None
    return found[1]


# --- the tick ----------------------------------------------------------------------------------


def test_the_box_is_not_ticked_and_its_tick_is_asked_by_mail(client: Browser) -> None:
    details = choose_time(client, offered_massage(), THURSDAY_10)
    box = re.search(r'<input[^>]*name="news"[^>]*>', client.get(details).content.decode())
    assert box is not None
    assert "checked" not in box[0]

    review = give_details(client, details, news="on")
    client.post(review, last_button(client, review))

    message = Message.objects.get(kind="consent_asked")
    assert message.client == Visit.objects.get().client
    assert not ConsentRecord.objects.exists()


def test_a_box_left_alone_asks_nothing_and_a_tick_survives_back(client: Browser) -> None:
    details = choose_time(client, offered_massage(), THURSDAY_10)
    give_details(client, details, news="on")
    assert re.search(r'name="news"[^>]*checked', client.get(details).content.decode())

    review = give_details(client, details)
    assert not re.search(r'name="news"[^>]*checked', client.get(details).content.decode())
    client.post(review, last_button(client, review))

    assert Visit.objects.count() == 1
    assert not Message.objects.filter(kind="consent_asked").exists()


def test_a_tick_survives_keeping_the_time(client: Browser) -> None:
    details = choose_time(client, offered_massage(), THURSDAY_10)

    client.post(details.replace("/details/", "/keep/"), {"first_name": "Greta", "news": "on"})

    assert re.search(r'name="news"[^>]*checked', client.get(details).content.decode())


def test_who_is_signed_in_has_no_box(client: Browser, alice: Client) -> None:
    assert alice.user is not None
    client.force_login(alice.user)
    details = choose_time(client, offered_massage(), THURSDAY_10)

    assert 'name="news"' not in client.get(details).content.decode()


def test_the_link_shows_the_sentence_and_changes_nothing(client: Browser, link: str) -> None:
    page = client.get(link)

    assert page.status_code == 200
    assert "Send me news and points messages by e-mail." in page.content.decode()
    assert not ConsentRecord.objects.exists()
    assert page.headers["Cache-Control"] == "no-store, private"
    assert page.headers["Referrer-Policy"] == "strict-origin"


def test_the_button_confirms(client: Browser, link: str, visit: Visit) -> None:
    page = client.post(link)

    assert "From now on you get news and points messages" in page.content.decode()
    assert visit.client_id is not None
    assert has_consent(visit.client_id)


def test_the_page_names_nobody(client: Browser, link: str) -> None:
    """Who finds the link learns neither a name nor an address."""
    for page in (client.get(link), client.post(link)):
        assert "Greta" not in page.content.decode()
        assert "greta@" not in page.content.decode()


def test_a_link_that_is_over_or_forged_says_so_and_confirms_nothing(
    client: Browser, link: str, clock: Clock
) -> None:
    clock.advance(days=7)

    for path in (link, "/c/nonsense/"):
        for page in (client.get(path), client.post(path)):
            assert page.status_code == 404
            assert "This link no longer works" in page.content.decode()
    assert not ConsentRecord.objects.exists()


def test_confirming_needs_the_form_of_this_site(link: str) -> None:
    assert Browser(enforce_csrf_checks=True).post(link).status_code == 403
    assert not ConsentRecord.objects.exists()


# --- joining -----------------------------------------------------------------------------------


def test_the_account_says_that_something_was_booked_as_a_guest(
    client: Browser, visit: Visit, greta: User
) -> None:
    client.force_login(greta)

    assert "Booked as a guest?" in client.get("/account/").content.decode()
    page = client.get(PAGE).content.decode()
    assert "Greta Guest" in page
    assert "1 visit" in page
    assert "60 points on the way" in page


def test_ticked_records_join_by_the_button(client: Browser, visit: Visit, greta: User) -> None:
    guest = Client.objects.get(pk=visit.client_id)
    give_points(guest, 40)
    client.force_login(greta)

    page = client.post(PAGE, {"record": [guest.public_id]}, follow=True).content.decode()

    assert "What you booked as a guest is in your account now." in page
    assert "Booked as a guest?" not in page
    visit.refresh_from_db()
    assert visit.client == greta.client
    assert balance_of(greta.client) == 40
    assert visit.ref in client.get("/account/appointments/").content.decode()


def test_a_second_press_lands_where_the_first_did(
    client: Browser, visit: Visit, greta: User
) -> None:
    guest = Client.objects.get(pk=visit.client_id)
    client.force_login(greta)

    answers = [client.post(PAGE, {"record": [guest.public_id]}) for _ in "12"]

    assert [answer.headers["Location"] for answer in answers] == ["/account/"] * 2


def test_looking_joins_nothing(client: Browser, visit: Visit, greta: User) -> None:
    client.force_login(greta)
    client.get(PAGE)

    visit.refresh_from_db()
    assert visit.client != greta.client


def test_nothing_ticked_is_said(client: Browser, visit: Visit, greta: User) -> None:
    client.force_login(greta)

    page = client.post(PAGE)

    assert page.status_code == 422
    assert "Tick at least one." in page.content.decode()


def test_a_record_of_another_address_cannot_be_sent(
    client: Browser, massage: Service, greta: User, clock: Clock
) -> None:
    theirs = book_as_guest(
        massage, clock.now.replace(day=6, hour=14), email="somebody@example.test"
    )
    guest = Client.objects.get(pk=theirs.client_id)
    client.force_login(greta)

    page = client.post(PAGE, {"record": [guest.public_id]}, follow=True)

    assert "is in your account now" not in page.content.decode()
    assert "There are no bookings without an account" in client.get(PAGE).content.decode()
    theirs.refresh_from_db()
    assert theirs.client == guest


def test_an_address_that_is_not_proved_sees_nothing(
    client: Browser, visit: Visit, greta: User
) -> None:
    EmailAddress.objects.update(verified=False)
    client.force_login(greta)

    assert "Greta Guest" not in client.get(PAGE).content.decode()
    assert "Booked as a guest?" not in client.get("/account/").content.decode()


@pytest.mark.parametrize("many", [1, 12])
def test_the_page_asks_as_often_for_many_as_for_one(
    client: Browser,
    massage: Service,
    greta: User,
    clock: Clock,
    many: int,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(many):
        at = clock.now.replace(day=6 + number // 6 * 4, hour=9 + number % 6)
        book_as_guest(massage, at)
    client.force_login(greta)

    with django_assert_max_num_queries(14):
        assert client.get(PAGE).content.decode().count("1 visit") == many


def test_a_guest_on_a_known_address_sees_and_changes_nothing_of_it(
    client: Browser, greta: User, visit: Visit
) -> None:
    greta.client.refresh_from_db()
    assert (greta.client.last_name, str(greta.client.phone)) == ("", "")
    assert visit.client != greta.client
    assert greta.client.visits.count() == 0
