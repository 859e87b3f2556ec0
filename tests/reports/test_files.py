"""The two formats by themselves."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zoneinfo
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from reports.csv_file import csv_chunks
from reports.excel_file import excel_file
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
    return "".join(csv_chunks(["A", "B"], [[row]], language=language))


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


def excel_of(row: list[Cell]) -> list[object]:
    with excel_file("Sheet", ["A", "B"], [[row]], digits=2) as file:
        sheet = load_workbook(file).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]][:2] == ["A", "B"]
        return list(sheet[2])


def test_excel_has_real_dates_and_numbers() -> None:
    cells = excel_of([WHEN, "Märta", -50, Decimal("72.50"), None])
    told = [(cell.value, cell.data_type) for cell in cells]  # type: ignore[attr-defined]
    assert told == [
        (dt.datetime(2025, 11, 4, 14, 30), "d"),
        ("Märta", "s"),
        (-50, "n"),
        (72.5, "n"),
    ]
    assert cells[3].number_format == "#,##0.00"  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [each for each in HARMFUL if each.isprintable()])
def test_excel_keeps_a_formula_as_text(text: str) -> None:
    cell, _empty = excel_of([text])
    assert (cell.value, cell.data_type) == (text, "s")  # type: ignore[attr-defined]
    assert cell.quotePrefix  # type: ignore[attr-defined]


def test_excel_leaves_control_characters_out() -> None:
    cell, _empty = excel_of(["a\0b\x1bc\ufffed"])
    assert cell.value == "abcd"  # type: ignore[attr-defined]
