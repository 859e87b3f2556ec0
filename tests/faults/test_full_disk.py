"""F47: a full disk or a read-only database. A request fails whole, and health turns red."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client as Browser

from bookings.models import Booking, Visit
from clients.models import Client
from foundation import rates
from foundation.models import FormUse
from loyalty.models import Award
from notifications.models import Message
from notifications.outbox import as_already_sent, queue_message
from sales.models import Sale
from tests.factories import turn_on
from tests.faults.whole import audit_is_clean
from tests.website.booking import (
    THURSDAY_10,
    choose_time,
    give_details,
    last_button,
    massage,
)

pytestmark = pytest.mark.django_db(transaction=True)

WRITTEN = (Visit, Booking, Sale, Award, Message, FormUse, Client)


@contextmanager
def read_only() -> Iterator[None]:
    """The database takes no writes: a failed-over PostgreSQL, a file system that was remounted."""
    on, off = (
        ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
        if connection.vendor == "sqlite"
        else (
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
            "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        )
    )
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@contextmanager
def disk_full() -> Iterator[None]:
    """SQLite may not grow by one page, and the pages of the two tables that are written last have
    no room left."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    fill(add_message)
    fill(add_counter)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 1073741823")


def fill(add: Callable[[int], object]) -> None:
    def until_full() -> None:
        for number in range(10_000):
            add(number)

    with pytest.raises(OperationalError, match="full"):
        until_full()


def add_message(number: int) -> None:
    with as_already_sent():
        queue_message(kind="visit_booked", to_email="a@example.test", dedupe_key=f"fill:{number}")


def add_counter(number: int) -> None:
    rates.hit("fill", str(number), limit=1, seconds=60)


def in_a_moment(answer: Any) -> bool:
    return answer.status_code == 503 and "Retry-After" in answer.headers


def counts() -> list[int]:
    return [model.objects.count() for model in WRITTEN]


@pytest.fixture
def review(client: Browser) -> str:
    """The last step of a guest's booking."""
    turn_on("loyalty")
    client.raise_request_exception = False
    return give_details(client, choose_time(client, massage(), THURSDAY_10))


def test_read_only_database_fails_the_request_whole(client: Browser, review: str) -> None:
    sent, before = last_button(client, review), counts()

    with read_only():
        assert in_a_moment(client.post(review, sent))
        assert client.get("/services/").status_code == 200
        health = client.get("/healthz")

    assert counts() == before
    assert health.status_code == 503
    assert health.json()["database"]["ok"] is False
    assert client.post(review, sent).status_code == 302
    assert Visit.objects.count() == 1
    assert audit_is_clean()
    assert client.get("/healthz").json()["database"]["ok"] is True


def test_full_disk_fails_the_request_whole(client: Browser, review: str) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk is not this test's to fill; read-only is tested above")
    sent = last_button(client, review)

    with disk_full():
        before = counts()
        assert in_a_moment(client.post(review, sent))
        health = client.get("/healthz")
        assert counts() == before

    assert health.status_code == 503
    assert client.post(review, sent).status_code == 302
    assert Visit.objects.count() == 1
    assert audit_is_clean()
