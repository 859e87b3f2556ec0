"""A visit whose points are on the way, without the engine that books it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from bookings.models import Booking, BookingKind, Source, Visit
from business.profile import get_business
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock as project_clock
from loyalty.awards import promise_award
from loyalty.models import Award
from tests.factories import EarningRuleFactory, ProviderFactory, ServiceFactory, turn_on

Promise = Callable[..., Award]


@pytest.fixture
def massage(db: None) -> Service:
    """Earns 60 points a booking; loyalty is on."""
    turn_on("loyalty")
    provider = ProviderFactory()
    service = ServiceFactory(name_en="Deep tissue massage", providers=[provider])
    EarningRuleFactory(service=service, points=60)
    return service


def make_booking(
    client: Client,
    service: Service,
    starts_at: dt.datetime,
    *,
    minutes: int = 60,
    places: int = 1,
) -> Booking:
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    visit = Visit.objects.create(
        client=client,
        source=Source.ONLINE,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=project_clock.now(),
    )
    provider = Provider.objects.filter(services=service).first() or ProviderFactory()
    return Booking.objects.create(
        visit=visit,
        kind=BookingKind.APPOINTMENT,
        service=service,
        provider=provider,
        service_name_en=service.name_en,
        places=places,
        price_minor=service.price_minor,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_from=starts_at,
        blocked_to=ends_at,
        status_changed_at=project_clock.now(),
    )


@pytest.fixture
def promise(massage: Service) -> Promise:
    """``promise(alice)``: an award for an hour's massage that begins now."""

    def make(
        client: Client, starts_at: dt.datetime | None = None, service: Service = massage
    ) -> Award:
        booking = make_booking(client, service, starts_at or project_clock.now())
        award = promise_award(booking=booking, client=client, business=get_business())
        assert award is not None
        return award

    return make
