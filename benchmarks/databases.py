"""The benchmarks' own databases on the server, and pointing Django at one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections
from psycopg import sql

from scripts.run_tests import DEFAULT_URL

PREFIX = "bench_"


def server() -> str:
    return os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL


def address_of(name: str) -> str:
    """The libpq address of the database ``name``."""
    parts = urlsplit(server())
    return urlunsplit(("postgresql", parts.netloc, f"/{name}", parts.query, ""))


def _on_server() -> psycopg.Connection[Any]:
    return psycopg.connect(server(), autocommit=True, connect_timeout=5)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """One process at a time makes or drops the database ``name``; the others wait here."""
    with _on_server() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        yield


def comment_on(name: str) -> str | None:
    """The comment of a database, empty without one; None when there is no such database."""
    with _on_server() as connection:
        row = connection.execute(
            "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
            " WHERE datname = %s",
            [name],
        ).fetchone()
    return row[0] if row else None


def set_comment(name: str, comment: str) -> None:
    with _on_server() as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(name), sql.Literal(comment)
            )
        )


def create(name: str, template: str | None = None) -> None:
    """An empty database, or a copy of ``template``, which nobody may be connected to."""
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        command += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with _on_server() as connection:
        connection.execute(command)


def drop(name: str) -> None:
    if not name.startswith(PREFIX):
        raise ValueError(f"{name} is not a benchmark's database")
    with _on_server() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def hurry(name: str, *, on: bool) -> None:
    """Let commits of new connections not wait for the disk: for building, not for measuring."""
    command = sql.SQL("SET synchronous_commit = off" if on else "RESET synchronous_commit")
    with _on_server() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} {}").format(sql.Identifier(name), command))


def point_django_at(name: str) -> None:
    """Let the default connection of every thread made from now on open ``name``."""
    connections["default"].close()
    connections.settings["default"] |= {"NAME": name}
    del connections["default"]


@contextmanager
def django_on_sqlite(path: Path, *, synchronous: str = "FULL") -> Iterator[None]:
    """Django on a SQLite file, set up as in production, and back; OFF is for building only."""
    from loyalty_site.settings.databases import sqlite_options

    before = connections.settings["default"]
    connections["default"].close()
    del connections["default"]
    connections.settings["default"] = before | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": sqlite_options(synchronous=synchronous),
    }
    try:
        yield
    finally:
        connections["default"].close()
        del connections["default"]
        connections.settings["default"] = before
