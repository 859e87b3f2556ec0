"""/healthz tells database, cache and the age of the last sweep."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from loyalty.models import SweepRun
from tests.conftest import Clock

pytestmark = pytest.mark.django_db

LOST_REDIS = {
    "default": {
        "BACKEND": "loyalty_site.cache.ForgivingRedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
        "OPTIONS": {"socket_connect_timeout": 1},
    }
}


def swept(at: dt.datetime) -> None:
    SweepRun.objects.create(started_at=at, finished_at=at, holder="test", credited=0)


def test_new_installation_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["sweep"] == {"ok": True, "age_seconds": None}
    assert answer.headers["Cache-Control"].startswith("max-age=0")


def test_recent_sweep_is_well_and_its_age_is_told(client: Client, clock: Clock) -> None:
    swept(clock.now)
    clock.advance(minutes=6)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["sweep"] == {"ok": True, "age_seconds": 360}


def test_late_sweep_turns_health_red(client: Client, clock: Clock) -> None:
    swept(clock.now)
    clock.advance(minutes=16)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["sweep"]["ok"] is False


def test_only_the_newest_sweep_counts(client: Client, clock: Clock) -> None:
    swept(clock.now - dt.timedelta(days=3))
    swept(clock.now)
    assert client.get("/healthz").status_code == 200


def test_lost_cache_turns_health_red_and_breaks_nothing(client: Client, settings: Any) -> None:
    settings.CACHES = LOST_REDIS
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["cache"] == {"ok": False}
    assert answer.json()["database"]["ok"] is True


def test_lost_database_is_an_answer_and_not_a_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*args: Any, **kwargs: Any) -> Any:
        raise DatabaseError("the server is gone")

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", lost)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == {"ok": False, "error": "DatabaseError"}


def test_a_database_that_tells_no_time_is_told_and_no_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock in production is the database's own."""

    def lost() -> dt.datetime:
        raise DatabaseError

    monkeypatch.setattr("foundation.clock.now", lost)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert [answer.json()[part]["ok"] for part in ("cache", "sweep")] == [False, False]
