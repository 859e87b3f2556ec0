"""Telling a lie: the statements of one, of which the last must do something."""

from __future__ import annotations

from django.db import connection

from tests.audit.corruptions import Lie


def tell(lie: Lie) -> None:
    statements = (lie,) if isinstance(lie, str) else lie
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        # To write a table anew is a lie even where it is empty.
        changed = cursor.rowcount or statements[-1].startswith("CREATE TABLE")
        assert changed, f"nothing was changed: {statements[-1]}"
