"""Rows that are really written, and a reset that costs milliseconds.

Emptying every table by TRUNCATE, as ``TransactionTestCase`` does, takes longer than a race of two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction

from business.models import Business, Features
from catalogue.models import Service
from foundation.guards import all_guards
from loyalty.models import Reward
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


# What migrations and ``post_migrate`` write, and no command of these tests changes.
KEPT = {
    "auth.Group",
    "auth.Group_permissions",
    "auth.Permission",
    "contenttypes.ContentType",
    "sites.Site",
}
SETTINGS = (Business, Features)


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Stands in for pytest-django's: committed for other connections, then deleted."""
    with django_db_blocker.unblock():
        before = {model: model._default_manager.values().get() for model in SETTINGS}
        yield
        with transaction.atomic(), connection.cursor() as cursor:
            tables = sorted({guard.table for guard in all_guards()})
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for model in apps.get_models(include_auto_created=True):
                is_kept = model._meta.label in KEPT or model in SETTINGS
                if model._meta.managed and not model._meta.proxy and not is_kept:
                    cursor.execute(f'DELETE FROM "{model._meta.db_table}"')
            for model, values in before.items():
                model._default_manager.update(**values)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.close()
