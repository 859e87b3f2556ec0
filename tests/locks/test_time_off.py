"""Locks of time off and of taking a class off offer."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.models import ClassSession, SessionRule, Source
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from bookings.time_off import TimeInUse, add_time_off
from business.features import lock_to_switch
from catalogue.models import Provider, Resource, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from sales.archiving import archive_class
from sales.visits import book_place
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
    book,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db", "clock")]

TEN = dt.datetime(2025, 11, 5, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory()


@pytest.fixture
def yoga(freja: Provider) -> Service:
    return ClassServiceFactory(providers=[freja])


@pytest.mark.parametrize("of", [Provider, Resource])
def test_time_off_waits_for_who_books_and_names_it(
    of: type[Provider | Resource], freja: Provider, alice: Client
) -> None:
    massage = ServiceFactory(providers=[freja])
    room = ResourceFactory(kind=ResourceKindFactory(services=[massage]))
    whose = freja if of is Provider else room

    outcome = after_rival(
        lambda: book(alice, massage, TEN),
        lambda: add_time_off(
            whose=whose,
            starts_at=TEN,
            ends_at=TEN + HOUR,
            form_token=new_form_token(),
            actor=None,
        ),
    )

    assert outcome.waited
    assert isinstance(outcome.result, TimeInUse)
    (row,) = outcome.result.in_the_way
    assert row.booking.visit.client == alice


def test_a_session_booked_at_the_same_time_stays(
    yoga: Service, freja: Provider, alice: Client
) -> None:
    session = create_session(service=yoga, provider=freja, starts_at=TEN, actor=None)

    outcome = after_rival(
        lambda: book_place(
            client=alice,
            guest=None,
            session=session,
            source=Source.DESK,
            form_token=new_form_token(),
            actor=None,
        ),
        lambda: archive_class(service=yoga, actor=None),
    )

    assert outcome.waited
    assert outcome.result.stay == [session]
    assert not ClassSession.objects.filter(cancelled_at__isnull=False).exists()


def test_archiving_a_class_waits_for_a_switch_before_it_holds_the_rule(
    yoga: Service, freja: Provider
) -> None:
    rule = create_rule(
        service=yoga,
        provider=freja,
        starts=dt.time(10),
        first_day=TEN.date(),
        last_day=TEN.date() + dt.timedelta(weeks=2),
        actor=None,
    )

    outcome = after_rival(
        lock_to_switch,
        lambda: archive_class(service=yoga, actor=None),
        then=lambda: lock_one(SessionRule.objects.all(), rule.pk),
    )

    assert outcome.waited
    assert outcome.result.cancelled == 3
