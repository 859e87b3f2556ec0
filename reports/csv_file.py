"""A CSV file that opens in the reader's spreadsheet with columns and letters right.

UTF-8 with a byte order mark; semicolons and a decimal comma for Danish and Finnish, whose
spreadsheets expect them. Streamed, chunk by chunk.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from reports.sheets import Cell

BOM = "\ufeff"
# With these a spreadsheet begins a formula, some of them in their wide form (reliability T17).
FORMULA_SIGNS = frozenset("=+-−@＝＋－＠\t\r\n\0")


def looks_like_formula(text: str) -> bool:
    return text[:1] in FORMULA_SIGNS or text.lstrip()[:1] in FORMULA_SIGNS if text else False


def csv_chunks(
    headers: list[str], chunks: Iterable[list[list[Cell]]], *, language: str
) -> Iterator[str]:
    """The file in pieces. An instant is written with its zone: ``2025-11-04T14:30+02:00``."""
    has_comma = language in ("da", "fi")
    yield BOM + _lines([list(headers)], has_comma=has_comma)
    for rows in chunks:
        yield _lines(rows, has_comma=has_comma)


def _lines(rows: Iterable[list[Cell]], *, has_comma: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";" if has_comma else ",", lineterminator="\r\n")
    writer.writerows([_write(cell, has_comma=has_comma) for cell in row] for row in rows)
    return text.getvalue()


def _write(cell: Cell, *, has_comma: bool) -> str | int:
    """Numbers stay numbers, a deduction of −50 included; only text is made harmless."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if looks_like_formula(cell) else cell
    if isinstance(cell, dt.datetime):
        return cell.isoformat(timespec="minutes")
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",") if has_comma else f"{cell:f}"
    return cell
