"""A booked visit: confirmation, calendar file, cancelling; and the list of one's own visits
(C9, C21, C22)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bookings.errors import TooLateToCancel, VisitUnknown
from bookings.models import STANDING, Booking, Visit
from bookings.visits import check_manage_key, find_visit, free_to_cancel_until, state_of, visits_of
from clients.models import Client
from foundation import clock
from foundation.errors import DomainError
from sales.calendar_files import visit_calendar
from sales.quotes import cancellation_effects
from sales.visits import cancel_visit
from website import flow
from website.calendar_links import calendar_links, map_link
from website.forms_booking import KeyQuery, PageQuery, read_query
from website.forms_visit import CancelForm, LinkForm
from website.private import for_clients, secret_address
from website.shown_visits import ShownVisit, returned_to_cards, show, show_one, with_parts
from website.sign_in_codes import masked
from website.upcoming import upcoming
from website.visitors import business_of, features_of, my_client, my_user

PAST_PER_PAGE = 20

VisitView = Callable[[HttpRequest, Visit], HttpResponse]


def own_visit(view: VisitView) -> Callable[..., HttpResponse]:
    """The visit at an address, for its owner or whoever holds the signed link. Everything else
    (missing, somebody else's, wrong key) gets one and the same answer (reliability T08)."""

    @wraps(view)
    def wrapped(request: HttpRequest, ref: str) -> HttpResponse:
        try:
            found = find_visit(ref)
        except VisitUnknown:
            found = None
        if found is None or not _may_see(request, found):
            return _gone(request, ref)
        try:
            return view(request, found)
        except VisitUnknown:  # staff deleted it meanwhile
            return _gone(request, ref)

    return secret_address(wrapped)


def _gone(request: HttpRequest, ref: str) -> HttpResponse:
    context = {"form": LinkForm(), "ask": reverse("website:visit_link", args=[ref])}
    return render(request, "website/visit_gone.html", context, status=404)


def _may_see(request: HttpRequest, found: Visit) -> bool:
    client = my_client(request)
    if client is not None and found.client_id == client.pk:
        return True
    key = read_query(KeyQuery, request.GET)["k"]
    return bool(key) and check_manage_key(found, key)


def _context(request: HttpRequest, found: Visit) -> dict[str, Any]:
    shown = show_one(found, business_of(request), features_of(request))
    until = free_to_cancel_until(found, business_of(request))
    return {
        "shown": shown,
        "returned": returned_to_cards(found) if shown.state == "cancelled" else [],
        "visit": found,
        "here": flow.visit_address(request, found),
        "calendar": flow.visit_address(request, found, "website:visit_calendar"),
        "move": flow.visit_address(request, found, "website:visit_move"),
        "cancel": flow.visit_address(request, found, "website:visit_cancel"),
        "cancel_until": until,
        "still_free": clock.now() <= until,
        "masked_email": masked(found.client.email if found.client else ""),
        "signed_in": my_user(request),
    }


@require_safe
@own_visit
def visit(request: HttpRequest, found: Visit) -> HttpResponse:
    """Confirmation, and afterwards the page where the visit is managed."""
    business = business_of(request)
    context = _context(request, found) | {
        "web_calendars": calendar_links(found, business),
        "map_link": map_link(business),
        "sign_in_code": flow.visit_address(request, found, "website:visit_sign_in_code"),
    }
    return render(request, "website/visit.html", context)


@require_safe
@own_visit
def calendar(request: HttpRequest, found: Visit) -> HttpResponse:
    """The visit as a calendar file, with the identity that its mail has."""
    response = HttpResponse(
        visit_calendar(found, business_of(request)), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{found.ref}.ics"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def cancel(request: HttpRequest, found: Visit) -> HttpResponse:
    """What cancelling does, listed before the button; the button does it."""
    if request.method == "POST":
        return _cancel(request, found)
    return _render_cancel(request, found, CancelForm())


def _cancel(request: HttpRequest, found: Visit) -> HttpResponse:
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _render_cancel(request, found, form, status=422)
    try:
        cancel_visit(
            seen=request.POST.get("seen"),
            visit=found,
            actor=my_user(request),
            by_client=True,
            reason=form.cleaned_data["reason"],
        )
    except DomainError as error:
        return _render_cancel(request, found, form, status=error.status, refused=error)
    return redirect(flow.visit_address(request, found))


def _render_cancel(
    request: HttpRequest,
    found: Visit,
    form: CancelForm,
    *,
    status: int = 200,
    refused: DomainError | None = None,
) -> HttpResponse:
    context = _context(request, found)
    shown: ShownVisit = context["shown"]
    context |= {
        "form": form,
        "too_late": isinstance(refused, TooLateToCancel) or clock.now() > context["cancel_until"],
        "refused": refused,
        "effects": cancellation_effects(found) if shown.is_coming else None,
        "seen": state_of(shown.bookings),
    }
    return render(request, "website/visit_cancel.html", context, status=status)


@require_safe
@for_clients
def appointments(request: HttpRequest, client: Client) -> HttpResponse:
    """Upcoming visits and places in line, the next one first; past visits by year, the latest
    first."""
    business, features = business_of(request), features_of(request)
    visits = with_parts(visits_of(client))
    standing = Exists(Booking.objects.filter(visit=OuterRef("pk"), status__in=STANDING))
    now = clock.now()
    coming = visits.filter(standing, ends_at__gt=now).reverse()
    shown = [show(v, business, features) for v in coming]
    paginator = Paginator(visits.filter(Q(ends_at__lte=now) | ~standing), PAST_PER_PAGE)
    page = paginator.get_page(read_query(PageQuery, request.GET)["page"] or 1)
    context = {
        "upcoming": upcoming(client, shown, business),
        "past": [show(v, business, features) for v in page.object_list],
        "page": page,
    }
    return render(request, "website/appointments.html", context)
