"""Points: the balance, what is on the way, and why each movement is there (ux C23)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from business.models import Business
from clients.models import Client
from loyalty.history import entries_of, explain
from loyalty.models import PointEntry
from website.forms_account import HISTORY_CHOICES, HISTORY_KINDS, HistoryQuery
from website.forms_booking import read_query
from website.private import for_clients
from website.purse import affordable_first, offers, purse_of
from website.visitors import business_of, wants_fragment

PER_PAGE = 50


@dataclass(frozen=True)
class HistoryRow:
    entry: PointEntry
    what: str


@dataclass(frozen=True)
class HistoryPage:
    """Some movements, the newest first; ``older`` is where the next page begins."""

    rows: list[HistoryRow]
    older: int | None
    is_first: bool


@for_clients
@require_safe
def points(request: HttpRequest, client: Client) -> HttpResponse:
    """Gone without a trace for who is left out of the programme."""
    if client.left_out_at is not None:
        raise Http404
    query = read_query(HistoryQuery, request.GET)
    kind = query["kind"] or ""
    context = {
        "kind": kind,
        "kinds": HISTORY_CHOICES,
        "history": history_page(client, business_of(request), kind, query["before"]),
    }
    if wants_fragment(request, "history"):
        return render(request, "website/points_history.html", context)
    context["purse"] = purse_of(request, client)
    context["offers"] = affordable_first(offers(request, client))
    return render(request, "website/points.html", context)


def history_page(client: Client, business: Business, kind: str, before: int | None) -> HistoryPage:
    """Movements of one filter, by key: entries number before ``before``."""
    entries = entries_of(client)
    if kind:
        entries = entries.filter(kind__in=HISTORY_KINDS[kind])
    if before is not None:
        entries = entries.filter(sequence__lt=before)
    found = list(entries[: PER_PAGE + 1])
    more = len(found) > PER_PAGE
    rows = [HistoryRow(entry, explain(entry, business)) for entry in found[:PER_PAGE]]
    older = rows[-1].entry.sequence if more else None
    return HistoryPage(rows, older, is_first=before is None)
