"""The reports as pages: each address gives the whole page, or its part to htmx."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from business.features import get_features
from business.models import Business
from business.profile import get_business
from clients.models import Client
from foundation import clock
from foundation.keyset import LARGEST_ID, page_of
from foundation.models import User
from foundation.staff import staff_page, staff_response
from foundation.writing import write_points
from loyalty.history import entries_of, on_the_way
from loyalty.models import PointEntry
from loyalty.points import balance_of
from reports.client_rows import clients, count_clients, rows_of
from reports.exports import EXPORT
from reports.filters import (
    ClientsQuestion,
    PointsQuestion,
    read_awards,
    read_clients,
    read_movements,
)
from reports.jobs import current_job
from reports.movements import (
    COUNTED,
    award_lines_of,
    awards_on_the_way,
    capped_count,
    figures,
    in_words,
    lines_of,
    parts,
    said_of,
    with_award_parts,
    with_parts,
)
from reports.periods import PRESETS
from reports.undone import can_take_back, taken_back

SEE = "loyalty.see_points_report"
ADJUST = "loyalty.adjust_points"
LOYALTY = gettext_lazy("Loyalty points report")
CLIENTS = gettext_lazy("Clients report")
# A correction is news for this long; a bookmarked address says nothing about it any more.
NEWS_SECONDS = 120
MOVEMENTS_SHOWN = 20


def actor_of(request: HttpRequest) -> User:
    """Who is at the panel; every page of it asked for a login before."""
    return cast("User", request.user)


def is_for(request: HttpRequest, target: str) -> bool:
    """Whether htmx asks for this part only, and not for Back's whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and htmx.target == target and not htmx.history_restore_request


@staff_page(SEE, what=LOYALTY)
def loyalty(request: HttpRequest) -> HttpResponseBase:
    """S14: where points came from and went."""
    business = get_business()
    form, asked = read_movements(request.GET, business)
    rows = parts(asked, business)
    page = page_of(
        rows, by="created_at", descending=not asked.oldest_first, at=asked.at, whole=with_parts
    )
    taken = taken_back(page.rows)
    context = {
        "lines": list(lines_of(page.rows, business, taken=taken)),
        "can_take_back": can_take_back(page.rows, taken),
        # Without scripts they come with the page to whoever asks; else they follow it.
        "figures": figures(asked, business) if asked.with_figures else None,
        "figures_here": asked.query_with(figures="on"),
        "presets": [
            (label, asked.query_with(range=code, first="", last=""), asked.period.preset == code)
            for code, label in PRESETS.items()
        ],
        "is_new_house": not page.rows and not PointEntry.objects.exists(),
        "other_order": asked.query_with(order="" if asked.oldest_first else "oldest"),
        **_shared(request, asked, form, page, capped_count(rows)),
    }
    return _report(request, "loyalty", context, asked, title=LOYALTY, business=business)


@staff_page(SEE, what=LOYALTY)
@require_safe
def loyalty_figures(request: HttpRequest) -> HttpResponseBase:
    """The four figures of S14 and the sum, which follow the page: rows are not kept waiting."""
    business = get_business()
    _form, asked = read_movements(request.GET, business)
    if not is_for(request, "figures"):
        return redirect(f"{reverse('reports:loyalty')}{asked.query_with(figures='on')}")
    context = {"figures": figures(asked, business), "is_late": True}
    return render(request, "reports/parts/figures_report.html", context)


@staff_page(SEE, what=LOYALTY)
def awards(request: HttpRequest) -> HttpResponseBase:
    """S14, the tab of the points on the way."""
    business = get_business()
    form, asked = read_awards(request.GET)
    rows = awards_on_the_way(asked, business)
    page = page_of(rows, by="due_at", descending=False, at=asked.at, whole=with_award_parts)
    context = {
        "lines": list(award_lines_of(page.rows, business)),
        **_shared(request, asked, form, page, capped_count([rows])),
    }
    return _report(request, "on_the_way", context, asked, title=LOYALTY, business=business)


@staff_page("clients.view_client", what=CLIENTS)
def clients_report(request: HttpRequest) -> HttpResponseBase:
    """S15: who comes, and what they hold."""
    business = get_business()
    form, asked = read_clients(request.GET)
    found = clients(asked)
    page = page_of(found, by="search_name", descending=False, at=asked.at)
    context = {
        "rows": rows_of(page.rows),
        "is_new_house": not page.rows and not Client.objects.exists(),
        "may_see_points": request.user.has_perm(SEE),
        **_shared(request, asked, form, page, count_clients(found)),
    }
    return _report(request, "clients", context, asked, title=CLIENTS, business=business)


@staff_page(SEE, what=LOYALTY)
def client_points(request: HttpRequest, pk: int) -> HttpResponseBase:
    """S15's pop-up, or a page of its own: one client's points."""
    client = get_object_or_404(Client, pk=min(pk, LARGEST_ID))
    business = get_business()
    balance = balance_of(client)
    title = _("%(name)s · %(points)s") % {
        "name": client.full_name,
        "points": write_points(balance),
    }
    recent = list(entries_of(client)[: MOVEMENTS_SHOWN + 1])
    taken = taken_back(recent)
    lines = list(lines_of(recent, business, taken=taken))
    may_adjust = request.user.has_perm(ADJUST) and client.anonymised_at is None
    in_dialog = is_for(request, "dialog")
    context = {
        "client": client,
        "balance": balance,
        "coming": list(award_lines_of(on_the_way(client), business)),
        "lines": lines[:MOVEMENTS_SHOWN],
        "is_more": len(lines) > MOVEMENTS_SHOWN,
        "heading": title,
        "may_adjust": may_adjust,
        "can_take_back": can_take_back(recent, taken) if may_adjust else (),
        "in_dialog": in_dialog,
        # Below the dialog's h2, or below the page's h1.
        "heading_tag": "h3" if in_dialog else "h2",
    }
    if in_dialog:
        part = {**context, "business": business, "features": get_features()}
        return render(request, "reports/client_points_part.html", part)
    return staff_response(request, "reports/client_points.html", context, title=title)


def _shared(
    request: HttpRequest,
    asked: PointsQuestion | ClientsQuestion,
    form: Any,
    page: Any,
    count: int,
) -> dict[str, Any]:
    """What every report shows around its rows."""
    user = request.user
    return {
        "form": form,
        "asked": asked,
        "page": page,
        "count": count,
        "is_over": count > COUNTED,
        "counted": COUNTED,
        "chips": asked.chips(),
        "caption": in_words(asked) if isinstance(asked, PointsQuestion) else "",
        "news": _news(asked.new),
        "here": f"{request.path}{asked.query_with()}",
        "may_adjust": user.has_perm(ADJUST),
        "may_export": user.has_perm(EXPORT),
        "own_file": current_job(actor_of(request)) if user.has_perm(EXPORT) else None,
        "may_see_clients": user.has_perm("clients.view_client"),
        "may_see_bookings": user.has_perm("bookings.view_booking"),
        "may_see_cards": user.has_perm("giftcards.view_giftcard"),
        "may_set_up": user.has_perm("catalogue.view_appointmentservice"),
    }


def _news(pk: int | None) -> dict[str, Any] | None:
    """The correction just made, for its note and its mark."""
    entry = PointEntry.objects.filter(pk=pk).first() if pk else None
    if entry is None or (clock.now() - entry.created_at).total_seconds() > NEWS_SECONDS:
        return None
    return {"pk": entry.pk, "text": said_of(entry)}


def _report(
    request: HttpRequest,
    name: str,
    context: dict[str, Any],
    asked: PointsQuestion | ClientsQuestion,
    *,
    title: str | Promise,
    business: Business,
) -> HttpResponseBase:
    if is_for(request, "report"):
        part = {**context, "business": business, "features": get_features()}
        response = render(request, f"reports/{name}_report.html", part)
        # Not the address that the form made, with every field that is empty.
        header = "HX-Replace-Url" if asked.new else "HX-Push-Url"
        response.headers[header] = f"{request.path}{asked.query_with()}"
        return response
    whole = {**context, "report": f"reports/{name}_report.html"}
    return staff_response(request, "reports/report.html", whole, title=title)
