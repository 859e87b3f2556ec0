"""Manage → Providers: who performs, and when they work."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import actor_of
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_language
from catalogue.archive import archive_provider, restore_provider
from catalogue.models import Provider, WorkingHours
from foundation.models import User


class HoursFormSet(BaseInlineFormSet):
    """A week without overlapping stretches; a break is the gap between two."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        week = sorted(
            (row["weekday"], row["starts"], row["ends"]) for row in rows if "weekday" in row
        )
        for (day, _starts, ends), (next_day, next_starts, _ends) in pairwise(week):
            if day == next_day and next_starts < ends:
                text = _("Two stretches of one day overlap. A break is the gap between two.")
                raise ValidationError(text, code="hours-overlap")


class HoursInline(TabularInline):
    model = WorkingHours
    formset = HoursFormSet
    fields = ("weekday", "starts", "ends")
    extra = 0
    tab = True
    hide_title = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            # The column's heading is no label of its fields.
            field.widget.attrs["aria-label"] = str(field.label)
        return field


@admin.register(Provider)
class ProviderAdmin(ArchivingAdmin, HistoryAdmin):
    list_display = ("name", "title", "login", "offered")
    list_select_related = ("user",)
    list_filter = (OfferedFilter,)
    search_fields = ("name",)
    fields = ("name", "role_en", "role_da", "role_fi", "user", "position")
    inlines = (HoursInline,)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name == "user":
            field.queryset = User.objects.filter(is_staff=True).order_by("name", "email")
            field.help_text = _("With a login a provider sees and marks their own bookings here.")
        return name_language(db_field.name, field)

    @display(description=_("title"))
    def title(self, obj: Provider) -> str:
        return obj.role

    @display(description=_("login"))
    def login(self, obj: Provider) -> str:
        return obj.user.email if obj.user else "–"

    @display(description=_("offered"), label={"yes": "success", "no": "danger"})
    def offered(self, obj: Provider) -> tuple[str, Any]:
        return ("no", _("Archived")) if obj.archived_at else ("yes", _("On offer"))

    def archive(self, thing: Provider, request: HttpRequest) -> None:
        archive_provider(provider=thing, actor=actor_of(request))

    def restore(self, thing: Provider, request: HttpRequest) -> None:
        restore_provider(provider=thing, actor=actor_of(request))
