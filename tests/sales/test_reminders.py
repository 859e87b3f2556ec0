"""Reminders: once per time of a visit, for what still stands, and never too late."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import F

from bookings.changes import record_change
from bookings.models import Booking, BookingStatus, ChangeKind, Visit
from business.models import Business
from catalogue.models import Provider, Service
from clients.models import Client
from clients.people import create_client
from notifications.models import Message
from notifications.outbox import as_already_sent
from notifications.sending import send_due_messages
from sales.marking import mark_arrived
from sales.reminders import queue_reminders
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import ProviderFactory
from tests.sales.test_visits import book

pytestmark = pytest.mark.django_db

IN_THREE_DAYS = dt.datetime(2025, 11, 7, 8, 0, tzinfo=dt.UTC)  # Friday, 10:00 in Helsinki


@pytest.fixture
def visit(alice: Client, massage: Service) -> Visit:
    with as_already_sent():
        return book(alice, massage, IN_THREE_DAYS)


def move(visit: Visit, to: dt.datetime) -> None:
    """As the moving command leaves the rows."""
    for booking in visit.bookings.all():
        before = booking.starts_at
        Booking.objects.filter(pk=booking.pk).update(
            starts_at=to,
            ends_at=to + (booking.ends_at - before),
            blocked_from=to,
            blocked_to=to + (booking.blocked_to - before),
        )
        booking.refresh_from_db()
        record_change(booking=booking, kind=ChangeKind.MOVED, actor=None, starts_before=before)
    Visit.objects.filter(pk=visit.pk).update(
        starts_at=to,
        ends_at=to + (visit.ends_at - visit.starts_at),
        calendar_sequence=F("calendar_sequence") + 1,
    )
    visit.refresh_from_db()


def kinds() -> list[str]:
    return list(Message.objects.filter(kind="visit_reminder").values_list("state", flat=True))


def test_reminder_is_queued_once_when_its_hour_has_come(visit: Visit, clock: Clock) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24, minutes=1))
    assert queue_reminders() == 0

    clock.advance(minutes=1)
    assert (queue_reminders(), queue_reminders()) == (1, 0)

    (message,) = Message.objects.filter(kind="visit_reminder")
    assert message.client == visit.client
    assert message.subjects == {"visit": visit.pk}
    assert message.dedupe_key == f"visit:{visit.pk}:reminder:0"


def test_reminder_says_when_and_carries_the_calendar_file(
    visit: Visit, clock: Clock, mailoutbox: list[Any]
) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24))
    queue_reminders()
    send_due_messages()

    (mail,) = mailoutbox
    assert mail.subject.startswith("Reminder: Friday 7 November 10:00 at ")
    assert "We look forward to seeing you on Friday 7 November at 10:00." in mail.body
    (file,) = mail.attachments
    assert file.get_content_type() == "text/calendar"


def test_owner_decides_how_early_and_whether(visit: Visit, clock: Clock) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24))
    Business.objects.update(reminder_hours=0)
    assert queue_reminders() == 0

    Business.objects.update(reminder_hours=23)
    assert queue_reminders() == 0

    Business.objects.update(reminder_hours=48)
    assert queue_reminders() == 1


def test_who_books_later_than_the_reminder_s_hour_is_not_reminded(
    alice: Client, massage: Service, clock: Clock
) -> None:
    book(alice, massage, clock.now + dt.timedelta(hours=24))
    clock.advance(hours=1)

    assert queue_reminders() == 0


def test_cancelled_visits_have_no_reminder(visit: Visit, clock: Clock) -> None:
    cancel_visit(visit=visit, actor=None)
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=20))

    assert queue_reminders() == 0


def test_a_deleted_visit_has_no_reminder(visit: Visit, clock: Clock) -> None:
    Visit.objects.update(hidden_at=clock.now)
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=20))

    assert queue_reminders() == 0


@pytest.mark.parametrize(
    ("status", "many"),
    [(BookingStatus.BOOKED, 1), (BookingStatus.ARRIVED, 1), (BookingStatus.NO_SHOW, 0)],
)
def test_only_who_is_still_expected_is_reminded(
    visit: Visit, clock: Clock, status: BookingStatus, many: int
) -> None:
    Booking.objects.update(status=status)
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=20))

    assert queue_reminders() == many


def test_after_days_of_standstill_only_what_is_to_come_is_told(
    visit: Visit, alice: Client, massage: Service, clock: Clock, mailoutbox: list[Any]
) -> None:
    with as_already_sent():
        later = book(alice, massage, IN_THREE_DAYS + dt.timedelta(hours=5))
    clock.move_to(IN_THREE_DAYS + dt.timedelta(hours=1))

    assert queue_reminders() == 1

    send_due_messages()
    assert [mail.subject.split(": ")[1][:23] for mail in mailoutbox] == ["Friday 7 November 15:00"]
    assert Message.objects.get(kind="visit_reminder").subjects == {"visit": later.pk}


def test_a_reminder_that_waited_until_the_visit_began_is_dropped(
    visit: Visit, clock: Clock, mailoutbox: list[Any]
) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=1))
    queue_reminders()
    clock.move_to(IN_THREE_DAYS)

    send_due_messages()

    assert (mailoutbox, kinds()) == ([], ["dropped"])


def test_a_visit_cancelled_meanwhile_is_not_reminded(
    visit: Visit, clock: Clock, mailoutbox: list[Any]
) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24))
    queue_reminders()
    cancel_visit(visit=visit, actor=None)

    send_due_messages()

    assert [mail.subject.split(":")[0] for mail in mailoutbox] == ["Cancelled"]
    assert kinds() == ["dropped"]


def test_a_visit_moved_meanwhile_is_reminded_of_its_new_time_alone(
    visit: Visit, clock: Clock, mailoutbox: list[Any]
) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24))
    queue_reminders()
    move(visit, IN_THREE_DAYS + dt.timedelta(days=3))

    send_due_messages()
    assert (mailoutbox, kinds()) == ([], ["dropped"])

    clock.move_to(visit.starts_at - dt.timedelta(hours=24))
    assert queue_reminders() == 1
    send_due_messages()
    assert [mail.subject.split(" at ")[0] for mail in mailoutbox] == [
        "Reminder: Monday 10 November 10:00"
    ]


def test_a_visit_reminded_of_and_then_moved_away_is_reminded_again(
    visit: Visit, clock: Clock, mailoutbox: list[Any]
) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=24))
    queue_reminders()
    send_due_messages()
    move(visit, IN_THREE_DAYS + dt.timedelta(days=3))
    clock.move_to(visit.starts_at - dt.timedelta(hours=2))

    assert (queue_reminders(), queue_reminders()) == (1, 0)


def test_who_moves_later_than_the_reminder_s_hour_is_not_reminded(
    visit: Visit, clock: Clock
) -> None:
    """Who moved it half a day ahead knows when it is: the mail of the move said so."""
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=30))
    move(visit, IN_THREE_DAYS - dt.timedelta(hours=18))
    clock.advance(minutes=5)

    assert queue_reminders() == 0


def test_reminders_are_queued_in_a_fixed_number_of_queries(
    massage: Service,
    aino: Provider,
    clock: Clock,
    django_assert_num_queries,
) -> None:
    for number in range(5):
        provider = ProviderFactory(services=[massage])
        client = create_client(first_name="Carl", email="carl@example.test", actor=None)
        assert provider.pk
        book(client, massage, IN_THREE_DAYS + dt.timedelta(hours=number))
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=10))

    with django_assert_num_queries(3):
        assert queue_reminders() == 5


def test_arriving_early_changes_nothing(visit: Visit, clock: Clock) -> None:
    clock.move_to(IN_THREE_DAYS - dt.timedelta(hours=1))
    mark_arrived(booking=visit.bookings.get(), actor=None)

    assert queue_reminders() == 1


@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("Europe/Helsinki", dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC)),
        ("Europe/Helsinki", dt.datetime(2025, 10, 26, 12, tzinfo=dt.UTC)),
    ],
)
def test_a_night_of_a_clock_change_moves_no_reminder(
    alice: Client, massage: Service, clock: Clock, zone: str, starts_at: dt.datetime
) -> None:
    Business.objects.update(timezone=zone)
    clock.move_to(starts_at - dt.timedelta(days=10))
    visit = book(alice, massage, starts_at - dt.timedelta(days=2))
    move(visit, starts_at)

    clock.move_to(starts_at - dt.timedelta(hours=24, seconds=1))
    assert queue_reminders() == 0
    clock.advance(seconds=1)
    assert queue_reminders() == 1
