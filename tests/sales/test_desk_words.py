"""What the desk decides beside a booking: whether the client is told, why something is cancelled,
whether a class gets a place more, and who of the line comes in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookings.errors import OfferGone, SessionFull
from bookings.models import BookingChange, ClassSession, Source
from catalogue.models import Service
from clients.models import Client
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.class_sessions import cancel_session
from sales.offers import offer_places
from sales.visits import cancel_visit
from sales.waiting import leave_waiting_list, take_waiting_place
from tests.factories import ClientFactory
from tests.sales.test_visits import book, place
from tests.sales.test_waiting import fresh, wait

pytestmark = pytest.mark.django_db

REASON = "Anna is ill.\n<b>Sorry</b> [here](https://evil.test/)"


def kinds() -> list[str]:
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def test_a_booking_without_a_word_queues_no_mail(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, yoga: ClassSession
) -> None:
    book(alice, massage, tomorrow_ten, tell=False)
    place(alice, yoga, tell=False)

    assert kinds() == []


def test_a_cancellation_without_a_word_queues_no_mail(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten, tell=False)

    cancel_visit(visit=visit, actor=None, tell=False, reason="Not to be read")

    assert visit.bookings.get().status == "cancelled"
    assert kinds() == []


def test_the_reason_stands_in_the_mail_as_it_was_typed(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, mailoutbox: list[Any]
) -> None:
    visit = book(alice, massage, tomorrow_ten, tell=False)

    cancel_visit(visit=visit, actor=None, reason=REASON)

    message = Message.objects.get()
    assert "ill" not in message.secret
    send_due_messages()
    (mail,) = mailoutbox
    assert "Anna is ill." in mail.body
    html = mail.alternatives[0][0]
    assert "Anna is ill." in html
    assert "&lt;b&gt;Sorry&lt;/b&gt;" in html
    assert 'href="https://evil.test/"' not in html
    message.refresh_from_db()
    assert (message.state, message.secret) == ("sent", "")


def test_the_reason_stays_in_the_history_also_where_nobody_is_told(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)

    cancel_visit(visit=visit, actor=None, tell=False, reason=f"  {REASON} ")
    cancel_visit(visit=visit, actor=None, reason="Another one")

    (change,) = visit.bookings.get().changes.all()
    assert (change.kind, change.reason) == ("cancelled", REASON)


def test_the_reason_of_a_class_reaches_everybody(
    alice: Client, bob: Client, yoga: ClassSession, mailoutbox: list[Any]
) -> None:
    place(alice, yoga, tell=False)
    place(bob, yoga, tell=False)

    cancel_session(session=yoga, actor=None, reason="  The heating is broken. ")

    send_due_messages()
    assert {mail.to[0] for mail in mailoutbox} == {alice.email, bob.email}
    assert all("\nThe heating is broken.\n" in mail.body for mail in mailoutbox)
    kept = BookingChange.objects.filter(booking__session=yoga).values_list("reason", flat=True)
    assert list(kept) == ["The heating is broken."] * 2


def test_without_a_reason_the_mail_has_no_gap(
    alice: Client, yoga: ClassSession, mailoutbox: list[Any]
) -> None:
    place(alice, yoga, tell=False)

    cancel_session(session=yoga, actor=None)

    send_due_messages()
    assert "does not take place.\n\nYoga" in mailoutbox[0].body


def test_raising_makes_room_for_who_is_added(
    alice: Client, bob: Client, yoga: ClassSession
) -> None:
    place(alice, yoga, places=2)
    waiting = wait(yoga)
    with pytest.raises(SessionFull):
        place(bob, yoga, source=Source.DESK)

    place(bob, yoga, source=Source.DESK, raise_to=3)

    yoga.refresh_from_db()
    assert (yoga.places, yoga.booked_places, yoga.offered_places) == (3, 3, 0)
    assert fresh(waiting).state == "waiting"


def test_raising_never_makes_a_class_smaller(alice: Client, yoga: ClassSession) -> None:
    ClassSession.objects.filter(pk=yoga.pk).update(places=9)

    place(alice, yoga, source=Source.DESK, raise_to=3)

    yoga.refresh_from_db()
    assert yoga.places == 9


def test_a_class_is_not_raised_for_who_is_not_booked(alice: Client, yoga: ClassSession) -> None:
    with pytest.raises(SessionFull):
        place(alice, yoga, source=Source.DESK, places=4, raise_to=3)

    yoga.refresh_from_db()
    assert yoga.places == 2


def test_staff_book_who_is_in_line_out_of_turn(alice: Client, yoga: ClassSession) -> None:
    full = place(alice, yoga, places=2)
    first, second = wait(yoga), wait(yoga)
    cancel_visit(visit=full, actor=None)

    visit = take_waiting_place(place=second, actor=None, by_staff=True)

    assert visit.source == Source.DESK
    assert (fresh(first).state, fresh(second).state) == ("waiting", "taken")
    # A second press is the same visit.
    assert take_waiting_place(place=second, actor=None, by_staff=True) == visit


def test_staff_book_what_is_offered_once(alice: Client, yoga: ClassSession) -> None:
    full = place(alice, yoga, places=2)
    waiting = wait(yoga)
    cancel_visit(visit=full, actor=None)
    offer_places(session_id=yoga.pk)
    assert fresh(waiting).state == "offered"

    take_waiting_place(place=waiting, actor=None, by_staff=True)

    yoga.refresh_from_db()
    assert (yoga.booked_places, yoga.offered_places) == (1, 0)


def test_staff_move_nobody_into_a_full_class(alice: Client, yoga: ClassSession) -> None:
    place(alice, yoga, places=2)
    waiting = wait(yoga)

    with pytest.raises(SessionFull):
        take_waiting_place(place=waiting, actor=None, by_staff=True)

    assert fresh(waiting).state == "waiting"


def test_who_left_the_line_is_not_moved_in(alice: Client, yoga: ClassSession) -> None:
    full = place(alice, yoga, places=2)
    waiting = wait(yoga, ClientFactory())
    leave_waiting_list(place=waiting, actor=None)
    cancel_visit(visit=full, actor=None)

    with pytest.raises(OfferGone):
        take_waiting_place(place=waiting, actor=None, by_staff=True)
