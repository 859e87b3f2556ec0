"""Rows of many accounts at once, told to the database as one parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Func

from foundation.sql import among, listed


class Among(Func):
    """Whether ``column`` is one of ``ids``."""

    arity = 1
    output_field = BooleanField()

    def __init__(self, column: str, ids: Iterable[int]) -> None:
        super().__init__(column)
        self._ids = listed(ids)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} {among()}", [*params, self._ids]
