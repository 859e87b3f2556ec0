"""The two formats by themselves."""

from __future__ import annotations

import csv
import datetime as dt
import io
import secrets
import zoneinfo
from decimal import Decimal

import pytest
from openpyxl import Workbook, load_workbook

from reports import excel_file
from reports.csv_file import CsvFile
from reports.excel_file import ExcelFile
from reports.sheets import Cell

WHEN = dt.datetime(2025, 11, 4, 14, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki"))
HARMFUL = [
    "=1+1",
    "+45 32",
    "-2",
    "−2",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "  =1",
    "＝1+1",
    "\0=1",
]


def csv_of(row: list[Cell], language: str) -> str:
    file = io.BytesIO()
    CsvFile(file, ["A", "B"], language=language).add([row])
    return file.getvalue().decode()


def test_csv_of_an_english_reader() -> None:
    text = csv_of([WHEN, "Märta, the first", -50, Decimal("72.50"), None], "en")
    assert text == '\ufeffA,B\r\n2025-11-04T14:30+02:00,"Märta, the first",-50,72.50,\r\n'


@pytest.mark.parametrize("language", ["da", "fi"])
def test_csv_of_a_danish_or_finnish_reader(language: str) -> None:
    text = csv_of(["a;b", -50, Decimal("72.50")], language)
    assert text == '\ufeffA;B\r\n"a;b";-50;72,50\r\n'


@pytest.mark.parametrize("text", HARMFUL)
def test_csv_makes_a_formula_harmless(text: str) -> None:
    written = csv_of([text], "en").removeprefix("\ufeff")
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [f"'{text}"]


def book_of(*rows: list[Cell]) -> Workbook:
    file = io.BytesIO()
    excel = ExcelFile(file, "Sheet", ["A", "B"], digits=2)
    excel.add(rows)
    excel.close()
    return load_workbook(file)


def excel_of(row: list[Cell]) -> list[object]:
    sheet = book_of(row).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]][:2] == ["A", "B"]
    assert all(cell.font.bold for cell in sheet[1][:2])
    assert sheet.freeze_panes == "A2"
    return list(sheet[2])


def test_excel_has_real_dates_and_numbers() -> None:
    cells = excel_of([WHEN, "Märta", -50, Decimal("72.50"), None])
    told = [(cell.value, cell.data_type) for cell in cells]  # type: ignore[attr-defined]
    assert told == [
        (dt.datetime(2025, 11, 4, 14, 30), "d"),
        ("Märta", "s"),
        (-50, "n"),
        (72.5, "n"),
        (None, "n"),
    ]
    assert cells[3].number_format == "#,##0.00"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [each for each in HARMFUL if each.isprintable()])
def test_excel_keeps_a_formula_as_text(text: str) -> None:
    (cell, *_empty) = excel_of([text])
    assert (cell.value, cell.data_type) == (text, "s")  # type: ignore[attr-defined]
    assert cell.quotePrefix  # type: ignore[attr-defined]


def test_excel_leaves_control_characters_out() -> None:
    (cell, *_empty) = excel_of(["a\0b\x1bc\ufffed"])
    assert cell.value == "abcd"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["a\r\nb\nc\rd", "<t>&amp;'\"", "  wide  ", "😀 שלום", "\ta"])
def test_excel_keeps_what_xml_might_change(text: str) -> None:
    (cell, *_empty) = excel_of([text])
    assert cell.value == text  # type: ignore[attr-defined]


def test_excel_goes_on_on_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert excel_file.MOST_ROWS + 1 == 2**20
    monkeypatch.setattr(excel_file, "MOST_ROWS", 2)
    book = book_of(*([number] for number in range(5)))
    assert book.sheetnames == ["Sheet", "Sheet 2", "Sheet 3"]
    told = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert told == [["A", 0, 1], ["A", 2, 3], ["A", 4]]


def test_excel_goes_on_on_the_next_sheet_before_the_part_is_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(excel_file, "MOST_BYTES", 100)
    assert len(book_of(["x" * 99], ["y"], ["z"]).sheetnames) == 2


def test_rows_are_never_all_in_memory() -> None:
    """The file grows while rows are added."""
    file = io.BytesIO()
    excel = ExcelFile(file, "Sheet", ["A"], digits=2)
    excel.add([[secrets.token_hex(500)] for _row in range(1000)])
    before = file.tell()
    excel.close()
    assert before > 400_000
