"""The timetable of classes, the page of a class and of one session (C10, C11)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings.errors import SessionFull
from bookings.holds import place_session_hold
from bookings.models import Booking, ClassSession
from bookings.visits import free_to_cancel_at
from bookings.weeks import (
    Week,
    asked_week,
    by_day,
    end_of_week,
    name_of_week,
    sessions_of_week,
    week_of,
)
from business.models import Business
from business.profile import local_today
from catalogue.models import Service
from foundation import clock, rates
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from loyalty.rules import points_by_service
from website import flow
from website.forms_booking import PARTS, PARTS_OF_DAY, TimetableQuery, read_query
from website.forms_waiting import PlacesQuery, WaitingForm
from website.timetable import Row, bookings_at, rows
from website.views.booking import HOLD_WINDOW_SECONDS, HOLDS_PER_WINDOW
from website.views.waiting import join_session, waiting_form
from website.visitors import (
    business_of,
    features_of,
    guess_sources,
    my_client,
    my_user,
    wants_fragment,
)

WEEKS_BACK, WEEKS_AHEAD = 4, 53
# How many coming sessions the page of a class lists.
SESSIONS_SHOWN = 8
PARTS_OF_DAY_NAMED = [(code, name) for code, (_ends, name) in zip(PARTS, PARTS_OF_DAY, strict=True)]


def _asked_week(name: str, today: dt.date) -> Week:
    """The week of that name, kept within sight of today."""
    return asked_week(name, today, back=WEEKS_BACK, ahead=WEEKS_AHEAD)


@require_safe
def timetable(request: HttpRequest) -> HttpResponse:
    """A week of classes, day by day."""
    business = business_of(request)
    today = local_today(business)
    asked = read_query(TimetableQuery, request.GET)
    week = _week(business, today, asked)
    everything = list(
        sessions_of_week(week, business).filter(
            service__online=True, service__archived_at__isnull=True
        )
    )
    shown = [
        session
        for session in everything
        if (not asked["type"] or session.service.slug == asked["type"])
        and (not asked["with"] or session.provider_id == asked["with"])
        and (not asked["time"] or _part_of_day(session, business) == asked["time"])
    ]
    listed = _rows(request, shown)
    filters = sum(bool(asked[name]) for name in ("type", "with", "time"))
    context = {
        "days": by_day(listed, lambda row: row.session.starts_at, business.zone),
        "count": len(listed),
        "week": week,
        "types": _unique((s.service.slug, s.service.name) for s in everything),
        "teachers": _unique((s.provider_id, s.provider.name) for s in everything),
        "type": asked["type"] or "",
        "with": asked["with"],
        "time": asked["time"] or "",
        "times": PARTS_OF_DAY_NAMED,
        "filters": filters,
        "form_token": new_form_token(),
        "next_week": None if everything else _next_week_with_classes(business, week),
    }
    fragment = wants_fragment(request, "timetable")
    name = "website/classes_list.html" if fragment else "website/classes.html"
    return render(request, name, context)


def _rows(request: HttpRequest, sessions: list[ClassSession]) -> list[Row]:
    return rows(
        sessions,
        points=points_by_service(features_of(request)),
        client=my_client(request),
        business=business_of(request),
    )


def _part_of_day(session: ClassSession, business: Business) -> str:
    hour = session.starts_at.astimezone(business.zone).hour
    return next(
        code for (ends, _name), code in zip(PARTS_OF_DAY, PARTS, strict=True) if hour < ends
    )


def _unique(pairs: Any) -> list[tuple[Any, str]]:
    return sorted(dict(pairs).items(), key=lambda pair: pair[1])


def _week(business: Business, today: dt.date, asked: dict[str, Any]) -> Week:
    """The week that was asked for, else the first that has a session still to come."""
    if asked["day"]:
        return _asked_week(name_of_week(asked["day"]), today)
    if asked["week"]:
        return _asked_week(asked["week"], today)
    coming = ClassSession.objects.filter(starts_at__gt=clock.now())
    if asked["type"]:
        coming = coming.filter(service__slug=asked["type"])
    if asked["with"]:
        coming = coming.filter(provider_id=asked["with"])
    return week_of(_first_day(business, coming) or today, today)


def _next_week_with_classes(business: Business, week: Week) -> str | None:
    """The next week that has a class, for an empty one."""
    after = max(end_of_week(week, business), clock.now())
    later = ClassSession.objects.filter(starts_at__gte=after)
    day = _first_day(business, later)
    return name_of_week(day) if day else None


def _first_day(business: Business, sessions: Any) -> dt.date | None:
    """The salon's day of the first of ``sessions`` that can be booked online."""
    first = _coming(sessions).first()
    return first.starts_at.astimezone(business.zone).date() if first else None


def _coming(sessions: Any) -> Any:
    return sessions.filter(
        cancelled_at__isnull=True, service__online=True, service__archived_at__isnull=True
    ).order_by("starts_at", "pk")


def next_sessions(request: HttpRequest, service: Service, without: int | None = None) -> list[Row]:
    coming = _coming(service.sessions.filter(starts_at__gt=clock.now())).exclude(pk=without)
    return _rows(request, list(coming.select_related("service", "provider")[:SESSIONS_SHOWN]))


@require_safe
def class_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What a class is, and when it runs next."""
    service = flow.offered_service(slug)
    if not flow.is_offered(service):
        return flow.withdrawn(request, service)
    if not service.is_class:
        return redirect("website:service", service.slug)
    context = {
        "service": service,
        "earn": points_by_service(features_of(request)).get(service.pk),
        "sessions": next_sessions(request, service),
        "form_token": new_form_token(),
    }
    return render(request, "website/class.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One session. POST begins the booking; the places are taken by the last button."""
    found = _find_session(session_id)
    if not flow.is_offered(found.service):
        return flow.withdrawn(request, found.service)
    if request.method != "POST":
        return _render_session(request, found, places=_wanted_places(found, request.GET))
    rates.hit(
        "hold", guess_sources(request)[0], limit=HOLDS_PER_WINDOW, seconds=HOLD_WINDOW_SECONDS
    )
    places = _wanted_places(found, request.POST)
    try:
        hold = place_session_hold(session=found, user=my_user(request), places=places)
    except DomainError as error:
        if _is_from_row(request, session_id):
            return _render_row(request, session_id, status=error.status, conflict=str(error))
        found = _find_session(session_id)
        if isinstance(error, SessionFull):
            places = min(places, max(1, error.params["left"]))
        return _render_session(
            request, found, status=error.status, conflict=str(error), places=places
        )
    flow.remember_hold(request, hold)
    details = reverse("website:book_details", args=[hold.token])
    if _is_from_row(request, session_id):
        return HttpResponse(headers={"HX-Redirect": details})
    return redirect(details)


@require_POST
def wait_for_place(request: HttpRequest, session_id: int) -> HttpResponse:
    """Join the waiting list of a full class."""
    found = _find_session(session_id)
    if not flow.is_offered(found.service):
        return flow.withdrawn(request, found.service)
    answer = join_session(request, found)
    if _is_from_row(request, session_id):
        if isinstance(answer, HttpResponse):
            return _render_row(request, session_id)
        said = [str(error) for errors in answer.errors.values() for error in errors]
        return _render_row(request, session_id, status=422, conflict=" ".join(said))
    if isinstance(answer, HttpResponse):
        return answer
    return _render_session(request, _find_session(session_id), status=422, form=answer)


def _find_session(session_id: int) -> ClassSession:
    found = (
        ClassSession.objects.select_related("service", "service__category", "provider")
        .filter(pk=session_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def _wanted_places(found: ClassSession, data: QueryDict) -> int:
    """How many the stepper says: its buttons before its field, and never more than one booking
    may have."""
    asked = read_query(PlacesQuery, data)
    wanted = asked["to"] or asked["places"] or 1
    return int(min(wanted, found.service.places_per_booking))


def _render_session(
    request: HttpRequest,
    found: ClassSession,
    *,
    status: int = 200,
    conflict: str = "",
    places: int = 1,
    form: WaitingForm | None = None,
) -> HttpResponse:
    (row,) = _rows(request, [found])
    until = free_to_cancel_at(found.starts_at, business_of(request))
    if form is None and row.can_wait:
        form = waiting_form(request, session=found)
    context = {
        "session": found,
        "service": found.service,
        "row": row,
        "conflict": conflict,
        "places": places,
        "most_places": min(found.service.places_per_booking, row.left),
        "total_minor": found.service.price_minor * places,
        "earns": row.points * places if row.points else None,
        "form": form,
        "meanwhile": _meanwhile(request, found) if row.is_bookable or row.can_wait else [],
        "signed_in": my_user(request),
        "cancel_until": until,
        "still_free": clock.now() <= until,
        "form_token": new_form_token(),
        "others": [] if row.is_bookable else next_sessions(request, found.service, found.pk),
    }
    if wants_fragment(request, "places"):
        return render(request, "website/session_places.html", context, status=status)
    return render(request, "website/session.html", context, status=status)


def _meanwhile(request: HttpRequest, found: ClassSession) -> list[Booking]:
    """What whoever is signed in has booked for the same time: a warning, nothing more."""
    client = my_client(request)
    if client is None:
        return []
    return list(bookings_at(client, found.starts_at, found.ends_at).exclude(session=found))


def _is_from_row(request: HttpRequest, session_id: int) -> bool:
    """Whether the button of a row was pressed, which is answered with the row (C10)."""
    return wants_fragment(request, f"row-{session_id}")


def _render_row(
    request: HttpRequest, session_id: int, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    (row,) = _rows(request, [_find_session(session_id)])
    context = {
        "row": row,
        "heading": "h3",
        "dated": "dated" in request.POST,
        "conflict": conflict,
        "pressed": True,
        "form_token": new_form_token(),
    }
    return render(request, "website/session_row.html", context, status=status)
