"""An empty PostgreSQL database to try something on.

    scripts/scratch_database.py make              prints its address
    scripts/scratch_database.py drop ADDRESS

Made beside the one that TEST_DATABASE_URL names.
"""

from __future__ import annotations

import os
import secrets
import sys
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/postgres"
PREFIX = "loyalty_scratch_"


def server() -> str:
    return os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL


def make() -> str:
    name = PREFIX + secrets.token_hex(4)
    with psycopg.connect(server(), autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = urlsplit(server())
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def drop(address: str) -> None:
    name = urlsplit(address).path.lstrip("/")
    if not name.startswith(PREFIX):
        sys.exit(f"{name} is not a scratch database.")
    with psycopg.connect(server(), autocommit=True, connect_timeout=5) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make"]:
            print(make())
        case ["drop", address]:
            drop(address)
        case _:
            sys.exit(__doc__)
