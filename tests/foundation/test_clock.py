from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection

from foundation import clock as project_clock

NOON = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)


def test_now_is_the_fixed_instant_in_utc():
    summer_in_helsinki = dt.timezone(dt.timedelta(hours=3))

    with project_clock.fixed(NOON.astimezone(summer_in_helsinki)):
        assert project_clock.is_fixed()
        assert project_clock.now() == NOON
        assert project_clock.now().tzinfo == dt.UTC


def test_fixed_ends_with_its_block_and_nests(clock):
    with project_clock.fixed(NOON):
        with project_clock.fixed(NOON + dt.timedelta(hours=1)):
            assert project_clock.now().hour == 13
        assert project_clock.now().hour == 12
    assert project_clock.now() == clock.now


def test_set_fixed_holds_in_every_thread():
    seen = []
    project_clock.set_fixed(NOON)

    thread = threading.Thread(target=lambda: seen.append(project_clock.now()))
    thread.start()
    thread.join()

    assert seen == [NOON]


@pytest.mark.parametrize("source", ["system", "fixed"])
def test_now_without_a_fixed_instant_is_the_host_clock(settings, source):
    project_clock.set_fixed(None)
    settings.CLOCK = source

    before = dt.datetime.now(dt.UTC)
    now = project_clock.now()

    assert not project_clock.is_fixed()
    assert before <= now <= dt.datetime.now(dt.UTC)


@pytest.mark.django_db
def test_now_from_the_database_goes_on_inside_a_transaction(settings):
    """clock_timestamp(), not now(): an instant read after the locks is not before them."""
    project_clock.set_fixed(None)
    settings.CLOCK = "database"

    first, second = project_clock.now(), project_clock.now()

    assert first < second
    assert first.tzinfo == dt.UTC
    assert abs(first - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            began = cursor.fetchone()[0]
        assert began < first
