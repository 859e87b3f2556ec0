"""Guards of a provider's time that another check usually meets first, each met alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from bookings.errors import SlotTaken, TooSoon
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Hold, Occupation
from bookings.occupying import claiming
from bookings.scheduling import schedule_visit
from business.profile import get_business
from catalogue.models import Provider, Service
from clients.models import Client
from tests.conftest import Clock
from tests.factories import ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def haircut(db: None) -> Service:
    return ServiceFactory(providers=[ProviderFactory()])


@pytest.fixture
def hold(haircut: Service, clock: Clock) -> Hold:
    return place_hold(lines=[Line(haircut)], starts_at=clock.now + dt.timedelta(hours=3))


def claim(hold: Hold) -> Provider:
    assert hold.provider_id is not None
    with (
        transaction.atomic(),
        claiming(
            provider_id=hold.provider_id, starts_at=hold.starts_at, ends_at=hold.ends_at
        ) as taker,
    ):
        return taker


def test_an_archived_provider_takes_no_time(hold: Hold, clock: Clock) -> None:
    Provider.objects.update(archived_at=clock.now)

    with pytest.raises(SlotTaken):
        claim(hold)


def test_a_live_hold_keeps_its_time_from_others(hold: Hold) -> None:
    claim(hold)

    assert Occupation.objects.filter(hold=hold).exists()


def test_an_expired_hold_books_by_the_rules_of_the_hour(
    alice: Client, haircut: Service, hold: Hold, clock: Clock
) -> None:
    clock.move_to(hold.starts_at - dt.timedelta(minutes=get_business().notice_minutes - 1))

    with pytest.raises(TooSoon):
        schedule_visit(
            client=alice,
            lines=[Line(haircut)],
            starts_at=hold.starts_at,
            source="online",
            note="",
            actor=None,
            hold=hold,
        )
