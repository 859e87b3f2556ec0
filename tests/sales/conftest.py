from __future__ import annotations

import datetime as dt

import pytest

from bookings.models import ClassSession
from catalogue.models import Provider, Service
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    turn_on,
)


@pytest.fixture
def aino(db: None) -> Provider:
    return ProviderFactory(name="Aino")


@pytest.fixture
def massage(aino: Provider) -> Service:
    """72.00 and 60 points; loyalty is on."""
    turn_on("loyalty")
    service = ServiceFactory(name_en="Deep tissue massage", providers=[aino])
    EarningRuleFactory(service=service, points=60)
    return service


@pytest.fixture
def tomorrow_ten(clock: Clock) -> dt.datetime:
    """Wednesday 5 November 2025, 10:00 in Helsinki."""
    return dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)


@pytest.fixture
def yoga(tomorrow_ten: dt.datetime) -> ClassSession:
    """A class session of two places in two days; 18.00 and 30 points."""
    from bookings.sessions import create_session

    turn_on("loyalty")
    freja = ProviderFactory(name="Freja")
    service = ClassServiceFactory(name_en="Yoga basics", providers=[freja], places=2)
    EarningRuleFactory(service=service, points=30)
    return create_session(
        service=service,
        provider=freja,
        starts_at=tomorrow_ten + dt.timedelta(days=1),
        actor=None,
    )
