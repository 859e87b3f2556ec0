"""Changing one class session, and cancelling it (S9).

Cancelling shows first what it does to points, gift cards and people, and sends that along: when it
is no longer true, the new effects are shown instead of a cancelled class that surprises.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.base import actor_of
from backoffice.cancel_words import ClassCancelForm, read_cancel_form
from backoffice.reach import check_day
from backoffice.session_told import not_told
from backoffice.sessions import CANCEL, CHANGE, ONE, do, taken, title_of, with_session
from bookings.models import STANDING, Booking, ClassSession
from bookings.session_rules import instant_on
from bookings.waiting import line_of_session
from business.profile import get_business
from catalogue.models import Provider
from foundation.errors import DomainError
from foundation.staff import staff_page, staff_response
from sales.class_sessions import cancel_session, change_session, session_effects
from sales.quotes import Effects


class SessionForm(forms.Form):
    """Who gives a class, and for how many."""

    provider = forms.ModelChoiceField(
        label=gettext_lazy("Provider"),
        queryset=Provider.objects.filter(archived_at__isnull=True),
        empty_label=None,
    )
    places = forms.IntegerField(
        label=gettext_lazy("Places"),
        min_value=1,
        max_value=500,
        error_messages={"required": gettext_lazy("Enter how many places there are")},
    )


class ChangeForm(SessionForm):
    """Day and time are the salon's wall clock. Whoever has booked moves along."""

    field_order = ("day", "time")
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter the day")},
    )
    time = forms.TimeField(
        label=gettext_lazy("Starts at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": gettext_lazy("Enter the time")},
    )

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        check_day(day)
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "day" in data and "time" in data:
            zone = get_business().zone
            starts_at = instant_on(data["day"], data["time"], zone)
            if starts_at is None:
                self.add_error("time", _("The clocks skip this time on that day."))
            data["starts_at"] = starts_at
        return data


@staff_page(CHANGE, what=ONE)
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Another time, provider or number of places, for this one session."""

    def answer(session: ClassSession) -> HttpResponseBase:
        zone = get_business().zone
        starts = session.starts_at.astimezone(zone)
        initial = {
            "day": starts.date(),
            "time": starts.time(),
            "provider": session.provider,
            "places": session.places,
        }
        form = ChangeForm(request.POST or None, initial=initial)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                error = _change(request, session, form)
                if error is None:
                    return redirect("backoffice:session", session.pk)
                form.add_error("places" if error.code == "places-taken" else None, str(error))
                status = error.status
        context = {"session": session, "form": form, "taken": taken(session)}
        title = _("Change %(what)s") % {"what": title_of(session, get_business())}
        return staff_response(
            request, "backoffice/session_change.html", context, title=title, status=status
        )

    return with_session(request, pk, answer)


def _change(request: HttpRequest, session: ClassSession, form: ChangeForm) -> DomainError | None:
    data = form.cleaned_data
    try:
        change_session(
            session=session,
            starts_at=data["starts_at"],
            provider=data["provider"],
            places=data["places"],
            actor=actor_of(request),
        )
    except DomainError as error:
        return error
    messages.success(request, _("The class is changed."))
    return None


@staff_page(CANCEL, what=ONE)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What cancelling the class does, before the button that does it."""

    def answer(session: ClassSession) -> HttpResponseBase:
        if session.cancelled_at is not None:
            return redirect("backoffice:session", session.pk)
        effects = session_effects(session)
        people = _standing(session).count()
        untold = not_told(session)
        seen = _fingerprint(effects, people, len(untold))
        form = read_cancel_form(request, ClassCancelForm)
        is_sent, fits = request.method == "POST", form.is_valid()
        if is_sent and fits and request.POST.get("seen") == seen:
            reason = form.cleaned_data["reason"]
            return do(request, session, lambda: _cancel(request, session, reason, len(untold)))
        context = {
            "session": session,
            "effects": effects,
            "returned_minor": sum(minor for _last_four, minor in effects.card_returns),
            "people": people,
            "told": _standing(session).exclude(visit__client__email="").count(),
            "in_line": line_of_session(session.pk).exclude(client__email="").count(),
            "untold": untold,
            "seen": seen,
            "is_news": is_sent and fits,
            "form": form,
        }
        title = _("Cancel %(what)s?") % {"what": title_of(session, get_business())}
        status = (409 if fits else 422) if is_sent else 200
        return staff_response(
            request, "backoffice/session_cancel.html", context, title=title, status=status
        )

    return with_session(request, pk, answer)


def _cancel(request: HttpRequest, session: ClassSession, reason: str, untold: int) -> str:
    cancel_session(session=session, actor=actor_of(request), reason=reason)
    if not untold:
        return str(_("The class is cancelled, and everybody is told."))
    text = ngettext(
        "The class is cancelled. %(n)d client has no e-mail address and is not told.",
        "The class is cancelled. %(n)d clients have no e-mail address and are not told.",
        untold,
    )
    return text % {"n": untold}


def _fingerprint(effects: Effects, people: int, untold: int) -> str:
    returned = sum(minor for _last_four, minor in effects.card_returns)
    return f"{people}/{untold}/{effects.points_dropped}/{effects.points_withdrawn}/{returned}"


def _standing(session: ClassSession) -> Any:
    return Booking.objects.filter(session=session, status__in=STANDING)
