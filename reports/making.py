"""Writing an export into a file that is open: by the database where it can, else by Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from business.models import Business
from business.profile import get_business
from foundation.keyset import every_row
from foundation.locks import is_postgresql
from foundation.money import minor_digits
from loyalty.models import PointEntry
from reports import sql
from reports.csv_file import CsvFile
from reports.excel_file import ExcelFile
from reports.exports import Export
from reports.sheets import told_in

Told = Callable[[int], None]


def write_export(
    export: Export,
    kind: str,
    file: IO[bytes],
    *,
    told: Told = lambda rows: None,
    by_database: bool | None = None,
) -> int:
    """Write ``export`` as ``csv`` or ``xlsx`` in the active language; how many rows it has.

    ``told`` hears now and then how many there are so far, between two statements; what it raises
    ends the writing. No transaction is longer than one chunk and none takes a lock.
    """
    business = get_business()
    headers = [str(header) for header in export.sheet.headers]
    language = (get_language() or "en").split("-")[0]
    out: CsvFile | ExcelFile
    if kind == "xlsx":
        digits = minor_digits(business.currency)
        out = ExcelFile(file, export.title, headers, digits=digits)
    else:
        out = CsvFile(file, headers, language=language)
    if by_database is None:
        by_database = is_postgresql() and export.plain.model is PointEntry
    write = _by_database if by_database else _by_python
    done = 0
    for rows in write(export, out, business):
        done += rows
        told(done)
    out.close()
    return done


def _by_python(export: Export, out: CsvFile | ExcelFile, business: Business) -> Iterator[int]:
    rows = export.with_parts(export.plain)
    for found in every_row(rows, by=export.by, descending=export.descending):
        out.add(told_in(export.sheet, export.lines(found)))
        yield len(found)


def _by_database(export: Export, out: CsvFile | ExcelFile, business: Business) -> Iterator[int]:
    for rows in _chunks(export):
        try:
            if isinstance(out, ExcelFile):
                statement = sql.excel_statement(rows, out.styles, descending=export.descending)
            else:
                statement = sql.csv_statement(rows, descending=export.descending)
        except EmptyResultSet:
            # A filter that nothing can fit has no SQL: a client whom nobody is called, say.
            return
        yield out.add_written(sql.copied(statement, business))


def _chunks(export: Export) -> Iterator[QuerySet[Any]]:
    """The rows from one place of the order to another, of some ``sql.CHUNK`` each.

    Both ends are fixed, so that a row recorded meanwhile stands in no two of them.
    """
    ahead, through = ("lt", "gt") if export.descending else ("gt", "lt")
    sign = "-" if export.descending else ""
    rest = export.plain
    while True:
        keys = rest.order_by(f"{sign}{export.by}", f"{sign}pk").values_list(export.by, "pk")
        last = keys[sql.CHUNK - 1 : sql.CHUNK].first()
        if last is None:
            yield rest
            return
        key, pk = last
        yield rest.filter(_beside(export.by, key, pk, through, or_itself=True))
        rest = export.plain.filter(_beside(export.by, key, pk, ahead))


def _beside(by: str, key: Any, pk: int, side: str, *, or_itself: bool = False) -> Q:
    """The rows on one side of the row ``pk`` in the order of ``by`` and the id."""
    pks = f"pk__{side}e" if or_itself else f"pk__{side}"
    # The first condition says nothing new: it is what an index can be walked by.
    return Q(**{f"{by}__{side}e": key}) & (Q(**{f"{by}__{side}": key}) | Q(**{pks: pk}))
