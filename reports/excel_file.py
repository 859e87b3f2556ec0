"""An Excel file with real dates and numbers, streamed row by row.

openpyxl makes the frame (styles, content types, the sheets' heads) of an empty workbook; the rows
are written straight into the zip, past openpyxl, which takes 200 µs a row (performance.md, P-E2).
Text stands in its cell and not in a shared table, so nothing grows with the number of rows.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, cast
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from reports.csv_file import TOGETHER, looks_like_formula
from reports.sheets import Cell

# XML cannot hold these.
CONTROL = "".join(map(chr, [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF]))
_LEFT_OUT = re.compile(f"[{re.escape(CONTROL)}\ud800-\udfff]")
# Written as such, they would all become a line feed.
_BREAKS = {"\r": "&#13;", "\n": "&#10;"}
# What the format allows, the line of headers not counted.
MOST_ROWS = 1_048_575
# A part of a zip this long needs a form that not every program reads: the next sheet begins.
MOST_BYTES = 2**31 - 2**24
WIDTH, WIDE = 14, 32
# Excel counts days from here.
EPOCH = dt.datetime(1899, 12, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Styles:
    """The numbers of the cell formats in the workbook."""

    header: int
    date: int
    money: int
    # Quoted, a text stays text also when somebody edits the cell.
    quoted: int


class ExcelFile:
    """Writes into ``file``. ``digits`` of money. Past the last row of a sheet comes the next."""

    def __init__(self, file: IO[bytes], title: str, headers: list[str], *, digits: int) -> None:
        self._title = _clean(title)[:28]
        self._headers = [_clean(header) for header in headers]
        self._digits = digits
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheets = 0
        self._rows = self._bytes = 0
        self._waiting: list[bytes] = []
        self.styles, self._head, self._tail = self._frame_of_a_sheet()
        self._begin()

    def add(self, rows: Iterable[list[Cell]]) -> None:
        self.add_written(f"<row>{''.join(map(self._cell, row))}</row>".encode() for row in rows)

    def add_written(self, rows: Iterable[bytes]) -> int:
        """Each a ``<row>`` that is written already; how many."""
        written = 0
        for row in rows:
            if self._rows == MOST_ROWS or self._bytes > MOST_BYTES:
                self._end()
                self._begin()
            self._waiting.append(row)
            self._rows += 1
            self._bytes += len(row)
            if len(self._waiting) == TOGETHER:
                self._pack()
            written += 1
        return written

    def close(self) -> None:
        """Write what holds the sheets together; ``file`` itself stays open."""
        self._end()
        with _frame(self._book(self._sheets)) as frame:
            for name in frame.namelist():
                if not name.startswith("xl/worksheets/"):
                    self._zip.writestr(name, frame.read(name))
        self._zip.close()

    def _begin(self) -> None:
        self._sheets += 1
        self._rows = self._bytes = 0
        self._part = self._zip.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
        self._part.write(self._head)
        cells = "".join(_text_cell(header, self.styles.header) for header in self._headers)
        self._part.write(f"<row>{cells}</row>".encode())

    def _pack(self) -> None:
        self._part.write(b"".join(self._waiting))
        self._waiting.clear()

    def _end(self) -> None:
        self._pack()
        self._part.write(self._tail)
        self._part.close()

    def _frame_of_a_sheet(self) -> tuple[Styles, bytes, bytes]:
        book = self._book(1)
        styles = _styles(book, self._digits)
        with _frame(book) as frame:
            sheet = frame.read("xl/worksheets/sheet1.xml")
        # How many rows there are is not known here.
        sheet = re.sub(b"<dimension [^>]*>", b"", sheet)
        head, tail = re.split(b"<sheetData ?/>|<sheetData></sheetData>", sheet)
        return styles, head + b"<sheetData>", b"</sheetData>" + tail

    def _book(self, sheets: int) -> Workbook:
        """A workbook of empty sheets."""
        book = Workbook()
        book.remove(book.worksheets[0])
        for number in range(1, sheets + 1):
            sheet = book.create_sheet(self._title if number == 1 else f"{self._title} {number}")
            sheet.freeze_panes = "A2"
            for place, header in enumerate(self._headers, start=1):
                width = WIDE if place == len(self._headers) // 2 else max(WIDTH, len(header) + 2)
                sheet.column_dimensions[get_column_letter(place)].width = width
        _styles(book, self._digits)
        return book

    def _cell(self, value: Cell) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, str):
            text = _clean(value)
            return _text_cell(text, self.styles.quoted if looks_like_formula(text) else 0)
        if isinstance(value, dt.datetime):
            return f'<c s="{self.styles.date}"><v>{_serial(value)!r}</v></c>'
        if isinstance(value, Decimal):
            return f'<c s="{self.styles.money}"><v>{value:f}</v></c>'
        return f"<c><v>{value}</v></c>"


def _styles(book: Workbook, digits: int) -> Styles:
    sheet = cast("Worksheet", book.worksheets[0])
    header, date, money, quoted = (ExcelCell(sheet, row=1, column=1) for _ in range(4))
    header.font = Font(bold=True)
    date.number_format = "yyyy-mm-dd hh:mm"
    money.number_format = "#,##0" + ("." + "0" * digits if digits else "")
    quoted.quotePrefix = True
    return Styles(*(cell.style_id for cell in (header, date, money, quoted)))


def _frame(book: Workbook) -> zipfile.ZipFile:
    file = io.BytesIO()
    book.save(file)
    return zipfile.ZipFile(file)


def _clean(text: str) -> str:
    return _LEFT_OUT.sub("", text)


def _text_cell(text: str, style: int) -> str:
    written = escape(text, _BREAKS)
    chosen = f' s="{style}"' if style else ""
    return f'<c t="inlineStr"{chosen}><is><t xml:space="preserve">{written}</t></is></c>'


def _serial(instant: dt.datetime) -> float:
    """Days on the salon's wall clock, as Excel knows no zones."""
    wall = instant.replace(tzinfo=dt.UTC, second=0, microsecond=0) - EPOCH
    return wall / dt.timedelta(days=1)
