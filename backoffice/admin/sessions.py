"""Class sessions: the list, a new one, and who has booked a place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.timezone import make_aware
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTimeWidget,
)

from backoffice.base import PanelAdmin, ReadOnlyTabular, actor_of
from bookings.models import Booking, ClassSession
from bookings.sessions import create_session
from business.profile import get_business, local_today
from catalogue.models import Provider, Service, ServiceKind
from foundation.errors import DomainError
from foundation.writing import write_clock, write_day_time

FURTHEST = dt.timedelta(days=731)


class SessionForm(forms.ModelForm):
    """Day and time are the salon's wall clock; length and places come from the class."""

    service = forms.ModelChoiceField(
        label=_("Class"),
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

    def _get_validation_exclusions(self) -> set[str]:
        # The row is made by the command, which sets and checks everything.
        return {field.name for field in ClassSession._meta.fields}

    def clean_day(self) -> dt.date:
        day: dt.date = self.cleaned_data["day"]
        today = local_today(get_business())
        if not today <= day <= today + FURTHEST:
            text = _("Enter a day from today on, at most two years ahead.")
            raise ValidationError(text, code="day-out-of-range")
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        try:
            starts_at = make_aware(
                dt.datetime.combine(data["day"], data["time"]), get_business().zone
            )
            self.made = create_session(
                service=data["service"],
                provider=data["provider"],
                starts_at=starts_at,
                places=data["places"],
                actor=self.actor,
            )
        except DomainError as error:
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
class ClassSessionAdmin(PanelAdmin):
    """A session is made by the command and not changed here: people have booked that hour."""

    form = SessionForm
    list_display = ("when", "service", "provider", "taken", "state")
    list_select_related = ("service", "provider")
    list_filter = ("service", "provider")
    ordering = ("-starts_at", "-id")
    warn_unsaved_form = False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return ("service", "provider", "day", "time", "places")
        return ("when", "service", "provider", "taken", "state_text")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else ("when", "taken", "state_text")

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        return () if obj is None else (PlacesInline,)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        form = super().get_form(request, obj, change=change, **kwargs)
        form.actor = actor_of(request)
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> ClassSession:
        form.save_m2m = lambda: None
        made: ClassSession = form.made
        return made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The command wrote the row."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassSession]:
        self.zone = get_business().zone
        return super().get_queryset(request)

    @display(description=_("when"), ordering="starts_at")
    def when(self, obj: ClassSession) -> str:
        return f"{write_day_time(obj.starts_at, self.zone)}–{write_clock(obj.ends_at, self.zone)}"

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
