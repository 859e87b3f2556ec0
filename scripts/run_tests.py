"""`make test`: the whole suite on SQLite, then the same suite on PostgreSQL.

Arguments go to pytest. TEST_DATABASE_URL names the PostgreSQL server (a database of it that the
tests may connect to; they make and drop their own beside it, and keep an empty one to copy from).
With CI=true a server that cannot be reached is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/postgres"


def why_unreachable(url: str) -> str:
    """Empty when tests can run there."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[0]
    return "" if row and row[0] else "its user may not create databases"


def run(name: str, arguments: list[str], environment: dict[str, str]) -> bool:
    print(f"== Tests on {name}", flush=True)
    started = time.monotonic()
    code = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode
    print(f"== Tests on {name}: exit {code} after {time.monotonic() - started:.0f} s", flush=True)
    return code == 0


def main() -> int:
    arguments = sys.argv[1:]
    if not any(argument.startswith(("-n", "-p", "--pdb")) for argument in arguments):
        # In the order of tests/conftest.py: xdist's own begins with the files of many tests, and
        # the long ones have few.
        arguments = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *arguments]
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL
    plain = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}

    passed = run("SQLite", arguments, plain)

    reason = why_unreachable(url)
    if not reason:
        # Tests marked `once` ask nothing of the database: they are not run a second time.
        there = plain | {"TEST_DATABASE_URL": url, "ONCE_IS_DONE": "yes"}
        return 0 if run("PostgreSQL", arguments, there) & passed else 1
    where = urlsplit(url)
    print(
        f"== Left out: the tests on PostgreSQL, races among them. {where.hostname}:"
        f"{where.port or 5432} did not answer as needed ({reason}). Set TEST_DATABASE_URL to a"
        " server whose user may create databases."
    )
    if os.environ.get("CI", "").lower() == "true":
        print("== CI=true: that is a failure.")
        return 1
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
