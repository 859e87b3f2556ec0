"""What a command looks at again, though something behind it would hold: seen by itself."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.models import Booking
from bookings.sessions import create_session
from catalogue.models import Service
from clients.models import Client
from loyalty import sql
from loyalty.models import Award
from sales.class_sessions import cancel_session
from sales.reminders import queue_reminders
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ProviderFactory, book

pytestmark = pytest.mark.django_db


def test_a_class_cancelled_again_keeps_its_hour(clock: Clock) -> None:
    provider = ProviderFactory()
    service = ClassServiceFactory(providers=[provider])
    session = create_session(
        service=service, provider=provider, starts_at=clock.now + dt.timedelta(days=1), actor=None
    )
    once = cancel_session(session=session, actor=None).cancelled_at
    clock.advance(hours=1)

    assert cancel_session(session=session, actor=None).cancelled_at == once


def test_nobody_is_reminded_of_what_is_under_way(
    alice: Client, massage: Service, clock: Clock
) -> None:
    visit = book(alice, massage, clock.now.replace(hour=10) + dt.timedelta(days=3))
    clock.move_to(visit.starts_at + dt.timedelta(minutes=10))

    assert queue_reminders() == 0


def test_what_nobody_marked_is_not_found(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    book(alice, massage, tomorrow_ten)
    award = Award.objects.get()
    clock.move_to(award.due_at)

    def found() -> list[int]:
        return sql.due_award_ids(clock.now, limit=10, skip=[], only_marked=True)

    assert found() == []
    Booking.objects.update(status="completed")
    assert found() == [award.pk]
