"""A salon in which everything happened, and the same one with every guard and CHECK off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from foundation import clock as project_clock
from foundation.guards import drop_guards
from tests.audit.salon import live_through
from tests.conftest import Clock
from tests.machine.world import World, build_world


@pytest.fixture(scope="module")
def salon(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[World]:
    """Built once, in a transaction that is rolled back. Each test, and its lie, is a savepoint."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_world(Clock(), Clock.START)
        live_through(world)
        connection.check_constraints()
        yield world
        transaction.set_rollback(True)
    project_clock.set_fixed(None)


@pytest.fixture
def honest(salon: World, clock: Clock) -> World:
    clock.move_to(salon.clock.now)
    return salon


@pytest.fixture
def unguarded(honest: World) -> Iterator[World]:
    """What the triggers and CHECKs would have refused is possible, and undone before the database
    is asked whether every key points somewhere."""
    with transaction.atomic():
        drop_guards()
        _drop_checks()
        yield honest
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def _drop_checks() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute(
                "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)"
                " FROM pg_constraint WHERE contype = 'c'"
                " AND connamespace = current_schema()::regnamespace"
            )
            cursor.execute("; ".join(row[0] for row in cursor.fetchall()))
