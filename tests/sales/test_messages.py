"""The mails of a visit and their calendar files."""

import datetime as dt
from typing import Any

import pytest
from icalendar import Calendar

from bookings.models import Visit
from bookings.visits import check_manage_key
from business.models import Business
from clients.models import Client
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    book,
    give_card,
    turn_on,
)

THURSDAY = dt.datetime(2025, 11, 6, 12, 30, tzinfo=dt.UTC)


@pytest.fixture
def mette(db: None) -> Client:
    turn_on("loyalty")
    Business.objects.update(
        name="Birch & Berry",
        timezone="Europe/Copenhagen",
        street="Nygade 1",
        postcode="8000",
        city="Aarhus",
        phone="+45 12 34 56 78",
    )
    return ClientFactory(first_name="Mette", email="mette@example.test")


@pytest.fixture
def massage(mette: Client) -> Any:
    service = ServiceFactory(name_en="Deep tissue massage", price_minor=72_00)
    EarningRuleFactory(service=service, points=60)
    ProviderFactory(name="Anna", services=[service])
    return service


@pytest.fixture
def visit(mette: Client, massage: Any) -> Visit:
    return book(mette, massage, THURSDAY)


def calendar_of(mail: Any) -> Any:
    part = next(
        part for part in mail.message().walk() if part.get_content_type() == "text/calendar"
    )
    assert part.get_param("method") == "PUBLISH"
    assert part.get_content_charset() == "utf-8"
    content = part.get_payload(decode=True)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(content)
    assert calendar["method"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    return event


def test_a_booked_visit_is_told(visit: Visit, mailoutbox: list[Any]) -> None:
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.subject == "Booked: Thursday 6 November 13:30 at Birch & Berry"
    assert "Your visit is booked for Thursday 6 November at 13:30." in mail.body
    assert "\nDeep tissue massage with Anna\n" in mail.body
    assert "\nPrice: €72.00. You pay at the salon.\n" in mail.body
    assert "\nNygade 1, 8000 Aarhus\n" in mail.body
    assert "\nYou can cancel online until Wed 5 Nov 13:30.\n" in mail.body
    assert f"\nReference: {visit.ref}\n" in mail.body
    assert "List-Unsubscribe" not in mail.extra_headers


def test_the_link_in_the_mail_opens_the_visit(visit: Visit, mailoutbox: list[Any]) -> None:
    send_due_messages()
    address = f"http://testserver/booking/{visit.ref}/?k="
    key = mailoutbox[0].body.split(address)[1].split("\n")[0]
    assert check_manage_key(visit, key)


def test_the_calendar_file_of_a_booked_visit(visit: Visit, mailoutbox: list[Any]) -> None:
    send_due_messages()
    event = calendar_of(mailoutbox[0])
    assert event["uid"] == f"visit-{visit.ref}@testserver"
    assert (event["sequence"], event["status"]) == (0, "CONFIRMED")
    assert event["summary"] == "Birch & Berry: appointment"
    assert event["dtstart"].dt == visit.starts_at
    assert event["dtend"].dt == visit.ends_at
    assert event["location"] == "Nygade 1, 8000 Aarhus"
    assert event["url"] == f"http://testserver/booking/{visit.ref}/"
    assert event["description"] == (
        f"To move or cancel, sign in or use the link in your e-mail: http://testserver/booking/{visit.ref}/"
    )
    assert b"k=" not in event.to_ical()
    (alarm,) = event.walk("VALARM")
    assert alarm["trigger"].dt == dt.timedelta(hours=-2)


def test_a_cancelled_visit_is_told_with_what_came_back(
    mette: Client, massage: Any, mailoutbox: list[Any]
) -> None:
    card = give_card(mette, 50_00)
    visit = book(mette, massage, THURSDAY, card_ids=(card.pk,))
    send_due_messages()
    assert (
        "Price: €72.00. Paid by gift card: €50.00. You pay €22.00 at the salon."
        in mailoutbox[0].body
    )
    mailoutbox.clear()
    cancel_visit(visit=visit, actor=None)
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.subject == "Cancelled: Thursday 6 November 13:30 at Birch & Berry"
    assert f"€50.00 is back on the gift card ending in {card.last_four}." in mail.body
    assert "Points that will not be added: 60 points." in mail.body
    event = calendar_of(mail)
    assert event["uid"] == f"visit-{visit.ref}@testserver"
    assert (event["sequence"], event["status"]) == (1, "CANCELLED")
    assert event.walk("VALARM") == []


def test_a_visit_cancelled_before_the_first_mail_left_is_told_once(
    visit: Visit, mailoutbox: list[Any]
) -> None:
    cancel_visit(visit=visit, actor=None)
    send_due_messages()
    assert [mail.subject.split(":")[0] for mail in mailoutbox] == ["Cancelled"]
    booked = Message.objects.get(kind="visit_booked")
    assert (booked.state, booked.reason) == ("dropped", "subject_gone")


def test_a_visit_that_is_over_is_not_announced(
    visit: Visit, mailoutbox: list[Any], clock: Clock
) -> None:
    clock.move_to(visit.ends_at)
    send_due_messages()
    assert mailoutbox == []


def test_a_late_booking_names_the_phone_instead(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    book(mette, massage, clock.now + dt.timedelta(hours=4))
    send_due_messages()
    assert "If you cannot come, call us: +45 12 34 56 78." in mailoutbox[0].body


def test_a_visit_paid_by_card_leaves_nothing_to_pay(
    mette: Client, massage: Any, mailoutbox: list[Any]
) -> None:
    card = give_card(mette, 100_00)
    book(mette, massage, THURSDAY, card_ids=(card.pk,))
    send_due_messages()
    assert "Price: €72.00, paid by gift card." in mailoutbox[0].body


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("da", "Booket: torsdag 6. november kl. 13.30 hos Birch & Berry"),
        ("fi", "Varattu: torstai 6. marraskuuta klo 13.30, Birch & Berry"),
    ],
)
def test_the_mail_in_the_client_s_language(
    mette: Client, massage: Any, mailoutbox: list[Any], language: str, subject: str
) -> None:
    Client.objects.update(language=language)
    mette.refresh_from_db()
    book(mette, massage, THURSDAY)
    send_due_messages()
    assert mailoutbox[0].subject == subject
    assert f"http://testserver/{language}/booking/" in mailoutbox[0].body


def test_a_name_with_signs_of_the_calendar_format_is_escaped(
    visit: Visit, mailoutbox: list[Any]
) -> None:
    Business.objects.update(name="Birch; Berry, Co\\")
    send_due_messages()
    assert calendar_of(mailoutbox[0])["summary"] == "Birch; Berry, Co\\: appointment"


def test_a_guest_with_an_account_is_told_so_by_mail_alone(
    visit: Visit, mette: Client, massage: Any, mailoutbox: list[Any]
) -> None:
    UserFactory(email="mette@example.test")
    send_due_messages()
    assert "You have an account with this address." in mailoutbox[0].body

    own = ClientFactory(email="olli@example.test", user=UserFactory(email="olli@example.test"))
    for who in (own, ClientFactory(email="nobody@example.test")):
        book(who, massage, THURSDAY + dt.timedelta(hours=-2 if who == own else -4))
        send_due_messages()
        assert "You have an account" not in mailoutbox[-1].body
