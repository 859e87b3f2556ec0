"""Searching in what staff wrote about a movement, in any case and without accents.

On PostgreSQL the text is folded when it is written, in a column beside it that the database keeps
(``loyalty`` migration 0004) and a trigram index reads: folding there and then takes 20 µs a row.
SQLite, which serves small houses, folds as it reads.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Func, TextField

from foundation.names import fold


class Folded(Func):
    """A movement's ``description`` in lower case and without accents."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        connection.ensure_connection()
        connection.connection.create_function("fold_text", 1, fold, deterministic=True)
        return super().as_sql(compiler, connection, function="fold_text", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f'{column.removesuffix(chr(34))}_folded"', params
