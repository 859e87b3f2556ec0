"""The classes of a week (ux S9): /admin/sessions/?week=2025-W45&day=&service=&provider=

Who comes to each, who is in line, and the way to its roster. Whoever may see all bookings sees
every class; a provider sees their own. All sessions there ever were stand in the admin's list.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice.base import actor_of
from backoffice.sessions import ALL, SEE, booked_of_places
from bookings.models import ClassSession
from bookings.waiting import waiting_by_session
from bookings.weeks import (
    Week,
    asked_week,
    by_day,
    end_of_week,
    name_of_week,
    sessions_of_week,
)
from business.models import Business
from business.profile import get_business, local_today
from catalogue.models import Provider, Service
from foundation import clock
from foundation.models import User
from foundation.staff import staff_page, staff_response

TITLE = gettext_lazy("Class sessions")
Own = dict[str, Any]
FILTERS = ("service", "provider")
# Ten years each way: further than anybody looks back, or plans.
WEEKS = 520


class WeekForm(forms.Form):
    """What the address asks for; nonsense is read as nothing. ``day`` asks for its week."""

    week = forms.RegexField(r"^\d{4}-W\d{2}$", required=False)
    day = forms.DateField(label=gettext_lazy("Date"), required=False, input_formats=["%Y-%m-%d"])
    service = forms.ModelChoiceField(
        label=gettext_lazy("Class"),
        queryset=Service.objects.all(),
        required=False,
        empty_label=gettext_lazy("All"),
    )
    provider = forms.ModelChoiceField(
        label=gettext_lazy("Provider"),
        queryset=Provider.objects.all(),
        required=False,
        empty_label=gettext_lazy("All"),
    )

    def __init__(self, data: QueryDict, *, own: Own) -> None:
        """Classes and providers without a session are not offered."""
        super().__init__(data, auto_id="id_%s")
        sessions = ClassSession.objects.filter(**own)
        for name in FILTERS:
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(pk__in=sessions.values(name))
        if own:
            del self.fields["provider"]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that are on."""
        return {name: self.cleaned_data[name] for name in FILTERS if self.cleaned_data.get(name)}


@dataclass(frozen=True)
class Row:
    """One class. ``state``: open, full, over or cancelled; ``waiting`` people are in line."""

    session: ClassSession
    state: str
    counts: str
    waiting: int


@require_safe
@staff_page(SEE, what=TITLE)
def week(request: HttpRequest) -> HttpResponseBase:
    business = get_business()
    own = _own(actor_of(request))
    form = WeekForm(request.GET, own=own)
    form.is_valid()
    shown = _asked(form.cleaned_data, local_today(business))
    narrowed = {**own, **form.chosen}
    sessions = list(sessions_of_week(shown, business).filter(**narrowed))
    context = {
        "week": shown,
        "form": form,
        "count": len(sessions),
        "days": by_day(_rows(sessions), lambda row: row.session.starts_at, business.zone),
        "later": None if sessions else _next_week(narrowed, shown, business),
    }
    return staff_response(request, "backoffice/session_week.html", context, title=TITLE)


def _own(actor: User) -> Own:
    """What narrows the sessions to those whose rosters ``actor`` may see."""
    return {} if actor.has_perm(ALL) else {"provider__user": actor}


def _asked(asked: dict[str, Any], today: dt.date) -> Week:
    name = name_of_week(asked["day"]) if asked.get("day") else asked.get("week") or ""
    return asked_week(name, today, back=WEEKS, ahead=WEEKS)


def _next_week(narrowed: dict[str, Any], week: Week, business: Business) -> str | None:
    """The next week in which one of these takes place, for an empty week."""
    later = ClassSession.objects.filter(
        starts_at__gte=end_of_week(week, business), cancelled_at__isnull=True, **narrowed
    )
    first = later.order_by("starts_at", "pk").first()
    return name_of_week(first.starts_at.astimezone(business.zone).date()) if first else None


def _rows(sessions: list[ClassSession]) -> list[Row]:
    """Each class with its counts; one query, however many there are."""
    waiting = waiting_by_session([session.pk for session in sessions])
    now = clock.now()
    return [
        Row(session, _state(session, now), booked_of_places(session), waiting.get(session.pk, 0))
        for session in sessions
    ]


def _state(session: ClassSession, now: dt.datetime) -> str:
    if session.cancelled_at is not None:
        return "cancelled"
    if session.ends_at <= now:
        return "over"
    return "open" if session.places_left > 0 else "full"
