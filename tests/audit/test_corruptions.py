"""The audit audited: with every guard and CHECK off, each lie is found under its own name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from foundation import clock as project_clock
from foundation.audit import Finding, load_checks
from foundation.guards import drop_guards
from tests.audit.corruptions import CORRUPTIONS
from tests.audit.salon import live_through
from tests.conftest import Clock
from tests.machine.world import World, build_world

pytestmark = pytest.mark.django_db


def run_audit() -> dict[str, Finding]:
    return {name: check() for name, check in load_checks().items()}


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
    """What the triggers and CHECKs would have refused is possible."""
    drop_guards()
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
    yield honest
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_every_check_has_its_lie() -> None:
    assert set(CORRUPTIONS) == set(load_checks())


def test_an_honest_salon_raises_no_alarm_and_every_check_looks_at_something(
    honest: World,
) -> None:
    findings = run_audit()

    assert {name: found.violations for name, found in findings.items() if found.violations} == {}
    assert [name for name, found in findings.items() if not found.rows] == []


@pytest.mark.parametrize("name", sorted(CORRUPTIONS))
def test_a_lie_is_found_under_its_own_name(unguarded: World, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(CORRUPTIONS[name])
        assert cursor.rowcount > 0, "nothing was changed"

    assert load_checks()[name]().violations
