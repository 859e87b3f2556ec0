"""F49 and F50: a migration that is killed midway and run again, and a guard that got lost."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.db import connection

from tests.faults.dying import run_child, run_until_killed
from tests.project.production import production_environment

pytestmark = pytest.mark.long

MIGRATE = "from django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"
VERIFY = (
    "from foundation.guards import verify_guards\n"
    "from django.core.management import call_command\n"
    "verify_guards()\n"
    "call_command('migrate', check_unapplied=True, verbosity=0)\n"
    "call_command('audit_ledger')\n"
)


def scratch_module() -> ModuleType:
    path = Path(settings.BASE_DIR) / "scripts" / "scratch_database.py"
    spec = importlib.util.spec_from_file_location("scratch_database", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[str]:
    """The name of an empty database of the engine that is tested."""
    if connection.vendor == "sqlite":
        yield str(tmp_path / "scratch.sqlite3")
        return
    module = scratch_module()
    address = module.make()
    yield address.rsplit("/", 1)[1]
    module.drop(address)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ['CREATE TABLE "loyalty_pointentry"', 'ADD CONSTRAINT "award_', "CREATE TRIGGER award_kept"],
    ids=["in a table", "in a constraint", "in the guards"],
)
def test_migrate_killed_midway_completes_when_run_again(scratch: str, statement: str) -> None:
    if connection.vendor == "sqlite" and "CONSTRAINT" in statement:
        statement = 'CREATE TABLE "loyalty_award"'
    run_until_killed(f"die_before({statement!r})\n{MIGRATE}", database=scratch)

    again = run_child(MIGRATE + MIGRATE + VERIFY, database=scratch)

    assert again.returncode == 0, again.stderr
    assert "no violations" in again.stdout


@pytest.fixture(scope="module")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a site whose last migration lost a guard."""
    environment = production_environment(DATA_DIR=str(tmp_path_factory.mktemp("unguarded")))
    manage(environment, "migrate", "--verbosity", "0")
    drop = "from foundation.guards import drop_guards; drop_guards(['loyalty_award'])"
    manage(environment, "shell", "-v", "0", "-c", drop)
    return environment


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.parametrize("start", ["web", "worker", "beat"])
def test_nothing_starts_without_its_guards(
    unguarded: dict[str, str], tmp_path: Path, start: str
) -> None:
    """F50: the migration that lost a guard did not put it back, and the deploy stops."""
    celery = [sys.executable, "-m", "celery", "-A", "loyalty_site", start]
    command = {
        "web": [sys.executable, "-c", "import loyalty_site.wsgi"],
        "worker": [*celery, "--pool", "solo"],
        "beat": [*celery, "--schedule", str(tmp_path / "schedule")],
    }[start]

    refused = subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=unguarded,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert refused.returncode == 3, refused.stderr
    assert "lacks these guards" in refused.stderr
    assert "award_kept" in refused.stderr


def manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**environment, "HOME": os.environ.get("HOME", "/")},
        check=True,
    )
