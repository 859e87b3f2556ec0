"""An Excel file with real dates and numbers, written row by row."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from reports.csv_file import looks_like_formula
from reports.sheets import Cell

# XML cannot hold these, and openpyxl raises on most of them.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
WIDTH, WIDE = 14, 32


def excel_file(
    title: str, headers: list[str], chunks: Iterable[list[list[Cell]]], *, digits: int
) -> IO[bytes]:
    """A temporary file at its beginning; it vanishes when closed. ``digits`` of money."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_clean(title)[:31])
    sheet.freeze_panes = "A2"
    for number, header in enumerate(headers, start=1):
        width = WIDE if number == len(headers) // 2 else max(WIDTH, len(header) + 2)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.append([_header(sheet, header) for header in headers])
    money = "#,##0" + ("." + "0" * digits if digits else "")
    for rows in chunks:
        for row in rows:
            sheet.append([_cell(sheet, value, money) for value in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the response closes it
    book.save(file)
    file.seek(0)
    return file


def _header(sheet: WriteOnlyWorksheet, text: str) -> Any:
    cell = _cell(sheet, text, "")
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Cell, money: str) -> Any:
    """What openpyxl writes of ``value``; an instant on the salon's wall clock, as Excel knows no
    zones."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dt.datetime):
        value = value.replace(tzinfo=None, second=0, microsecond=0)
    plain: Any = _clean(value) if isinstance(value, str) else value
    cell: Any = WriteOnlyCell(sheet, plain)
    if isinstance(value, str):
        # Else the text "=1+1" becomes a formula; quoted, it stays text when somebody edits it.
        cell.data_type = "s"
        cell.quotePrefix = looks_like_formula(plain)
    elif isinstance(value, dt.datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, Decimal):
        cell.number_format = money
    return cell


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)
