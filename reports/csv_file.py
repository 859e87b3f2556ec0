"""A CSV file that opens in the reader's spreadsheet with columns and letters right.

UTF-8 with a byte order mark; semicolons and a decimal comma for Danish and Finnish, whose
spreadsheets expect them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from decimal import Decimal
from itertools import islice
from typing import IO

from reports.sheets import Cell

BOM = "\ufeff"
# Rows that are written with one call: a call costs as much as a row.
TOGETHER = 200
# With these a spreadsheet begins a formula, some of them in their wide form (reliability T17).
FORMULA_SIGNS = frozenset("=+-−@＝＋－＠\t\r\n\0")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might take ``text`` for a formula; white space before it is no help."""
    return text[:1] in FORMULA_SIGNS or text.lstrip()[:1] in FORMULA_SIGNS


def has_comma(language: str) -> bool:
    return language in ("da", "fi")


def delimiter(language: str) -> str:
    return ";" if has_comma(language) else ","


class CsvFile:
    """Writes into ``file``. An instant is written with its zone: ``2025-11-04T14:30+02:00``."""

    def __init__(self, file: IO[bytes], headers: list[str], *, language: str) -> None:
        self._file = file
        self._has_comma = has_comma(language)
        self._delimiter = delimiter(language)
        file.write(BOM.encode())
        self.add([list(headers)])

    def add(self, rows: Iterable[list[Cell]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\r\n")
        writer.writerows([self._write(cell) for cell in row] for row in rows)
        self._file.write(text.getvalue().encode())

    def add_written(self, lines: Iterable[bytes]) -> int:
        """Rows that the database has written, each with its line feed; how many."""
        written, left = 0, iter(lines)
        while some := list(islice(left, TOGETHER)):
            self._file.write(b"".join([line[:-1] + b"\r\n" for line in some]))
            written += len(some)
        return written

    def close(self) -> None:
        """The file itself stays open."""

    def _write(self, cell: Cell) -> str | int:
        """Numbers stay numbers, a deduction of −50 included; only text is made harmless."""
        if cell is None:
            return ""
        if isinstance(cell, str):
            return f"'{cell}" if looks_like_formula(cell) else cell
        if isinstance(cell, dt.datetime):
            return cell.isoformat(timespec="minutes")
        if isinstance(cell, Decimal):
            return f"{cell:f}".replace(".", ",") if self._has_comma else f"{cell:f}"
        return cell
