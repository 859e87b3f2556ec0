"""A salon in Helsinki on Tuesday 4 November 2025, 11:00 on its clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from bookings.models import ClassSession
from bookings.sessions import create_session
from business.models import Business
from catalogue.models import Provider, Resource, Service
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
TUESDAY = dt.date(2025, 11, 4)
WEDNESDAY = dt.date(2025, 11, 5)
SUNDAY = dt.date(2025, 11, 9)


def at(hour: int, minute: int = 0, day: dt.date = WEDNESDAY) -> dt.datetime:
    """A time on the salon's wall clock as an instant."""
    local = dt.datetime.combine(day, dt.time(hour, minute), tzinfo=HELSINKI)
    return local.astimezone(dt.UTC)


@pytest.fixture
def business(db: None) -> Business:
    return Business.objects.get(pk=1)


@pytest.fixture
def freja(db: None) -> Provider:
    """Works Monday to Friday, 09–17."""
    return ProviderFactory(name="Freja")


@pytest.fixture
def ville(db: None) -> Provider:
    """Works the same hours."""
    return ProviderFactory(name="Ville")


@pytest.fixture
def haircut(freja: Provider) -> Service:
    """An hour, by Freja alone."""
    return ServiceFactory(name_en="Haircut", name_da="Klipning", providers=[freja])


@pytest.fixture
def massage(freja: Provider, ville: Provider) -> Service:
    """An hour, by Freja or Ville."""
    return ServiceFactory(name_en="Massage", providers=[freja, ville])


@pytest.fixture
def yoga(freja: Provider) -> Service:
    """A class of three places."""
    return ClassServiceFactory(name_en="Yoga", places=3, providers=[freja])


@pytest.fixture
def session(yoga: Service, freja: Provider) -> ClassSession:
    """Yoga on Wednesday, 17:30."""
    return create_session(service=yoga, provider=freja, starts_at=at(17, 30), actor=None)


@pytest.fixture
def rooms(db: None) -> Callable[..., list[Resource]]:
    """``rooms(service, …, many=2)``: that many of a kind that the services need."""

    def make(*services: Service, many: int = 1, name: str = "Room") -> list[Resource]:
        kind = ResourceKindFactory(services=services)
        return [
            ResourceFactory(kind=kind, name=f"{name} {n}", position=n) for n in range(1, many + 1)
        ]

    return make
