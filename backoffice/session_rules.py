"""Changing a weekly class from one of its dates on, and ending it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.base import actor_of
from backoffice.session_changes import SessionForm
from bookings.models import SessionRule
from bookings.session_rules import AHEAD, days_of
from business.profile import get_business, local_today
from catalogue.models import WEEKDAYS
from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID
from foundation.staff import staff_page, staff_response
from foundation.writing import write_day, write_day_time
from sales.class_sessions import ChangedRule, change_rule_from, stop_rule

ONE = gettext_lazy("A weekly class")
CHANGE = "bookings.change_sessionrule"


class FromHereOnForm(SessionForm):
    """From which date, and what the class is from then on."""

    field_order = ("from_day", "weekday", "starts")
    from_day = forms.TypedChoiceField(
        label=gettext_lazy("From this date on"), coerce=dt.date.fromisoformat
    )
    weekday = forms.TypedChoiceField(label=gettext_lazy("Weekday"), choices=WEEKDAYS, coerce=int)
    starts = forms.TimeField(
        label=gettext_lazy("Starts at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"required": gettext_lazy("Enter the time")},
    )
    move_booked = forms.BooleanField(
        label=gettext_lazy("Also move sessions that somebody has booked, and tell everybody"),
        required=False,
    )

    def __init__(self, *args: Any, rule: SessionRule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_day"].choices = [  # type: ignore[attr-defined]
            (day.isoformat(), write_day(day, long=True)) for day in coming_days(rule)
        ]

    @property
    def new_first_day(self) -> dt.date:
        """The chosen weekday in the week of the chosen date."""
        day: dt.date = self.cleaned_data["from_day"]
        return day + dt.timedelta(days=self.cleaned_data["weekday"] - day.weekday())


class StopForm(forms.Form):
    last_day = forms.DateField(
        label=gettext_lazy("Last date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter the last date")},
    )


def coming_days(rule: SessionRule) -> list[dt.date]:
    today = local_today(get_business())
    return list(days_of(rule, today, max(today, rule.first_day) + AHEAD))


def _rule(pk: int) -> SessionRule:
    rules = SessionRule.objects.select_related("service", "provider")
    found = rules.filter(pk=min(pk, LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


@staff_page(CHANGE, what=ONE)
def change_from(request: HttpRequest, pk: int) -> HttpResponseBase:
    rule = _rule(pk)
    initial = {
        "from_day": request.GET.get("from", ""),
        "weekday": rule.first_day.weekday(),
        "starts": rule.starts,
        "provider": rule.provider_id,
        "places": rule.places,
    }
    form = FromHereOnForm(request.POST or None, initial=initial, rule=rule)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = _change(request, rule, form)
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                _tell(request, changed)
                return redirect("admin:bookings_sessionrule_change", changed.rule.pk)
    context = {"rule": rule, "form": form}
    title = _("Change %(what)s from a date on") % {"what": rule.service.name}
    return staff_response(
        request, "backoffice/session_rule_change.html", context, title=title, status=status
    )


def _change(request: HttpRequest, rule: SessionRule, form: FromHereOnForm) -> ChangedRule:
    data = form.cleaned_data
    return change_rule_from(
        rule=rule,
        from_day=data["from_day"],
        new_first_day=form.new_first_day,
        starts=data["starts"],
        provider=data["provider"],
        places=data["places"],
        move_booked=data["move_booked"],
        actor=actor_of(request),
    )


def _tell(request: HttpRequest, changed: ChangedRule) -> None:
    text = ngettext("%(n)d session is changed.", "%(n)d sessions are changed.", changed.moved)
    messages.success(request, text % {"n": changed.moved})
    zone = get_business().zone
    for session in changed.stayed:
        when = write_day_time(session.starts_at, zone)
        messages.warning(request, _("%(when)s stays: somebody has booked.") % {"when": when})
    for session in changed.in_the_way:
        when = write_day_time(session.starts_at, zone)
        messages.warning(request, _("%(when)s stays: the new time is taken.") % {"when": when})


@staff_page(CHANGE, what=ONE)
def stop(request: HttpRequest, pk: int) -> HttpResponseBase:
    rule = _rule(pk)
    form = StopForm(request.POST or None, initial={"last_day": local_today(get_business())})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                stay = stop_rule(
                    rule=rule, last_day=form.cleaned_data["last_day"], actor=actor_of(request)
                )
            except DomainError as error:
                form.add_error("last_day", str(error))
                status = error.status
            else:
                messages.success(request, _("The weekly class has an end."))
                for session in stay:
                    when = write_day_time(session.starts_at, get_business().zone)
                    text = _("%(when)s stays: somebody has booked or waits. Cancel it by hand.")
                    messages.warning(request, text % {"when": when})
                return redirect("admin:bookings_sessionrule_change", rule.pk)
    context = {"rule": rule, "form": form}
    title = _("End %(what)s") % {"what": rule.service.name}
    return staff_response(
        request, "backoffice/session_rule_stop.html", context, title=title, status=status
    )
