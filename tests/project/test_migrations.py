"""Migrations are up to date and make the same database from nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from foundation.guards import all_guards, drop_guards, install_guards, missing_guards, verify_guards

VERIFY = "from foundation.guards import verify_guards; verify_guards()"


@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    output = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=output)
    assert "No changes detected" in output.getvalue()


def test_no_migration_is_named_by_the_hour() -> None:
    loader = MigrationLoader(None)
    ours = [key for key, each in loader.disk_migrations.items() if _is_ours(each)]
    assert ours
    assert [f"{app}.{name}" for app, name in ours if "_auto_" in name] == []


def _is_ours(migration: Any) -> bool:
    return "site-packages" not in str(__import__(migration.__module__, fromlist=["x"]).__file__)


@pytest.mark.django_db
def test_all_guards_stand_after_migrating() -> None:
    assert all_guards()
    verify_guards()


@pytest.mark.django_db(transaction=True)
def test_a_second_migrate_puts_lost_guards_back() -> None:
    """F49, F50: a rebuilt SQLite table loses its triggers without a word."""
    drop_guards()
    assert missing_guards()
    call_command("migrate", verbosity=0)
    assert missing_guards() == []
    assert install_guards() == []


@pytest.mark.slow
def test_from_nothing_on_a_file_of_its_own(tmp_path: Path) -> None:
    """The demo's first minute. PostgreSQL's is the making of the test database."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "DATA_DIR": str(tmp_path),
        "LOG_LEVEL": "WARNING",
    }
    for _time in ("first", "second"):
        for arguments in (["migrate", "--verbosity", "0"], ["shell", "-v", "0", "-c", VERIFY]):
            subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=environment,
                check=True,
            )
