"""F09: while the database is away, full or read-only, every page says "in a moment" (503)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection
from django.test import Client as Browser

from foundation.models import User
from foundation.outages import is_busy, is_outage

SQLITE_CODES = {
    sqlite3.SQLITE_FULL: "outage",
    sqlite3.SQLITE_READONLY: "outage",
    sqlite3.SQLITE_IOERR | (2 << 8): "outage",
    sqlite3.SQLITE_CANTOPEN: "outage",
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_ERROR: "",
    sqlite3.SQLITE_CONSTRAINT: "",
}
STATES: dict[type[psycopg.Error], str] = {
    psycopg.OperationalError: "outage",  # no state: the connection broke
    psycopg.InterfaceError: "outage",
    psycopg.errors.ConnectionFailure: "outage",
    psycopg.errors.AdminShutdown: "outage",
    psycopg.errors.CannotConnectNow: "outage",
    psycopg.errors.DiskFull: "outage",
    psycopg.errors.TooManyConnections: "outage",
    psycopg.errors.ReadOnlySqlTransaction: "outage",
    psycopg.errors.IoError: "outage",
    psycopg.errors.LockNotAvailable: "busy",
    psycopg.errors.DeadlockDetected: "",
    psycopg.errors.UniqueViolation: "",
    psycopg.errors.SyntaxError: "",
    psycopg.errors.QueryCanceled: "",
}


def wrapped(cause: Exception) -> DatabaseError:
    """As Django hands it on."""
    error = DatabaseError("wrapped")
    error.__cause__ = cause
    return error


def judged(error: BaseException) -> str:
    return "outage" if is_outage(error) else "busy" if is_busy(error) else ""


@pytest.mark.parametrize(("code", "what"), SQLITE_CODES.items())
def test_an_error_of_sqlite_is_judged_by_its_code(code: int, what: str) -> None:
    cause = sqlite3.OperationalError("said")
    cause.sqlite_errorcode = code
    assert judged(wrapped(cause)) == what


@pytest.mark.parametrize(("kind", "what"), STATES.items())
def test_an_error_of_postgresql_is_judged_by_its_state(
    kind: type[psycopg.Error], what: str
) -> None:
    assert judged(wrapped(kind("said"))) == what


def test_an_error_without_a_database_behind_it_is_ours() -> None:
    for error in (ValueError("x"), OperationalError("x"), IntegrityError("x")):
        assert judged(error) == ""


@pytest.fixture
def away(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing can be asked: what psycopg or sqlite3 say when they cannot connect."""

    def lost(*args: Any, **kwargs: Any) -> Any:
        cause: Exception = psycopg.OperationalError("server closed the connection unexpectedly")
        if connection.vendor == "sqlite":
            cause = sqlite3.OperationalError("unable to open database file")
            cause.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
        raise OperationalError("lost") from cause

    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", lost)
    yield
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/", "We will be back in a moment"),
        ("/da/services/", None),
        ("/account/login/", "We will be back in a moment"),
        ("/admin/", "We will be back in a moment"),
        ("/admin/login/", "We will be back in a moment"),
    ],
)
def test_every_page_says_in_a_moment(
    client: Browser, olga: User, away: None, address: str, words: str | None
) -> None:
    client.raise_request_exception = False
    client.cookies["sessionid"] = "somebodyskey"

    answer = client.get(address)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" in answer.headers
    assert words is None or words in answer.content.decode()


def test_a_form_that_is_sent_says_in_a_moment(client: Browser, away: None) -> None:
    client.raise_request_exception = False
    answer = client.post("/gift-cards/balance/", {"code": "AAAA-AAAA-AAAA-AAAA"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_fault_of_ours_stays_a_plain_error(
    client: Browser, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> Any:
        raise IntegrityError("ours")

    monkeypatch.setattr("website.visitors.get_business", broken)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Retry-After" not in answer.headers
