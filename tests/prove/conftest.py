"""A scratch copy of the test database for each run, and the run itself in a process of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

KILLS = int(os.environ.get("PROVE_KILLS", "30"))
STOPS = int(os.environ.get("PROVE_STOPS", "3"))
SEED = int(os.environ.get("PROVE_SEED") or secrets.randbelow(10**9))
RESULTS = os.environ.get("PROVE_RESULTS", "")
# Seconds for a run on a busy machine; it takes a tenth of that on an idle one.
PATIENCE = 240 + 4 * KILLS

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name: the path of a socket has little room."""
    made = Path(tempfile.mkdtemp(prefix="prove"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def run(folder: Path, request: pytest.FixtureRequest) -> Run:
    """``run("sweeps", database={"NAME": …})``: what came of it, told to PROVE_RESULTS as well."""

    def in_a_process_of_its_own(scenario: str, **more: Any) -> dict[str, Any]:
        task = {"scenario": scenario, "folder": str(folder), "kills": KILLS, "seed": SEED, **more}
        print(f"seed {SEED}: PROVE_SEED={SEED} repeats the random moments")
        (folder / "task.json").write_text(json.dumps(task))
        with (folder / "output.txt").open("w") as output:
            stem = subprocess.Popen(
                [sys.executable, "-m", "tests.prove.stem", str(folder / "task.json")],
                cwd=settings.BASE_DIR,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "loyalty_site.settings.test"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            try:
                code = stem.wait(PATIENCE)
            finally:
                # Itself, and whoever it left behind.
                with suppress(ProcessLookupError):
                    os.killpg(stem.pid, signal.SIGKILL)
                stem.wait()
        said = (folder / "output.txt").read_text()[-4000:]
        assert code == 0, said
        result: dict[str, Any] = json.loads((folder / "result.json").read_text())
        result |= {"test": request.node.name, "engine": connection.vendor, "seed": SEED}
        print(json.dumps(result, indent=1), said)
        if RESULTS:
            with Path(RESULTS).open("a") as book:
                book.write(json.dumps(result) + "\n")
        return result

    return in_a_process_of_its_own


@pytest.fixture
def scratch(transactional_db: None, folder: Path) -> Iterator[dict[str, Any]]:
    """A copy of the migrated test database: the run may do to it what it likes."""
    connection.close()
    source = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        copy = str(folder / "copy.sqlite3")
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
        yield {"NAME": copy}
        return
    copy = f"{source}_{secrets.token_hex(4)}"
    address = connection.get_connection_params() | {"dbname": "postgres"}
    known = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(
        autocommit=True, **{name: address[name] for name in known if name in address}
    ) as server:
        server.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{source}"')
        try:
            yield {"NAME": copy}
        finally:
            server.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')
