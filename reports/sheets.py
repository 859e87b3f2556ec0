"""What stands in an exported file: typed cells, so that each format writes them its own way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.models import Business
from foundation.money import to_decimal
from foundation.writing import local
from loyalty.models import PointKind
from reports.client_rows import ClientRow
from reports.movements import AwardLine, Line

# Text, a whole number, an amount of money, an instant on the salon's clock, or nothing.
Cell = str | int | Decimal | dt.datetime | None


@dataclass(frozen=True)
class Sheet:
    """Headers, and how a row is told in cells in the same order."""

    headers: list[str | Promise]
    cells: Callable[[Any], list[Cell]]


def movements_sheet(business: Business) -> Sheet:
    """The columns of the report, and ids."""
    kinds = {str(kind): str(kind.label) for kind in PointKind}

    def cells(line: Line) -> list[Cell]:
        entry = line.entry
        return [
            local(entry.created_at, business.zone),
            line.client.full_name,
            kinds[entry.kind],
            line.what,
            line.why,
            entry.amount,
            entry.balance_after,
            line.by,
            entry.pk,
            line.client.pk,
            entry.booking_id,
        ]

    return Sheet(
        [
            _("Date and time"),
            _("Client"),
            _("Kind"),
            _("What"),
            _("Description"),
            _("Points"),
            _("Balance after"),
            _("By"),
            _("Movement id"),
            _("Client id"),
            _("Booking id"),
        ],
        cells,
    )


def awards_sheet(business: Business) -> Sheet:
    """The columns of the tab *On the way*, and ids."""

    def cells(line: AwardLine) -> list[Cell]:
        award = line.award
        return [
            local(line.expected_at, business.zone),
            line.client.full_name,
            line.what,
            local(award.booking.starts_at, business.zone),
            award.points,
            award.pk,
            line.client.pk,
            award.booking_id,
        ]

    return Sheet(
        [
            _("Will be added around"),
            _("Client"),
            _("What"),
            _("Visit"),
            _("Points"),
            _("Award id"),
            _("Client id"),
            _("Booking id"),
        ],
        cells,
    )


def clients_sheet(business: Business) -> Sheet:
    """The columns of the clients report, and the id."""

    def when(instant: dt.datetime | None) -> Cell:
        return local(instant, business.zone) if instant else None

    def cells(row: ClientRow) -> list[Cell]:
        client = row.client
        return [
            client.full_name,
            client.email,
            str(client.phone) if client.phone else "",
            row.visits,
            row.no_shows,
            when(row.last_visit),
            when(row.next_visit),
            to_decimal(row.spent_minor, currency=business.currency),
            row.points,
            client.pk,
        ]

    return Sheet(
        [
            _("Client"),
            _("E-mail"),
            _("Phone"),
            _("Visits"),
            _("No-shows"),
            _("Last visit"),
            _("Next visit"),
            _("Booked value of visits"),
            _("Points"),
            _("Client id"),
        ],
        cells,
    )


def told_in(sheet: Sheet, rows: Iterable[Any]) -> list[list[Cell]]:
    return [sheet.cells(row) for row in rows]
