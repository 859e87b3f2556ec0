"""Files of exactly what a report shows: the same filter, the same order, every row of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from business.models import Business
from business.profile import get_business, local_today
from foundation.keyset import every_row
from foundation.money import minor_digits
from foundation.staff import staff_page, staff_response
from reports.client_rows import clients, rows_of
from reports.csv_file import csv_chunks
from reports.excel_file import excel_file
from reports.filters import read_awards, read_clients, read_movements
from reports.movements import (
    award_lines_of,
    awards_on_the_way,
    file_days,
    lines_of,
    movements,
    with_award_parts,
    with_parts,
)
from reports.sheets import Cell, Sheet, awards_sheet, clients_sheet, movements_sheet, told_in

# What is written while the reader waits.
MOST_ROWS = 20_000
EXPORT = "loyalty.export_points_report"
WHAT = gettext_lazy("Export of a report")
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Export:
    """``by`` and ``descending`` are the order of the report, ``lines`` makes rows of what is
    read, ``report`` is the name of the page's address."""

    title: str
    file_name: str
    report: str
    rows: QuerySet[Any]
    by: str
    descending: bool
    lines: Callable[[list[Any]], Iterable[Any]]
    sheet: Sheet
    is_valid: bool


@staff_page(EXPORT, what=WHAT)
def movements_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    business = get_business()
    form, asked = read_movements(request.GET, business)
    export = Export(
        title=_("Loyalty points"),
        file_name=f"loyalty-points_{file_days(asked)}",
        report="reports:loyalty",
        rows=with_parts(movements(asked, business)),
        by="created_at",
        descending=not asked.oldest_first,
        lines=lambda found: lines_of(found, business),
        sheet=movements_sheet(business),
        is_valid=form.is_valid(),
    )
    return _answer(request, export, kind, business)


@staff_page(EXPORT, what=WHAT)
def awards_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    business = get_business()
    form, asked = read_awards(request.GET)
    export = Export(
        title=_("Points on the way"),
        file_name=f"points-on-the-way_{local_today(business).isoformat()}",
        report="reports:on-the-way",
        rows=with_award_parts(awards_on_the_way(asked, business)),
        by="due_at",
        descending=False,
        lines=lambda found: award_lines_of(found, business),
        sheet=awards_sheet(business),
        is_valid=form.is_valid(),
    )
    return _answer(request, export, kind, business)


@staff_page("clients.view_client", what=WHAT)
@staff_page(EXPORT, what=WHAT)
def clients_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    business = get_business()
    form, asked = read_clients(request.GET)
    export = Export(
        title=_("Clients"),
        file_name=f"clients_{local_today(business).isoformat()}",
        report="reports:clients",
        rows=clients(asked),
        by="search_name",
        descending=False,
        lines=rows_of,
        sheet=clients_sheet(business),
        is_valid=form.is_valid(),
    )
    return _answer(request, export, kind, business)


def _answer(
    request: HttpRequest, export: Export, kind: str, business: Business
) -> HttpResponseBase:
    if not export.is_valid:
        # The page says what is wrong with the filter: a file of something else would not.
        back = redirect(export.report)
        back.headers["Location"] += f"?{request.GET.urlencode()}"
        return back
    if export.rows.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
        context = {"report": export.report, "query": request.GET.urlencode(), "most": MOST_ROWS}
        title = _("Too many rows for one file")
        return staff_response(request, "reports/too_many.html", context, title=title, status=422)
    headers = [str(header) for header in export.sheet.headers]
    name = f"{export.file_name}.{kind}"
    if kind == "xlsx":
        file = excel_file(
            export.title, headers, _chunks(export), digits=minor_digits(business.currency)
        )
        return FileResponse(file, as_attachment=True, filename=name, content_type=EXCEL)
    language = (get_language() or "en").split("-")[0]
    pieces = csv_chunks(headers, _chunks(export, language), language=language)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _chunks(export: Export, language: str | None = None) -> Iterator[list[list[Cell]]]:
    """A stream is read after the view has answered, when no language is active any more."""
    for found in every_row(export.rows, by=export.by, descending=export.descending):
        with override(language or get_language()):
            yielded = told_in(export.sheet, export.lines(found))
        yield yielded
