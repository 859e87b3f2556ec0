"""Shared by the tests of the panel."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Booking
from catalogue.models import Service
from clients.models import Client
from foundation.models import User
from tests.backoffice.booking_pages import at
from tests.factories import (
    PASSWORD,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    turn_on,
)


@pytest.fixture
def root(db: None) -> User:
    """A superuser: may everything that Django knows of, and still no ledger."""
    return User.objects.create_superuser("root@salon.test", PASSWORD, name="Root")


@pytest.fixture
def inline() -> Any:
    """The fields of one inline row with its management form."""

    def fields(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
        data: dict[str, Any] = {
            f"{prefix}-TOTAL_FORMS": len(rows),
            f"{prefix}-INITIAL_FORMS": initial,
            f"{prefix}-MIN_NUM_FORMS": 0,
            f"{prefix}-MAX_NUM_FORMS": 1000,
        }
        for number, row in enumerate(rows):
            data.update({f"{prefix}-{number}-{name}": value for name, value in row.items()})
        return data

    return fields


@pytest.fixture
def desk(client: Browser, daisy: User) -> Browser:
    """Daisy at the panel."""
    client.force_login(daisy)
    return client


@pytest.fixture
def massage(db: None) -> Service:
    """72.00 and 60 points, by Aino; loyalty is on."""
    turn_on("loyalty")
    service = ServiceFactory(
        name_en="Deep tissue massage",
        name_da="Dybdemassage",
        providers=[ProviderFactory(name="Aino")],
    )
    EarningRuleFactory(service=service, points=60)
    return service


@pytest.fixture
def booking(alice: Client, massage: Service) -> Booking:
    """Alice has the massage today at 13:00."""
    return book(alice, massage, at(13)).bookings.get()
