"""Searching in text that has no folded column of its own, such as a movement's description.

The database folds what it compares as ``foundation.names.fold`` does. It reads every row that
the other filters leave, which is what a report may do; anything asked often has a column.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Func, TextField

from foundation.names import fold

# After NFKD an accent stands alone; what is left are letters that are not made of two.
_POSTGRESQL = (
    "replace(replace(replace(translate(lower(regexp_replace(normalize(%(expressions)s, NFKD),"
    " '[\\u0300-\\u036f]', '', 'g')), 'øØðÐłŁÆÞ', 'ooddllæþ'), 'æ', 'ae'), 'þ', 'th'), 'ß', 'ss')"
)


class Folded(Func):
    """A text column in lower case and without accents."""

    arity = 1
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        connection.ensure_connection()
        connection.connection.create_function("fold_text", 1, fold, deterministic=True)
        return super().as_sql(compiler, connection, function="fold_text", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template=_POSTGRESQL, **context)
