"""A migrated database that test databases are copies of: made once for the migrations at hand.

Migrating takes half a minute, a copy a moment. ``migrate`` still runs on each copy and finds
nothing to do. Removing a template, or all of them, is safe at any time.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection


def copy_template() -> None:
    """Let ``create_test_db`` find a migrated database: call it right before, with ``keepdb`` on
    SQLite."""
    if connection.vendor == "sqlite":
        test_file = Path(connection.settings_dict["TEST"]["NAME"])
        forget_copy()
        shutil.copyfile(_sqlite_template(), test_file)
    else:
        connection.settings_dict["TEST"]["TEMPLATE"] = _postgres_template()


def forget_copy() -> None:
    """The SQLite file; ``keepdb`` keeps pytest-django from it."""
    connection.close()
    if connection.vendor == "sqlite":
        for rest in ("", "-wal", "-shm"):
            Path(f"{connection.settings_dict['TEST']['NAME']}{rest}").unlink(missing_ok=True)


def _sqlite_template() -> Path:
    template = Path(tempfile.gettempdir()) / f"{_name()}.sqlite3"
    with _one_at_a_time():
        if not template.exists():
            made = template.with_suffix(".new")
            made.unlink(missing_ok=True)
            _migrate(str(made))
            made.rename(template)
    return template


def _postgres_template() -> str:
    name = _name()
    with _one_at_a_time(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone()[0]:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}_new"')
            cursor.execute(f'CREATE DATABASE "{name}_new"')
            _migrate(f"{name}_new")
            cursor.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
    return name


def _migrate(name: str) -> None:
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _name() -> str:
    digest = hashlib.sha256()
    for path in sorted(settings.BASE_DIR.glob("*/migrations/*.py")):
        digest.update(path.read_bytes())
    return f"test_loyalty_template_{digest.hexdigest()[:12]}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (Path(tempfile.gettempdir()) / "test_loyalty_template.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
