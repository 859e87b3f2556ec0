"""Settings → Limits for corrections: how many points a role moves by hand without a second person.

A manager sets them for other roles, never for their own; whoever decides about roles, for all.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.decorators import display

from backoffice.base import actor_of
from backoffice.history import HistoryAdmin
from foundation.writing import grouped
from loyalty.models import CorrectionLimit


class LimitForm(forms.ModelForm):
    class Meta:
        model = CorrectionLimit
        fields = ("per_entry", "per_day")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        at_once, a_day = data.get("per_entry"), data.get("per_day")
        if a_day is not None and at_once is not None and a_day < at_once:
            self.add_error("per_day", _("Enter at least as many as at once"))
        return data


@admin.register(CorrectionLimit)
class LimitAdmin(HistoryAdmin):
    form = LimitForm
    list_display = ("shown_role", "at_once", "a_day")
    list_select_related = ("role",)
    ordering = ("role_id",)
    fields = ("shown_role", "per_entry", "per_day")
    readonly_fields = ("shown_role",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A row for each role is kept by ``ensure_roles``.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        person = actor_of(request)
        if obj is None or not allowed or person.has_perm("foundation.change_user"):
            return allowed
        return not person.groups.filter(pk=obj.role_id).exists()

    def get_queryset(self, request: HttpRequest) -> QuerySet[CorrectionLimit]:
        return super().get_queryset(request).select_related("role")

    @display(description=_("role"))
    def shown_role(self, obj: CorrectionLimit) -> str:
        return pgettext("role", obj.role.name)

    @display(description=_("most points at once"))
    def at_once(self, obj: CorrectionLimit) -> str:
        return _shown(obj.per_entry)

    @display(description=_("most points a day for one person"))
    def a_day(self, obj: CorrectionLimit) -> str:
        return _shown(obj.per_day)


def _shown(limit: int | None) -> str:
    return str(_("no limit")) if limit is None else grouped(limit)
