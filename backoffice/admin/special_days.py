"""Manage → Holidays and special days of the whole business."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.history import HistoryAdmin
from backoffice.labels import name_language
from backoffice.outside import tell_outside
from business.models import SpecialDay, SpecialDayKind

NAMES = ("name_en", "name_da", "name_fi")


class SpecialDayForm(forms.ModelForm):
    """The same rule stands as a CHECK on the table (``special_day_has_hours``)."""

    class Meta:
        model = SpecialDay
        fields = ("day", "kind", "opens", "closes", *NAMES)
        error_messages = {"day": {"unique": _("This day is in the list already. Change it there.")}}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        opens, closes = data.get("opens"), data.get("closes")
        if data.get("kind") == SpecialDayKind.CLOSED:
            data["opens"] = data["closes"] = None
        elif self.errors:
            pass
        elif opens is None or closes is None:
            self.add_error("opens", _("Enter from when until when"))
        elif closes <= opens:
            self.add_error("closes", _("Enter a later time than the one before"))
        return data


@admin.register(SpecialDay)
class SpecialDayAdmin(HistoryAdmin):
    form = SpecialDayForm
    list_display = ("day", "shown_name", "kind", "hours")
    list_filter = ("kind",)
    search_fields = NAMES
    ordering = ("-day",)
    fields = ("day", "kind", "opens", "closes", *NAMES)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # Nothing refers to a date; without it that day is like every other.
        return bool(request.user.has_perm("business.delete_specialday"))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_language(db_field.name, field)

    def save_model(self, request: HttpRequest, obj: SpecialDay, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tell_outside(request)

    def delete_model(self, request: HttpRequest, obj: SpecialDay) -> None:
        super().delete_model(request, obj)
        tell_outside(request)

    @display(description=_("name"), ordering="name_en")
    def shown_name(self, obj: SpecialDay) -> str:
        return obj.name or "–"

    @display(description=_("hours"))
    def hours(self, obj: SpecialDay) -> str:
        if obj.opens is None or obj.closes is None:
            return "–"
        return f"{obj.opens:%H:%M}–{obj.closes:%H:%M}"
