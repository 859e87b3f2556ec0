"""The mails that a visit was moved or its class cancelled, and those of a place in line."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from icalendar import Calendar

from bookings.models import ClassSession, Visit, WaitingPlace, WaitingState
from bookings.waiting import find_waiting_place
from business.models import Business
from catalogue.models import Service
from clients.models import Client
from foundation.models import User
from foundation.translated import LANGUAGE_CODES
from notifications.kinds import get_kind
from notifications.models import Message
from notifications.outbox import as_already_sent, queue_message
from notifications.previews import preview
from notifications.rendering import check_text
from notifications.sending import send_due_messages
from sales.marking import undo_mark, undoable_mark
from sales.messages import moved_key
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.sales.test_reminders import move
from tests.sales.test_visits import book, place

pytestmark = pytest.mark.django_db

KINDS = (
    "visit_moved",
    "visit_reminder",
    "session_cancelled",
    "waiting_joined",
    "waiting_offer",
    "waiting_over",
    "consent_asked",
    "visit_link",
)


@pytest.fixture
def visit(alice: Client, massage: Service, tomorrow_ten: dt.datetime) -> Visit:
    Business.objects.update(name="Birch & Berry")
    with as_already_sent():
        return book(alice, massage, tomorrow_ten)


def tell_moved(visit: Visit) -> None:
    queue_message(
        kind="visit_moved",
        client=visit.client,
        subjects={"visit": visit.pk},
        dedupe_key=moved_key(visit),
    )


def event_of(mail: Any) -> Any:
    (file,) = mail.attachments
    content = file.get_payload(decode=True)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"k=" not in content
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


@pytest.mark.parametrize("code", KINDS)
@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_every_kind_has_a_text_in_every_language(db: None, code: str, language: str) -> None:
    kind = get_kind(code)
    text = kind.original_text(language)

    shown = preview(code, language, text.subject, text.body)

    assert not kind.is_marketing
    assert "{" not in shown.subject + shown.text
    check_text(code, text.subject, text.body)


def test_a_moved_visit_is_told_with_its_old_time(
    visit: Visit, tomorrow_ten: dt.datetime, mailoutbox: list[Any]
) -> None:
    move(visit, tomorrow_ten + dt.timedelta(days=1, hours=2))
    tell_moved(visit)
    send_due_messages()

    (mail,) = mailoutbox
    assert mail.subject == "Moved: Thursday 6 November 12:00 at Birch & Berry"
    assert "Your visit is moved to Thursday 6 November at 12:00." in mail.body
    assert "It was booked for Wed 5 Nov 10:00 before." in mail.body
    event = event_of(mail)
    assert event["uid"] == f"visit-{visit.ref}@testserver"
    assert (event["sequence"], event["status"]) == (1, "CONFIRMED")
    assert event["dtstart"].dt == visit.starts_at


def test_a_visit_moved_twice_before_the_mail_left_is_told_once(
    visit: Visit, tomorrow_ten: dt.datetime, mailoutbox: list[Any]
) -> None:
    for hours in (2, 4):
        move(visit, tomorrow_ten + dt.timedelta(hours=hours))
        tell_moved(visit)

    send_due_messages()

    assert [mail.subject for mail in mailoutbox] == [
        "Moved: Wednesday 5 November 14:00 at Birch & Berry"
    ]


def test_a_visit_moved_and_cancelled_is_not_announced_any_more(
    visit: Visit, tomorrow_ten: dt.datetime, mailoutbox: list[Any]
) -> None:
    move(visit, tomorrow_ten + dt.timedelta(hours=2))
    tell_moved(visit)
    cancel_visit(visit=visit, actor=None)

    send_due_messages()

    (mail,) = mailoutbox
    assert mail.subject.startswith("Cancelled:")
    event = event_of(mail)
    assert (event["sequence"], event["status"]) == (2, "CANCELLED")


def test_a_cancellation_that_was_taken_back_is_not_told(
    visit: Visit, olga: User, mailoutbox: list[Any]
) -> None:
    cancel_visit(visit=visit, actor=None)
    booking = visit.bookings.get()
    mark = undoable_mark(booking, olga)
    assert mark is not None
    undo_mark(booking=booking, mark=mark, actor=olga)

    send_due_messages()

    assert "Cancelled" not in "".join(mail.subject for mail in mailoutbox)
    assert Message.objects.get(kind="visit_cancelled").reason == "subject_gone"


def test_a_cancelled_class_is_told_with_what_came_back(
    alice: Client, yoga: ClassSession, mailoutbox: list[Any]
) -> None:
    with as_already_sent():
        visit = place(alice, yoga)
        cancel_visit(visit=visit, actor=None)
    queue_message(
        kind="session_cancelled",
        client=alice,
        subjects={"visit": visit.pk},
        dedupe_key=f"visit:{visit.pk}:session-cancelled",
    )
    send_due_messages()

    (mail,) = mailoutbox
    assert mail.subject.startswith("Class cancelled: Thursday 6 November 10:00 at ")
    assert "your class on Thursday 6 November at 10:00 does not take place" in mail.body
    assert "Points that will not be added: 30 points." in mail.body
    assert "http://testserver/classes/" in mail.body
    assert event_of(mail)["status"] == "CANCELLED"


# --- places in line ----------------------------------------------------------------------------


@pytest.fixture
def in_line(alice: Client, yoga: ClassSession, clock: Clock) -> WaitingPlace:
    return WaitingPlace.objects.create(
        client=alice,
        session=yoga,
        service=yoga.service,
        day=yoga.starts_at.date(),
        joined_at=clock.now,
    )


def tell(kind: str, place: WaitingPlace) -> None:
    queue_message(
        kind=kind,
        client=place.client,
        subjects={"waiting_place": place.pk},
        dedupe_key=f"{kind}:{place.pk}",
    )
    send_due_messages()


def test_a_place_in_line_is_told_with_its_number(
    in_line: WaitingPlace, bob: Client, mailoutbox: list[Any]
) -> None:
    WaitingPlace.objects.create(
        client=bob,
        session=in_line.session,
        service=in_line.service,
        day=in_line.day,
        joined_at=in_line.joined_at - dt.timedelta(minutes=1),
    )
    tell("waiting_joined", in_line)

    (mail,) = mailoutbox
    assert mail.subject == "On the waiting list: Yoga basics, Thu 6 Nov 10:00"
    assert "You are number 2 in line." in mail.body
    found = re.search(r"http://testserver/classes/w/([^/\s]+)/", mail.body)
    assert found is not None
    assert find_waiting_place(found[1]) == in_line


def test_a_place_that_is_booked_by_itself_says_so(
    in_line: WaitingPlace, mailoutbox: list[Any]
) -> None:
    WaitingPlace.objects.update(automatic=True)
    tell("waiting_joined", in_line)

    assert "we book it for you and tell you" in mailoutbox[0].body


def test_an_offer_says_until_when(
    in_line: WaitingPlace, clock: Clock, mailoutbox: list[Any]
) -> None:
    until = clock.now + dt.timedelta(hours=2)
    WaitingPlace.objects.update(state=WaitingState.OFFERED, offered_until=until)
    tell("waiting_offer", in_line)

    (mail,) = mailoutbox
    assert mail.subject == "A place is free: Yoga basics, Thu 6 Nov 10:00"
    assert "We keep it for you until 13:00." in mail.body


@pytest.mark.parametrize(
    "change",
    [
        {"state": WaitingState.WAITING},
        {"state": WaitingState.LEFT},
        {"offered_until": dt.datetime(2025, 11, 4, 9, tzinfo=dt.UTC)},
    ],
)
def test_an_offer_that_is_none_any_more_is_not_told(
    in_line: WaitingPlace, clock: Clock, mailoutbox: list[Any], change: dict[str, Any]
) -> None:
    offered = {"state": WaitingState.OFFERED, "offered_until": clock.now + dt.timedelta(hours=2)}
    WaitingPlace.objects.update(**offered | change)
    tell("waiting_offer", in_line)

    assert mailoutbox == []


def test_the_end_of_the_line_is_told(in_line: WaitingPlace, mailoutbox: list[Any]) -> None:
    WaitingPlace.objects.update(state=WaitingState.OVER)
    tell("waiting_over", in_line)

    (mail,) = mailoutbox
    assert mail.subject == "No place this time: Yoga basics, Thu 6 Nov 10:00"
    assert "http://testserver/classes/" in mail.body


def test_a_day_in_line_is_named_by_its_day(
    alice: Client, massage: Service, clock: Clock, mailoutbox: list[Any]
) -> None:
    waiting = WaitingPlace.objects.create(
        client=alice, service=massage, day=dt.date(2025, 11, 6), joined_at=clock.now
    )
    tell("waiting_joined", waiting)

    assert mailoutbox[0].subject == "On the waiting list: Deep tissue massage, Thu 6 Nov"
