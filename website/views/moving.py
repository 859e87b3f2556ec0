"""Moving a visit (C22): another time with the same person, old and new side by side, one button.

The link in a mail opens it without signing in. Until the button the old time stays kept; nothing
before it changes anything, so choosing is a form that only asks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bookings.availability import Slot, nearest_slots
from bookings.errors import SlotTaken, TooLateToMove, VisitChanged
from bookings.lines import Line
from bookings.models import Booking, ClassSession, Visit
from bookings.moving import check_client_may_move, lines_of, sessions_to_move_to
from bookings.placing import outline
from bookings.visits import find_visit, state_of
from catalogue.models import Provider
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.writing import write_day_time
from loyalty.history import expected_after
from sales.moving import move_effects, move_place, move_visit
from website import flow, openings
from website.forms_booking import MoveForm, MoveQuery, read_query
from website.shown_visits import ShownVisit, show_one
from website.views.visits import own_visit
from website.visitors import business_of, features_of, my_user


@dataclass
class _Asked:
    """What a visitor asks about: a day, then a time with somebody, or another session."""

    visit: Visit
    lines: list[Line]
    anyone: bool
    provider: Provider | None
    day: dt.date | None
    at: dt.datetime | None
    session_id: int | None

    @property
    def is_class(self) -> bool:
        return self.visit.bookings.all()[0].session_id is not None


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def move(request: HttpRequest, found: Visit) -> HttpResponse:
    """Choose, look once more, move. A time that is gone answers 409 with the nearest three."""
    asked = _read(found, read_query(MoveQuery, request.GET))
    if request.method == "POST":
        return _move(request, asked)
    return _as_it_is(request, asked)


def _as_it_is(
    request: HttpRequest, asked: _Asked, *, status: int = 200, changed: VisitChanged | None = None
) -> HttpResponse:
    """The page of a visit that may be moved, or why it may not."""
    context = _context(request, asked.visit)
    if not context["shown"].is_coming:
        return render(request, "website/visit_move_closed.html", context, status=status)
    try:
        check_client_may_move(asked.visit, business_of(request))
    except DomainError as refused:
        return _closed(request, context, refused, status=status)
    return _look(request, asked, context, status=status, conflict=changed)


def _context(request: HttpRequest, found: Visit) -> dict[str, Any]:
    return {
        "visit": found,
        "shown": show_one(found, business_of(request), features_of(request)),
        "here": flow.visit_address(request, found),
        "move": flow.visit_address(request, found, "website:visit_move"),
        "cancel": flow.visit_address(request, found, "website:visit_cancel"),
        "key": read_query(MoveQuery, request.GET)["k"] or "",
        "seen": state_of(found.bookings.all()),
    }


def _read(visit: Visit, values: dict[str, Any]) -> _Asked:
    lines = lines_of(visit)
    others = flow.providers_of(lines[0].service) if len(lines) == 1 else []
    provider = next((each for each in others if each.pk == values["with"]), None)
    anyone = bool(values["anyone"]) and len(others) > 1 and provider is None
    if anyone:
        lines = [replace(lines[0], provider=None)]
    elif provider is not None:
        lines = [replace(lines[0], provider=provider)]
    return _Asked(visit, lines, anyone, provider, values["day"], values["at"], values["session"])


def _look(
    request: HttpRequest,
    asked: _Asked,
    context: dict[str, Any],
    *,
    status: int = 200,
    conflict: DomainError | None = None,
) -> HttpResponse:
    """The page of the step that the query asks for. What the salon changed meanwhile is shown
    beside the time that was chosen, which may be had all the same."""
    may_review = conflict is None or isinstance(conflict, VisitChanged)
    context["conflict"] = conflict
    if asked.is_class:
        sessions = sessions_to_move_to(asked.visit, by_client=True)
        session = next((each for each in sessions if each.pk == asked.session_id), None)
        if session is not None and may_review:
            return _review_session(request, asked, session, context, status)
        context["sessions"] = sessions
        return render(request, "website/visit_move_session.html", context, status=status)
    week = _week(request, asked)
    slot = next((s for s in _slots(week) if s.starts_at == asked.at), None)
    if slot is not None and may_review:
        return _review(request, asked, slot, context, status)
    if asked.at is not None and conflict is None:
        conflict, status = SlotTaken(nearest=_nearest(asked, asked.at)), 409
    nearest = conflict.nearest if isinstance(conflict, SlotTaken) else []
    context |= {"nearest": nearest, "conflict": conflict}
    return _choose(request, asked, week, context, status)


def _choose(
    request: HttpRequest,
    asked: _Asked,
    week: openings.Week,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    business = business_of(request)
    providers = flow.providers_of(asked.lines[0].service) if len(asked.lines) == 1 else []
    context |= {
        "week": week,
        "anyone": asked.anyone,
        "provider": asked.provider,
        "can_be_anyone": len(providers) > 1,
        "earliest": openings.local_today(business),
        "latest": openings.last_day(asked.lines, business),
    }
    return render(request, "website/visit_move.html", context, status=status)


def _week(request: HttpRequest, asked: _Asked) -> openings.Week:
    """The week that is asked for; at first that of the visit itself."""
    business = business_of(request)
    day = asked.day
    if day is None:
        day = (asked.at or asked.visit.starts_at).astimezone(business.zone).date()
    names = {person.pk: person.name for person in flow.providers_of(asked.lines[0].service)}
    return openings.week_of(
        lines=asked.lines,
        day=openings.clamp(day, asked.lines, business),
        business=business,
        names=names,
        moving=asked.visit,
    )


def _slots(week: openings.Week) -> list[Slot]:
    return [choice.slot for part in week.parts for choice in part.choices]


def _nearest(asked: _Asked, around: dt.datetime) -> list[Slot]:
    return nearest_slots(lines=asked.lines, around=around, moving=asked.visit)


def _review(
    request: HttpRequest, asked: _Asked, slot: Slot, context: dict[str, Any], status: int
) -> HttpResponse:
    taker = _taker(asked, slot)
    effects = move_effects(asked.visit, ends_at=slot.ends_at, provider=taker)
    context |= {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "new_lines": _new_lines(asked, slot, context["shown"]),
        "taker": taker,
        "effects": effects,
        "points_at": expected_after(slot.ends_at, business_of(request)),
        "form_token": new_form_token(),
        "anyone": asked.anyone,
        "is_same": slot.starts_at == asked.visit.starts_at
        and (taker is None or taker == asked.visit.bookings.all()[0].provider),
    }
    return render(request, "website/visit_move_review.html", context, status=status)


def _new_lines(asked: _Asked, slot: Slot, shown: ShownVisit) -> list[tuple[Booking, dt.datetime]]:
    """Each booking with when it would begin."""
    if len(shown.bookings) == 1:
        return [(shown.first, slot.starts_at)]
    placed = outline(lines=asked.lines, starts_at=slot.starts_at)
    return [(booking, each.starts_at) for booking, each in zip(shown.bookings, placed, strict=True)]


def _taker(asked: _Asked, slot: Slot) -> Provider | None:
    """Whom a single booking goes to: the same person if possible. None leaves a visit of several
    bookings as it is."""
    if len(asked.lines) > 1:
        return None
    booked = asked.visit.bookings.all()[0].provider
    if not asked.anyone:
        return asked.provider or booked
    if booked.pk in slot.provider_ids:
        return booked
    return Provider.objects.get(pk=slot.provider_ids[0])


def _review_session(
    request: HttpRequest,
    asked: _Asked,
    session: ClassSession,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    context |= {
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "new_lines": [(context["shown"].first, session.starts_at)],
        "taker": session.provider,
        "session": session,
        "effects": move_effects(asked.visit, ends_at=session.ends_at),
        "points_at": expected_after(session.ends_at, business_of(request)),
        "form_token": new_form_token(),
    }
    return render(request, "website/visit_move_review.html", context, status=status)


def _move(request: HttpRequest, asked: _Asked) -> HttpResponse:
    context = _context(request, asked.visit)
    if not context["shown"].is_coming:
        return render(request, "website/visit_move_closed.html", context, status=409)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _look(request, asked, context, status=422)
    sent = form.cleaned_data
    try:
        moved = _command(request, asked, sent)
    except VisitChanged as changed:
        return _look_again(request, asked, sent, changed)
    except TooLateToMove as refused:
        return _closed(request, context, refused, status=refused.status)
    except DomainError as error:
        asked.day = sent["at"] and sent["at"].astimezone(business_of(request).zone).date()
        return _look(request, asked, context, status=error.status, conflict=error)
    when = write_day_time(moved.starts_at, business_of(request).zone)
    messages.success(request, _("Moved to %(when)s") % {"when": when})
    return redirect(flow.visit_address(request, moved))


def _look_again(
    request: HttpRequest, asked: _Asked, sent: dict[str, Any], changed: VisitChanged
) -> HttpResponse:
    """What was chosen, beside the visit as it stands by now."""
    values = read_query(MoveQuery, request.GET)
    values |= {"at": sent["at"] or values["at"], "session": sent["session"] or values["session"]}
    fresh = _read(find_visit(asked.visit.ref), values)
    return _as_it_is(request, fresh, status=changed.status, changed=changed)


def _command(request: HttpRequest, asked: _Asked, sent: dict[str, Any]) -> Visit:
    common: dict[str, Any] = {
        "visit": asked.visit,
        "form_token": sent["form_token"],
        "actor": my_user(request),
        "by_client": True,
        "seen": sent["seen"] or None,
    }
    if sent["session"]:
        session = ClassSession.objects.filter(pk=sent["session"]).first()
        if session is not None:
            return move_place(session=session, **common)
    provider = Provider.objects.filter(pk=sent["with"]).first() if sent["with"] else None
    return move_visit(
        starts_at=sent["at"] or asked.visit.starts_at,
        provider=provider,
        expected_total_minor=sent["total"],
        **common,
    )


def _closed(
    request: HttpRequest, context: dict[str, Any], refused: DomainError, *, status: int
) -> HttpResponse:
    context |= {"refused": refused, "too_late": isinstance(refused, TooLateToMove)}
    return render(request, "website/visit_move_closed.html", context, status=status)
