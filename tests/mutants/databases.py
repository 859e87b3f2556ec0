"""The runner's databases: one per trial that runs at the same time, each migrated once."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.run_tests import DEFAULT_URL
from tests.mutants.kinds import POSTGRESQL, SQLITE

SUFFIX = "_mutants"


def choose(database: str, folder: Path) -> None:
    """Set what the settings read; before the product is loaded."""
    os.environ["TEST_DB_SUFFIX"] = f"{SUFFIX}{os.getpid()}"
    if database == POSTGRESQL:
        os.environ.setdefault("TEST_DATABASE_URL", DEFAULT_URL)
    else:
        os.environ.pop("TEST_DATABASE_URL", None)
    os.environ["TMPDIR"] = str(folder)


def make(database: str, folder: Path, count: int) -> list[str]:
    """Names of ``count`` equal databases, migrated and guarded. Runs in a process of its own."""
    from django.db import connection

    name = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    if database == SQLITE:
        names = [str(folder / f"slot{number}.sqlite3") for number in range(count)]
        for each in names:
            shutil.copyfile(name, each)
        shutil.copyfile(name, folder / "template.sqlite3")
        return names
    names = [name, *(f"{name}_{number}" for number in range(1, count))]
    with _server() as run:
        for each in names[1:]:
            run(f'CREATE DATABASE "{each}" TEMPLATE "{name}"')
    return names


def refresh(database: str, folder: Path, name: str) -> None:
    """A clean SQLite file. A PostgreSQL database is put right by the trial itself."""
    if database == SQLITE:
        for rest in ("-wal", "-shm"):
            Path(name + rest).unlink(missing_ok=True)
        shutil.copyfile(folder / "template.sqlite3", name)


def drop(database: str, names: Sequence[str]) -> None:
    if database == POSTGRESQL:
        with _server() as run:
            for each in names:
                run(f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')


@contextlib.contextmanager
def _server() -> Iterator[object]:
    import psycopg

    url = os.environ["TEST_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        yield connection.execute
