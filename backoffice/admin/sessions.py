"""Class sessions: the list, a new one, and who has booked a place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTimeWidget,
)

from backoffice.base import MadeByCommand, PanelAdmin, ReadOnlyTabular
from backoffice.filters import ComingFilter
from backoffice.reach import check_day
from bookings.errors import NoSuchTime
from bookings.models import Booking, ClassSession
from bookings.session_rules import instant_on
from bookings.sessions import create_session
from business.profile import get_business
from catalogue.models import Provider, Service, ServiceKind
from foundation.errors import DomainError
from foundation.writing import write_clock, write_day_time


class SessionForm(forms.ModelForm):
    """Day and time are the salon's wall clock; length and places come from the class."""

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
    day = forms.DateField(label=_("Day"), widget=UnfoldAdminDateWidget)
    time = forms.TimeField(label=_("Starts at"), widget=UnfoldAdminTimeWidget)
    places = forms.IntegerField(
        label=_("Places"),
        required=False,
        min_value=1,
        max_value=500,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Empty: as many as the class usually has."),
    )

    class Meta:
        model = ClassSession
        fields = ("service", "provider", "places")

    actor: Any = None
    made: ClassSession | None = None
    # Of the answer, when what was typed is refused.
    status = 422

    def _get_validation_exclusions(self) -> set[str]:
        # The row is made by the command, which sets and checks everything.
        return {field.name for field in ClassSession._meta.fields}

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        check_day(day)
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            starts_at = instant_on(data["day"], data["time"], get_business().zone)
            if starts_at is None:
                raise NoSuchTime
            self.made = create_session(
                service=data["service"],
                provider=data["provider"],
                starts_at=starts_at,
                places=data["places"],
                actor=self.actor,
            )
        except DomainError as error:
            self.status = error.status
            raise ValidationError(str(error), code=error.code) from error
        return data


class PlacesInline(ReadOnlyTabular):
    model = Booking
    fields = ("who", "places", "status")
    readonly_fields = fields
    verbose_name_plural = _("booked places")
    ordering = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("visit__client")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("bookings.see_all_bookings"))

    @display(description=_("client"))
    def who(self, obj: Booking) -> str:
        return str(obj.visit.client or "–")


@admin.register(ClassSession)
class ClassSessionAdmin(MadeByCommand, PanelAdmin):
    """A session is made by the command and not changed here: people have booked that hour."""

    form = SessionForm
    list_display = ("when", "service", "provider", "taken", "state", "roster")
    list_select_related = ("service", "provider")
    list_filter = (
        ComingFilter,
        ("service", admin.RelatedOnlyFieldListFilter),
        ("provider", admin.RelatedOnlyFieldListFilter),
    )
    list_before_template = "backoffice/session_list_before.html"
    warn_unsaved_form = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The next session first; of those before today, and of all, the last one."""
        asked = request.GET.get(ComingFilter.parameter_name)
        return ("-starts_at", "-id") if asked else ("starts_at", "id")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], **kwargs: Any
    ) -> HttpResponse:
        """Django answers 200 to a form that it refuses."""
        response = super().render_change_form(request, context, **kwargs)
        if context["errors"]:
            response.status_code = context["adminform"].form.status
        return response

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return ("service", "provider", "day", "time", "places")
        return ("when", "service", "provider", "taken", "state_text", "roster")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else ("when", "taken", "state_text", "roster")

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        return () if obj is None else (PlacesInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        self.zone = get_business().zone
        return super().get_queryset(request)

    @display(description=_("when"), ordering="starts_at")
    def when(self, obj: ClassSession) -> str:
        return f"{write_day_time(obj.starts_at, self.zone)}–{write_clock(obj.ends_at, self.zone)}"

    @display(description=_("who comes"))
    def roster(self, obj: ClassSession) -> Any:
        address = reverse("backoffice:session", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', address, _("Roster"))

    @display(description=_("booked"))
    def taken(self, obj: ClassSession) -> str:
        return _("%(taken)d of %(places)d") % {"taken": obj.booked_places, "places": obj.places}

    @display(description=_("state"))
    def state_text(self, obj: ClassSession) -> Any:
        return self.state(obj)[1]

    @display(description=_("state"), label={"open": "success", "full": "warning", "off": "danger"})
    def state(self, obj: ClassSession) -> tuple[str, Any]:
        if obj.cancelled_at:
            return "off", _("Cancelled")
        return ("open", _("Places left")) if obj.places_left else ("full", _("Full"))
