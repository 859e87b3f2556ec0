"""Looking for a secret in every place where text is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection


@dataclass(frozen=True)
class Found:
    """``secret`` is its name, never itself; ``place`` a table and column, a file, the log."""

    secret: str
    place: str


def in_text(secrets: dict[str, set[str]], place: str, text: str) -> Iterator[Found]:
    folded = text.lower()
    for name, values in secrets.items():
        if any(value.lower() in folded for value in values):
            yield Found(name, place)


def in_database(secrets: dict[str, set[str]]) -> Iterator[Found]:
    """Every column of every table, written out as text; histories and join tables included."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        table = model._meta.db_table
        columns = [field.column for field in model._meta.local_concrete_fields]
        quoted = ", ".join(f'"{column}"' for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT {quoted} FROM "{table}"')
            rows = cursor.fetchall()
        for number, column in enumerate(columns):
            text = "\n".join(str(row[number]) for row in rows if row[number] is not None)
            yield from in_text(secrets, f"{table}.{column}", text)


def in_sessions(secrets: dict[str, set[str]]) -> Iterator[Found]:
    """Inside the sessions, which the table keeps signed and packed."""
    for session in Session.objects.all():
        yield from in_text(secrets, "in a session", json.dumps(session.get_decoded(), default=str))


def in_cache(secrets: dict[str, set[str]]) -> Iterator[Found]:
    kept: dict[Any, Any] = getattr(cache, "_cache", {})
    for key, value in kept.items():
        yield from in_text(secrets, "cache", f"{key} {value!r}")


def in_files(secrets: dict[str, set[str]], folder: Path) -> Iterator[Found]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".sqlite3" not in path.name:
            text = path.read_bytes().decode("utf-8", "replace")
            yield from in_text(secrets, f"file {path.name}", text)
