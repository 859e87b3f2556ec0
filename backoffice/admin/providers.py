"""Manage → Providers: who performs, and when they work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import RowForm, actor_of
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_by_column, name_language
from backoffice.outside import tell_outside
from backoffice.still_coming import notes_on_provider
from business.profile import get_business, local_today
from catalogue.archive import restore_provider
from catalogue.models import DateHours, Provider, WorkingHours
from foundation.models import User
from sales.archiving import archive_provider_with_coming


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
    form = RowForm
    formset = HoursFormSet
    fields = ("weekday", "starts", "ends")
    extra = 0
    tab = True
    hide_title = True

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_by_column(super().formfield_for_dbfield(db_field, request, **kwargs))


class DateHoursFormSet(BaseInlineFormSet):
    """Dates whose stretches do not overlap; a day off is alone on its date."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        rows = [row for row in rows if row.get("day")]
        for row in rows:
            if (row.get("starts") is None) != (row.get("ends") is None):
                text = _("Enter both times, or none for a day off.")
                raise ValidationError(text, code="hours-half")
            if row.get("starts") and row["ends"] <= row["starts"]:
                text = _("Hours end later than they begin.")
                raise ValidationError(text, code="hours-backwards")
        days = sorted((row["day"], row["starts"] or dt.time.min, row["ends"]) for row in rows)
        for (day, _starts, ends), (next_day, next_starts, next_ends) in pairwise(days):
            if day != next_day:
                continue
            if ends is None or next_ends is None or next_starts < ends:
                text = _("Two stretches of one date overlap. A day off stands alone on its date.")
                raise ValidationError(text, code="hours-overlap")


class DateHoursInline(TabularInline):
    """From today on: what was stays as it was, and out of the way."""

    model = DateHours
    form = RowForm
    formset = DateHoursFormSet
    fields = ("day", "starts", "ends")
    extra = 0
    tab = True
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[DateHours]:
        return super().get_queryset(request).filter(day__gte=local_today(get_business()))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_by_column(super().formfield_for_dbfield(db_field, request, **kwargs))


@admin.register(Provider)
class ProviderAdmin(ArchivingAdmin, HistoryAdmin):
    list_display = ("name", "title", "login", "offered")
    list_select_related = ("user",)
    list_filter = (OfferedFilter,)
    search_fields = ("name",)
    fields = ("name", "role_en", "role_da", "role_fi", "user", "position", "calendar_feed")
    readonly_fields = ("calendar_feed",)
    inlines = (HoursInline, DateHoursInline)

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

    @display(description=_("Calendar feed"))
    def calendar_feed(self, obj: Provider) -> str:
        if obj.pk is None or obj.archived_at is not None:
            return "–"
        page = reverse("backoffice:provider-feed", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', page, _("See or renew the address"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            tell_outside(request, provider=form.instance)

    def archive(self, thing: Provider, request: HttpRequest) -> Sequence[str]:
        archived = archive_provider_with_coming(provider=thing, actor=actor_of(request))
        return notes_on_provider(thing, archived)

    def restore(self, thing: Provider, request: HttpRequest) -> None:
        restore_provider(provider=thing, actor=actor_of(request))
