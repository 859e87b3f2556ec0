"""Choosing with whom and when (C4, C5). Continue places the hold; nothing before it changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from bookings.availability import Slot, first_free_slot, is_worked_on
from bookings.errors import HoldGone, SlotTaken
from bookings.holds import booked_ref, place_hold
from bookings.lines import Line
from bookings.models import Hold
from bookings.waiting import is_day_open
from business.models import Business
from business.profile import local_today
from catalogue.models import AddOn, Provider, Service
from catalogue.terms import terms_by_provider
from foundation import clock, rates
from foundation.errors import DomainError
from website import flow, openings
from website.forms_booking import ChooseTimeForm, LineQuery, TimesQuery, read_query
from website.visitors import (
    business_of,
    guess_sources,
    my_user,
    private_page,
    wants_fragment,
)
from website.wanted import Wanted, add_ons_of, also_bookable, read_wanted

# One visitor changing their mind is far below this; a script that holds the calendar is not.
HOLDS_PER_WINDOW, HOLD_WINDOW_SECONDS = 40, 600


@require_safe
def provider(request: HttpRequest, slug: str) -> HttpResponse:
    """With whom, and with what on top. Skipped where one person does it and nothing goes on top."""
    service = flow.offered_service(slug)
    if not flow.is_offered(service):
        return flow.withdrawn(request, service)
    if service.is_class:
        return redirect("website:class", service.slug)
    asked = _read(request, service, request.GET)
    number = read_query(LineQuery, request.GET)["line"]
    if number is not None and number <= len(asked.wanted.lines):
        context = _following_context(request, asked, number)
        name = "book_people" if wants_fragment(request, "people") else "book_provider"
        return render(request, f"website/{name}.html", context)
    if len(asked.providers) == 1 and not asked.offered:
        response = redirect("website:book_times", service.slug)
        if request.GET:
            response["Location"] += f"?{request.GET.urlencode()}"
        return response
    context = _provider_context(request, asked)
    name = "book_people" if wants_fragment(request, "people") else "book_provider"
    return render(request, f"website/{name}.html", context)


def _provider_context(request: HttpRequest, asked: _Asked) -> dict[str, Any]:
    wanted = asked.wanted
    anybody = Line(asked.service, None, wanted.add_ons)
    terms = terms_by_provider(asked.service, wanted.add_ons)
    first = openings.first_by_provider(anybody, local_today(business_of(request)))
    return {
        "service": asked.service,
        "choices": [(person, first.get(person.pk), terms[person.pk]) for person in asked.providers],
        "provider": wanted.provider if len(asked.providers) > 1 else None,
        "only": asked.providers[0] if len(asked.providers) == 1 else None,
        "differ": len(set(terms.values())) > 1,
        "soonest": min(first.values(), key=lambda slot: slot.starts_at, default=None),
        "draft": asked.draft,
        "day": asked.day,
        "offered": [(add_on, add_on in wanted.add_ons) for add_on in asked.offered],
        "wanted": wanted,
        "carried": wanted.beside(1),
        "what": asked.service,
        "names": ("with", "extra"),
        "step": _steps(asked, "provider"),
    }


def _following_context(request: HttpRequest, asked: _Asked, number: int) -> dict[str, Any]:
    """The same for a service that follows: its line's number is in the names of its fields."""
    wanted = asked.wanted
    line = wanted.lines[number - 1]
    offered = wanted.choices[line.service.pk]
    terms = terms_by_provider(line.service, line.add_ons)
    return {
        "service": asked.service,
        "choices": [(person, None, terms[person.pk]) for person in offered.providers],
        "provider": line.provider,
        "only": offered.providers[0] if len(offered.providers) == 1 else None,
        "differ": len(set(terms.values())) > 1,
        "soonest": None,
        "draft": asked.draft,
        "day": asked.day,
        "offered": [(add_on, add_on in line.add_ons) for add_on in offered.add_ons],
        "wanted": wanted,
        "carried": [
            ("with", wanted.provider.pk if wanted.provider else "any"),
            *wanted.beside(number),
        ],
        "what": line.service,
        "names": (f"with{number}", f"extra{number}"),
        "line": number,
        "step": _steps(asked, "times"),
    }


@dataclass
class _Asked:
    """What the time step is about: from the query string, or from the form that was sent."""

    service: Service
    providers: list[Provider]
    offered: list[AddOn]
    bookable: list[Service]
    wanted: Wanted
    day: dt.date | None
    at: dt.datetime | None
    draft: str | None
    own: Hold | None


def _read(request: HttpRequest, service: Service, query: QueryDict) -> _Asked:
    values = read_query(TimesQuery, query)
    providers = flow.providers_of(service)
    chosen = next((p for p in providers if p.pk == values["with"]), None)
    if len(providers) == 1:
        chosen = providers[0]
    own = _own_hold(request, service, values["draft"])
    offered, bookable = add_ons_of(service), also_bookable()
    wanted = read_wanted(service, chosen, query, offered=offered, bookable=bookable)
    return _Asked(
        service=service,
        providers=providers,
        offered=offered,
        bookable=bookable,
        wanted=wanted,
        day=values["day"],
        at=values["at"],
        draft=values["draft"],
        own=own,
    )


def _steps(asked: _Asked, name: str) -> flow.Steps:
    return flow.steps_of(
        name,
        is_class=False,
        provider_count=len(asked.providers),
        add_ons=bool(asked.offered),
    )


def _own_hold(request: HttpRequest, service: Service, draft: str | None) -> Hold | None:
    """The draft whose time or service is being changed: its time is free for the new one, and what
    was typed there moves along."""
    if not draft:
        return flow.latest_hold(request, service)
    try:
        hold = flow.my_hold(request, flow.newest_token(request, draft))
    except HoldGone:
        return None
    return hold if hold.session_id is None and not booked_ref(hold) else None


def _context(request: HttpRequest, asked: _Asked) -> dict[str, Any]:
    business = business_of(request)
    first = first_free_slot(lines=asked.wanted.lines, within_days=openings.LOOK_AHEAD_DAYS)
    day = asked.day
    if day is None and asked.at is not None:
        day = asked.at.astimezone(business.zone).date()
    if day is None:
        day = first.starts_at.astimezone(business.zone).date() if first else local_today(business)
    week = openings.week_of(
        lines=asked.wanted.lines,
        day=openings.clamp(day, asked.wanted.lines, business),
        business=business,
        names={person.pk: person.name for person in asked.providers},
        own=asked.own,
    )
    chosen = _chosen(week, asked.at)
    return {
        "service": asked.service,
        "provider": asked.wanted.provider,
        "anyone": asked.wanted.provider is None,
        "with": asked.wanted.provider.pk if asked.wanted.provider else "any",
        "can_change_provider": len(asked.providers) > 1 or bool(asked.offered),
        "wanted": asked.wanted,
        "carried": asked.wanted.carried,
        "bookable": asked.bookable if asked.wanted.has_room else [],
        "nobody": not asked.providers,
        "draft": asked.own.token if asked.own else "",
        "week": week,
        # Kept when something else is chosen anew; the first free day is looked for again.
        "kept_day": week.chosen if asked.day or asked.at else None,
        "can_wait": not week.parts and _can_wait(asked, week.chosen, business),
        "first": first,
        "chosen": chosen,
        "priced": _priced(asked, chosen),
        "earliest": local_today(business),
        "latest": openings.last_day(asked.wanted.lines, business),
        "step": _steps(asked, "times"),
    }


def _can_wait(asked: _Asked, day: dt.date, business: Business) -> bool:
    """Whether somebody may wait for a time of the first service on a day without free times."""
    return is_day_open(asked.service, day, business, clock.now()) and is_worked_on(
        line=Line(asked.service, asked.wanted.provider), day=day
    )


def _chosen(week: openings.Week, at: dt.datetime | None) -> Slot | None:
    """The slot that a link or the last press chose, if it is still there."""
    slots = (choice.slot for part in week.parts for choice in part.choices)
    return next((slot for slot in slots if slot.starts_at == at), None)


def _priced(asked: _Asked, chosen: Slot | None) -> Wanted:
    """What is asked for at the prices of whoever does it, where the chosen time leaves only one."""
    if chosen is None or asked.wanted.provider is not None or len(chosen.provider_ids) > 1:
        return asked.wanted
    person = next((each for each in asked.providers if each.pk in chosen.provider_ids), None)
    return replace(asked.wanted, provider=person)


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
        return render(request, "website/book_slots.html", context | {"brings_facts": True})
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
            lines=asked.wanted.lines,
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
    flow.remember_hold(request, hold, replacing=asked.own)
    return redirect("website:book_details", hold.token)
