"""Moving, taking back and deleting a booking, and its history (ux S3).

Each asks before it does what cannot be seen on the page: moving shows old and new side by side,
deleting what happens to points and gift cards. Taking back is one press, because the booking can
be marked again at once.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.beside import is_beside, page_or_beside
from backoffice.bookings import (
    BOOK,
    CANCEL,
    ONE,
    SEE,
    ask,
    do,
    fingerprint,
    has_begun,
    news_of,
    state_sent,
    too_late,
    with_booking,
)
from backoffice.in_the_way import in_the_way
from backoffice.move_plan import MovedLine, parts_of, plan_move, stranger_to
from backoffice.reach import FURTHEST, check_day
from bookings.availability import Slot, free_slots, nearest_slots
from bookings.errors import NoSuchTime, SlotTaken, VisitChanged
from bookings.models import STANDING, Booking, BookingChange, BookingStatus, ClassSession
from bookings.moving import lines_of, sessions_to_move_to
from bookings.session_rules import instant_on
from bookings.visits import state_of
from business.profile import get_business
from catalogue.models import Provider
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.staff import post_only, staff_page
from foundation.writing import local, write_day_time
from loyalty.history import expected_after
from sales.marking import undo_mark
from sales.moving import move_effects, move_place, move_visit
from sales.quotes import cancellation_effects
from sales.visits import delete_visit


class WhereForm(forms.Form):
    """Where to: a day and a person, whose free times are shown, or an hour of one's own."""

    day = forms.DateField(label=gettext_lazy("Day"))
    person = forms.ModelChoiceField(
        label=gettext_lazy("With"),
        queryset=Provider.objects.filter(archived_at__isnull=True),
        required=False,
        empty_label=gettext_lazy("As it is booked"),
    )
    hour = forms.TimeField(label=gettext_lazy("Another hour"), required=False)
    at = forms.DateTimeField(required=False)
    session = forms.IntegerField(required=False, min_value=1, max_value=2**31)

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        check_day(day, back=FURTHEST)
        return day

    def clean_at(self) -> dt.datetime | None:
        at: dt.datetime | None = self.cleaned_data["at"]
        if at is not None:
            check_day(at.date(), back=FURTHEST)
        return at

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        hour, day = data.get("hour"), data.get("day")
        if hour is not None and day is not None and not data.get("at"):
            data["at"] = instant_on(day, hour, get_business().zone)
            if data["at"] is None:
                self.add_error("hour", str(NoSuchTime()))
        return data


@dataclass(frozen=True)
class _Target:
    """Where the visit would go, with its ``lines``. ``is_offered`` is false for a time that only
    staff may give; ``warnings`` say what else is unusual."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    provider: Provider | None
    session: ClassSession | None
    is_offered: bool
    lines: list[MovedLine]
    warnings: list[str] = field(default_factory=list)


@staff_page(BOOK, what=ONE)
def move(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Day and person, then one of their free times or another hour, then old and new."""

    def answer(booking: Booking) -> HttpResponseBase:
        if booking.status not in STANDING:
            return too_late(request, booking)
        if request.method == "POST":
            return _move(request, booking)
        form = WhereForm(_with_day(request.GET, booking))
        return _choose_or_look(request, booking, form)

    return with_booking(request, pk, answer)


@post_only
@staff_page(SEE, what=ONE)
def undo(request: HttpRequest, pk: int) -> HttpResponseBase:
    def answer(booking: Booking) -> HttpResponseBase:
        sent = request.POST.get("mark", "")
        marks = BookingChange.objects.filter(booking=booking)
        mark = marks.filter(pk=int(sent)).first() if sent.isdecimal() and len(sent) < 19 else None
        if mark is None:
            return redirect("backoffice:booking", booking.pk)
        done = _("Taken back.")
        actor = actor_of(request)
        return do(
            request, booking, lambda: undo_mark(booking=booking, mark=mark, actor=actor), done
        )

    return with_booking(request, pk, answer)


@staff_page(CANCEL, what=ONE)
def delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    def answer(booking: Booking) -> HttpResponseBase:
        if booking.status == BookingStatus.NO_SHOW or booking.visit.hidden_at:
            return too_late(request, booking)
        effects = cancellation_effects(booking.visit)
        if request.method != "POST" or request.POST.get("seen") != fingerprint(booking, effects):
            return ask(request, booking, "bookings_delete.html", _("Delete this booking?"), effects)
        actor, state = actor_of(request), state_sent(request)
        done = do(
            request,
            booking,
            lambda: delete_visit(visit=booking.visit, actor=actor, seen=state),
            _("The booking is deleted."),
        )
        if done.status_code == 302 and not is_beside(request):
            return redirect("backoffice:bookings")
        return done

    return with_booking(request, pk, answer)


def _with_day(query: QueryDict, booking: Booking) -> QueryDict:
    """At first the day on which the booking is."""
    asked = query.copy()
    if not asked.get("day"):
        asked["day"] = local(booking.starts_at, get_business().zone).date().isoformat()
    return asked


def _choose_or_look(
    request: HttpRequest,
    booking: Booking,
    form: WhereForm,
    *,
    refused: DomainError | None = None,
    status: int = 200,
) -> HttpResponseBase:
    form.is_valid()
    asked = form.cleaned_data
    slots = _free(booking, asked)
    sessions = sessions_to_move_to(booking.visit) if booking.session_id else []
    person, target = asked.get("person"), None
    at = asked["at"].astimezone(dt.UTC) if asked.get("at") and not booking.session_id else None
    if refused is None or isinstance(refused, VisitChanged):
        try:
            target = _target(booking, asked, slots, sessions)
        except DomainError as error:
            # Known before it is tried: nobody is asked to agree to what cannot be.
            refused, status = error, error.status
            if at is not None and isinstance(error, SlotTaken):
                refused = _taken(booking, at, person)
    clash: list[str] = []
    if at is not None and isinstance(refused, SlotTaken):
        clash = in_the_way(actor_of(request), booking, starts_at=at, provider=person)
    context: dict[str, Any] = {
        "booking": booking,
        "visit": booking.visit,
        "client": booking.visit.client,
        "form": form,
        "refused": refused,
        "clash": clash,
        "news": news_of(booking, request.POST.get("seen", "")),
    }
    title = _("Move this booking")
    if target is None:
        context |= {
            "slots": slots,
            "sessions": sessions,
            "nearest": refused.nearest if isinstance(refused, SlotTaken) else [],
            "day": asked.get("day"),
            "stranger": stranger_to(booking, person),
        }
        template = "backoffice/bookings_move.html"
        return page_or_beside(request, template, context, title=title, status=status)
    context |= {
        "target": target,
        "effects": move_effects(
            booking.visit, ends_at=target.ends_at, provider=target.provider, part=booking
        ),
        "seen": state_of(booking.visit.bookings.all()),
        "points_at": expected_after(target.ends_at, get_business()),
        "form_token": new_form_token(),
        "has_begun": has_begun(target.ends_at),
    }
    template = "backoffice/bookings_move_review.html"
    return page_or_beside(request, template, context, title=_("Move to this time?"), status=status)


def _taken(booking: Booking, at: dt.datetime, person: Provider | None) -> SlotTaken:
    lines = lines_of(booking.visit, provider=person, part=booking)
    nearest = nearest_slots(lines=lines, around=at, moving=booking.visit, for_staff=True)
    return SlotTaken(nearest=nearest)


def _free(booking: Booking, asked: dict[str, Any]) -> list[Slot]:
    day = asked.get("day")
    if day is None or booking.session_id:
        return []
    lines = lines_of(booking.visit, provider=asked.get("person"), part=booking)
    found = free_slots(
        lines=lines, first_day=day, last_day=day, moving=booking.visit, for_staff=True
    )
    return found[day]


def _target(
    booking: Booking, asked: dict[str, Any], slots: list[Slot], sessions: list[ClassSession]
) -> _Target | None:
    if booking.session_id:
        session = next((each for each in sessions if each.pk == asked.get("session")), None)
        if session is None:
            return None
        starts_at, ends_at = session.starts_at, session.ends_at
        lines = [
            MovedLine(each, session.provider, starts_at, ends_at) for each in parts_of(booking)
        ]
        return _Target(starts_at, ends_at, None, session, is_offered=True, lines=lines)
    at = asked.get("at")
    if at is None:
        return None
    at = at.astimezone(dt.UTC)
    plan = plan_move(booking, starts_at=at, provider=asked.get("person"))
    return _Target(
        starts_at=at,
        ends_at=plan.ends_at,
        provider=asked.get("person"),
        session=None,
        is_offered=any(each.starts_at == at for each in slots),
        lines=plan.lines,
        warnings=plan.warnings,
    )


def _move(request: HttpRequest, booking: Booking) -> HttpResponseBase:
    form = WhereForm(_with_day(request.POST, booking))
    token, total = request.POST.get("form_token", ""), request.POST.get("total", "")
    form.is_valid()
    asked = form.cleaned_data
    sessions = ClassSession.objects.filter(pk=asked.get("session") or 0)
    session = sessions.first() if booking.session_id else None
    if session is None and not asked.get("at"):
        return _choose_or_look(request, booking, form, status=422)
    common: dict[str, Any] = {
        "visit": booking.visit,
        "form_token": token,
        "actor": actor_of(request),
        "seen": request.POST.get("seen"),
    }
    try:
        if session is not None:
            moved = move_place(session=session, **common)
        else:
            moved = move_visit(
                starts_at=asked["at"].astimezone(dt.UTC),
                provider=asked.get("person"),
                part=booking,
                expected_total_minor=int(total) if total.isdecimal() and len(total) < 13 else None,
                **common,
            )
    except DomainError as error:
        return _choose_or_look(request, booking, form, refused=error, status=error.status)
    when = write_day_time(moved.starts_at, get_business().zone)
    messages.success(request, _("Moved to %(when)s.") % {"when": when})
    return redirect("backoffice:booking", booking.pk)
