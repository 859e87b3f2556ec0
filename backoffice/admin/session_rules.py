"""Weekly classes: the list, a new one, and what became of its next eight weeks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTimeWidget,
)

from backoffice.base import MadeByCommand, PanelAdmin
from backoffice.reach import FURTHEST, check_day
from bookings.models import SessionRule
from bookings.session_rules import create_rule, skipped_days
from business.profile import get_business, local_today
from catalogue.models import Provider, Service, ServiceKind
from foundation.errors import DomainError
from foundation.writing import write_day, write_day_time, write_full_date


class SessionRuleForm(forms.ModelForm):
    """Time and dates are the salon's wall clock."""

    service = forms.ModelChoiceField(
        label=_("Class"),
        error_messages={"required": _("Choose a class")},
        queryset=Service.objects.of_kind(ServiceKind.CLASS).filter(archived_at__isnull=True),
        widget=UnfoldAdminSelectWidget,
    )
    provider = forms.ModelChoiceField(
        label=_("Provider"),
        queryset=Provider.objects.filter(archived_at__isnull=True),
        widget=UnfoldAdminSelectWidget,
    )
    starts = forms.TimeField(label=_("Starts at"), widget=UnfoldAdminTimeWidget)
    first_day = forms.DateField(
        label=_("First date"),
        widget=UnfoldAdminDateWidget,
        help_text=_("Its weekday is that of the class."),
    )
    last_day = forms.DateField(
        label=_("Last date"),
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text=_("Empty: until you end it."),
    )
    every_weeks = forms.IntegerField(
        label=_("Every … weeks"),
        min_value=1,
        max_value=8,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    places = forms.IntegerField(
        label=_("Places"),
        required=False,
        min_value=1,
        max_value=500,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: as many as the class usually has."),
    )

    class Meta:
        model = SessionRule
        fields = (
            "service",
            "provider",
            "starts",
            "first_day",
            "last_day",
            "every_weeks",
            "places",
        )

    actor: Any = None
    made: SessionRule | None = None

    def _get_validation_exclusions(self) -> set[str]:
        # The row is made by the command, which sets and checks everything.
        return {field.name for field in SessionRule._meta.fields}

    def clean_first_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["first_day"]
        check_day(day, back=FURTHEST)
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            self.made = create_rule(**data, actor=self.actor)
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        return data


@admin.register(SessionRule)
class SessionRuleAdmin(MadeByCommand, PanelAdmin):
    """Made by the command; changed from a date on, or ended, by pages of their own."""

    form = SessionRuleForm
    list_display = ("service", "when", "provider", "places", "dates")
    list_select_related = ("service", "provider")
    list_filter = ("service", "provider")
    ordering = ("first_day", "starts", "id")
    warn_unsaved_form = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return SessionRuleForm.Meta.fields
        return ("service", "when", "provider", "places", "dates", "change", "left_out", "coming")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else ("when", "dates", "change", "left_out", "coming")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SessionRule]:
        self.may_change = request.user.has_perm("bookings.change_sessionrule")
        return super().get_queryset(request)

    @display(description=_("when"), ordering="starts")
    def when(self, obj: SessionRule) -> str:
        weekday = write_day(obj.first_day, long=True).split(" ")[0]
        every = ngettext("every week", "every %(n)d weeks", obj.every_weeks) % {
            "n": obj.every_weeks
        }
        return f"{weekday.capitalize()} {obj.starts:%H:%M}, {every}"

    @display(description=_("dates"), ordering="first_day")
    def dates(self, obj: SessionRule) -> str:
        last = write_full_date(obj.last_day) if obj.last_day else "…"
        return f"{write_full_date(obj.first_day)} – {last}"

    @display(description=_("change it"))
    def change(self, obj: SessionRule) -> Any:
        if not self.may_change:
            return "–"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("backoffice:session-rule-change", args=[obj.pk]),
            _("Change from a date on"),
            reverse("backoffice:session-rule-stop", args=[obj.pk]),
            _("End weekly class"),
        )

    @display(description=_("left out in the next eight weeks"))
    def left_out(self, obj: SessionRule) -> Any:
        skipped = [(write_day(each.day), each.reason.label) for each in skipped_days(rule=obj)]
        return format_html_join("", "<p>{}: {}</p>", skipped) or _("None")

    @display(description=_("coming sessions"))
    def coming(self, obj: SessionRule) -> Any:
        business = get_business()
        sessions = obj.sessions.filter(rule_day__gte=local_today(business)).order_by("starts_at")
        rows = [
            (
                reverse("backoffice:session", args=[each.pk]),
                write_day_time(each.starts_at, business.zone),
                _("Cancelled") if each.cancelled_at else f"{each.booked_places}/{each.places}",
            )
            for each in sessions
        ]
        return format_html_join("", '<p><a href="{}">{}</a> {}</p>', rows) or "–"
