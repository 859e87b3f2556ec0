"""What can be had as a file: the filter, the order and every row of what a report shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.models import Business
from business.profile import get_business, local_today
from reports.client_rows import clients, rows_of
from reports.filters import (
    ClientsQuestion,
    PointsQuestion,
    read_awards,
    read_clients,
    read_movements,
)
from reports.movements import (
    award_lines_of,
    awards_on_the_way,
    file_days,
    lines_of,
    movements,
    with_award_parts,
    with_parts,
)
from reports.sheets import Sheet, awards_sheet, clients_sheet, movements_sheet

# What is written while the reader waits. Above it a worker writes, and the reader may leave.
MOST_ROWS = 20_000
EXPORT = "loyalty.export_points_report"
SEE_CLIENTS = "clients.view_client"


@dataclass(frozen=True)
class Export:
    """``plain`` are the rows in no order and with nothing joined, ``with_parts`` makes a line of
    each readable without a query, ``lines`` makes the lines. ``by`` and ``descending`` are the
    report's order. ``question`` asks the same again on another day."""

    title: str
    file_name: str
    question: str
    plain: QuerySet[Any]
    with_parts: Callable[[QuerySet[Any]], QuerySet[Any]]
    by: str
    descending: bool
    lines: Callable[[list[Any]], Iterable[Any]]
    sheet: Sheet
    is_valid: bool


@dataclass(frozen=True)
class Report:
    """A report that can be had as a file. ``page`` and ``address`` are names of addresses."""

    title: str | Promise
    page: str
    address: str
    permissions: tuple[str, ...]
    read: Callable[[QueryDict, Business, dt.datetime | None], Export]


def read_export(name: str, data: QueryDict, *, asked_at: dt.datetime | None = None) -> Export:
    """What ``data`` asks of the report ``name``, in the active language. Movements recorded after
    ``asked_at`` are none of it, however long the file has to wait for its turn."""
    return REPORTS[name].read(data, get_business(), asked_at)


def _movements(data: QueryDict, business: Business, asked_at: dt.datetime | None) -> Export:
    form, asked = read_movements(data, business)
    rows = movements(asked, business)
    return Export(
        title=str(REPORTS["movements"].title),
        file_name=f"loyalty-points_{file_days(asked)}",
        question=_question(asked),
        plain=rows.filter(created_at__lte=asked_at) if asked_at else rows,
        with_parts=with_parts,
        by="created_at",
        descending=not asked.oldest_first,
        lines=lambda found: lines_of(found, business),
        sheet=movements_sheet(business),
        is_valid=form.is_valid(),
    )


def _awards(data: QueryDict, business: Business, asked_at: dt.datetime | None) -> Export:
    form, asked = read_awards(data)
    return Export(
        title=str(REPORTS["awards"].title),
        file_name=f"points-on-the-way_{local_today(business).isoformat()}",
        question=_question(asked),
        plain=awards_on_the_way(asked, business),
        with_parts=with_award_parts,
        by="due_at",
        descending=False,
        lines=lambda found: award_lines_of(found, business),
        sheet=awards_sheet(business),
        is_valid=form.is_valid(),
    )


def _clients(data: QueryDict, business: Business, asked_at: dt.datetime | None) -> Export:
    form, asked = read_clients(data)
    return Export(
        title=str(REPORTS["clients"].title),
        file_name=f"clients_{local_today(business).isoformat()}",
        question=_question(asked),
        plain=clients(asked),
        with_parts=lambda rows: rows,
        by="search_name",
        descending=False,
        lines=rows_of,
        sheet=clients_sheet(business),
        is_valid=form.is_valid(),
    )


def _question(asked: PointsQuestion | ClientsQuestion) -> str:
    """``asked`` with its days: what "last 7 days" are depends on when it is read."""
    parameters = asked.parameters
    if isinstance(asked, PointsQuestion) and asked.period.first and asked.period.last:
        parameters.pop("range", None)
        parameters["first"] = asked.period.first.isoformat()
        parameters["last"] = asked.period.last.isoformat()
    return urlencode(parameters)


REPORTS = {
    "movements": Report(
        _("Loyalty points"), "reports:loyalty", "reports:loyalty-file", (EXPORT,), _movements
    ),
    "awards": Report(
        _("Points on the way"), "reports:on-the-way", "reports:on-the-way-file", (EXPORT,), _awards
    ),
    "clients": Report(
        _("Clients"), "reports:clients", "reports:clients-file", (SEE_CLIENTS, EXPORT), _clients
    ),
}
