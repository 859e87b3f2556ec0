"""PostgreSQL extensions, made in the first migration with one clear sentence on refusal."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.migrations.operations import RunPython

EXTENSIONS = ("btree_gist", "pg_trgm")


def _create(_apps: Any, editor: Any) -> None:
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name])
            if cursor.fetchone():
                continue
            try:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
            except DatabaseError as error:
                raise ImproperlyConfigured(
                    f"The database needs the extension {name}, and its user may not create it. "
                    f"Run as a database superuser: CREATE EXTENSION {name};"
                ) from error


class CreateExtensions(RunPython):
    """btree_gist for the overlap constraint, pg_trgm for name search; nothing on SQLite."""

    reduces_to_sql = False

    def __init__(self) -> None:
        super().__init__(_create, RunPython.noop)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__name__, [], {})
