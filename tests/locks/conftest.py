"""Rows that are really written, and deleted again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from catalogue.models import Service
from loyalty.models import Reward
from tests.emptying import empty_the_database
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    turn_on,
)


@pytest.fixture
def massage(db: None) -> Service:
    """72.00 and 60 points; loyalty is on."""
    turn_on("loyalty")
    service = ServiceFactory(providers=[ProviderFactory()])
    EarningRuleFactory(service=service, points=60)
    return service


@pytest.fixture
def reward(db: None) -> Reward:
    """A card of 50.00 for 500 points; loyalty is on."""
    turn_on("loyalty")
    return RewardFactory(points=500)


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Stands in for pytest-django's: committed for other connections, then deleted."""
    with django_db_blocker.unblock():
        yield
        empty_the_database()
        connection.close()
