"""Choosing with whom and when (C4, C5). Continue places the hold; nothing before it changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bookings.availability import Slot, first_free_slot
from bookings.errors import HoldGone, SlotTaken
from bookings.holds import booked_ref, place_hold
from bookings.models import Hold
from business.profile import local_today
from catalogue.models import Provider, Service
from foundation import rates
from foundation.errors import DomainError
from website import flow, openings
from website.forms_booking import ChooseTimeForm, TimesQuery, read_query
from website.visitors import (
    business_of,
    guess_sources,
    my_user,
    private_page,
    wants_fragment,
)

# One visitor changing their mind is far below this; a script that holds the calendar is not.
HOLDS_PER_WINDOW, HOLD_WINDOW_SECONDS = 40, 600


@require_safe
def provider(request: HttpRequest, slug: str) -> HttpResponse:
    """With whom. Skipped where only one person does the service."""
    service = flow.offered_service(slug)
    if not flow.is_offered(service):
        return flow.withdrawn(request, service)
    if service.is_class:
        return redirect("website:class", service.slug)
    providers = flow.providers_of(service)
    draft = read_query(TimesQuery, request.GET)["draft"]
    if len(providers) == 1:
        response = redirect("website:book_times", service.slug)
        if request.GET:
            response["Location"] += f"?{request.GET.urlencode()}"
        return response
    first = openings.first_by_provider(service, local_today(business_of(request)))
    context = {
        "service": service,
        "choices": [(person, first.get(person.pk)) for person in providers],
        "soonest": min(first.values(), key=lambda slot: slot.starts_at, default=None),
        "draft": draft,
        "step": flow.steps_of("provider", is_class=False, provider_count=len(providers)),
    }
    return render(request, "website/book_provider.html", context)


@dataclass
class _Asked:
    """What the time step is about: from the query string, or from the form that was sent."""

    service: Service
    providers: list[Provider]
    provider: Provider | None
    day: dt.date | None
    at: dt.datetime | None
    own: Hold | None


def _read(request: HttpRequest, service: Service, query: QueryDict) -> _Asked:
    values = read_query(TimesQuery, query)
    providers = flow.providers_of(service)
    chosen = next((p for p in providers if p.pk == values["with"]), None)
    if len(providers) == 1:
        chosen = providers[0]
    own = _own_hold(request, service, values["draft"])
    return _Asked(service, providers, chosen, values["day"], values["at"], own)


def _own_hold(request: HttpRequest, service: Service, draft: str | None) -> Hold | None:
    """The draft whose time is being changed: what was typed there moves along to the new time."""
    if not draft:
        return flow.latest_hold(request, service)
    try:
        hold = flow.my_hold(request, draft)
    except HoldGone:
        return None
    return hold if hold.service_id == service.pk and not booked_ref(hold) else None


def _context(request: HttpRequest, asked: _Asked) -> dict[str, Any]:
    business = business_of(request)
    first = first_free_slot(
        service=asked.service, provider=asked.provider, within_days=openings.LOOK_AHEAD_DAYS
    )
    day = asked.day
    if day is None and asked.at is not None:
        day = asked.at.astimezone(business.zone).date()
    if day is None:
        day = first.starts_at.astimezone(business.zone).date() if first else local_today(business)
    week = openings.week_of(
        service=asked.service,
        provider=asked.provider,
        day=openings.clamp(day, business),
        business=business,
        names={person.pk: person.name for person in asked.providers},
        own=asked.own,
    )
    return {
        "service": asked.service,
        "provider": asked.provider,
        "anyone": asked.provider is None,
        "with": asked.provider.pk if asked.provider else "any",
        "can_change_provider": len(asked.providers) > 1,
        "nobody": not asked.providers,
        "draft": asked.own.token if asked.own else "",
        "week": week,
        "first": first,
        "chosen": _chosen(week, asked.at),
        "earliest": local_today(business),
        "latest": openings.last_day(business),
        "step": flow.steps_of("times", is_class=False, provider_count=len(asked.providers)),
    }


def _chosen(week: openings.Week, at: dt.datetime | None) -> Slot | None:
    """The slot that a link or the last press chose, if it is still there."""
    slots = (choice.slot for part in week.parts for choice in part.choices)
    return next((slot for slot in slots if slot.starts_at == at), None)


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: HttpRequest, slug: str) -> HttpResponse:
    """When. POST places the hold; a time that is gone answers 409 with the nearest three."""
    service = flow.offered_service(slug)
    if not flow.is_offered(service):
        return flow.withdrawn(request, service)
    if service.is_class:
        return redirect("website:class", service.slug)
    if request.method == "POST":
        return _choose(request, _read(request, service, request.POST))
    context = _context(request, _read(request, service, request.GET))
    if wants_fragment(request, "bar-text"):
        return render(request, "website/book_bar_text.html", context)
    if wants_fragment(request, "times"):
        return render(request, "website/book_slots.html", context)
    return render(request, "website/book_times.html", context)


def _choose(request: HttpRequest, asked: _Asked) -> HttpResponse:
    form = ChooseTimeForm(request.POST)
    if not form.is_valid():
        context = _context(request, asked) | {"form": form}
        return render(request, "website/book_times.html", context, status=422)
    chosen = form.cleaned_data["chosen"]
    rates.hit(
        "hold", guess_sources(request)[0], limit=HOLDS_PER_WINDOW, seconds=HOLD_WINDOW_SECONDS
    )
    try:
        hold = place_hold(
            service=asked.service,
            provider=asked.provider,
            starts_at=chosen,
            user=my_user(request),
            replacing=asked.own,
        )
    except DomainError as error:
        asked.at, asked.day = None, chosen.astimezone(business_of(request).zone).date()
        context = _context(request, asked) | {
            "conflict": str(error),
            "nearest": error.nearest if isinstance(error, SlotTaken) else [],
        }
        return render(request, "website/book_times.html", context, status=error.status)
    flow.remember_hold(request, hold)
    return redirect("website:book_details", hold.token)
