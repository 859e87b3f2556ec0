"""Telling a database that is away, full or read-only from a fault of ours (reliability F09, F47).

Such an error says nothing about what was asked: the same request succeeds as soon as the database
is back. So the web says "in a moment", and the sweep stops instead of looking for a bad row.
"""

from __future__ import annotations

import sqlite3

import psycopg
from django.db import Error as DjangoDatabaseError

# Classes of SQLSTATE: connection lost, resources (disk full, too many connections), stopped by the
# operator, system error (input/output).
_AWAY_CLASSES = ("08", "53", "57P", "58")
_READ_ONLY = "25006"
_LOCK_NOT_AVAILABLE = "55P03"

_SQLITE_AWAY = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def is_outage(error: BaseException | None) -> bool:
    """The database is away, full or takes no writes; whatever was asked, it could not be done."""
    cause = _drivers_error(error)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE_AWAY
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        # Without a state it comes from the client's side: no connection, or one that broke.
        return cause.sqlstate is None or cause.sqlstate.startswith(_AWAY_CLASSES)
    return isinstance(cause, psycopg.Error) and cause.sqlstate == _READ_ONLY


def is_busy(error: BaseException | None) -> bool:
    """A lock was not to be had in time: somebody else works on the same rows."""
    cause = _drivers_error(error)
    if isinstance(cause, sqlite3.Error):
        return _sqlite_code(cause) in _SQLITE_BUSY
    return isinstance(cause, psycopg.Error) and cause.sqlstate == _LOCK_NOT_AVAILABLE


def _drivers_error(error: BaseException | None) -> BaseException | None:
    """What the database's driver said; Django wraps it."""
    return error.__cause__ if isinstance(error, DjangoDatabaseError) else error


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary code; the extended one says more in its upper bytes."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
