"""Manage → Add-ons: what goes on top of a service, lengthens it and costs."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import RowForm, actor_of
from backoffice.fields import MoneyField
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_by_column, name_language
from business.profile import get_business
from catalogue.archive import archive_add_on, restore_add_on
from catalogue.models import AddOn, AddOnService, ServiceKind
from foundation.money import format_money

NAMES = ("name_en", "name_da", "name_fi")


class ServicesInline(TabularInline):
    """What it goes with: appointments, for a class takes as long as it takes."""

    model = AddOnService
    form = RowForm
    fields = ("service",)
    hide_title = True
    extra = 0
    verbose_name = _("service")
    verbose_name_plural = _("services")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "service":
            match = request.resolver_match
            add_on_id = match.kwargs.get("object_id") if match else None
            offered = Q(archived_at__isnull=True)
            if add_on_id and str(add_on_id).isdecimal():
                offered |= Q(with_add_ons__add_on_id=add_on_id)
            appointments = field.queryset.filter(kind=ServiceKind.APPOINTMENT)
            field.queryset = appointments.filter(offered).distinct()
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_by_column(super().formfield_for_dbfield(db_field, request, **kwargs))


class AddOnForm(ModelForm):
    price_minor = MoneyField(label=_("Price"), help_text=_("What is booked keeps its price."))

    class Meta:
        model = AddOn
        fields = (*NAMES, "minutes", "price_minor", "position")


@admin.register(AddOn)
class AddOnAdmin(ArchivingAdmin, HistoryAdmin):
    form = AddOnForm
    list_display = ("shown_name", "length", "price", "offered")
    list_filter = (OfferedFilter,)
    search_fields = NAMES
    fields = (*NAMES, "minutes", "price_minor", "position")
    inlines = (ServicesInline,)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_language(db_field.name, field)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AddOn]:
        # Read once per page, not once per row.
        self.currency = get_business().currency
        return super().get_queryset(request)

    @display(description=_("name"), ordering="name_en")
    def shown_name(self, obj: AddOn) -> str:
        return obj.name

    @display(description=_("length"), ordering="minutes")
    def length(self, obj: AddOn) -> str:
        return _("%(n)d min") % {"n": obj.minutes}

    @display(description=_("price"), ordering="price_minor")
    def price(self, obj: AddOn) -> str:
        return format_money(obj.price_minor, currency=self.currency)

    @display(description=_("offered"), label={"yes": "success", "no": "danger"})
    def offered(self, obj: AddOn) -> tuple[str, Any]:
        return ("no", _("Archived")) if obj.archived_at else ("yes", _("On offer"))

    def archive(self, thing: AddOn, request: HttpRequest) -> None:
        archive_add_on(add_on=thing, actor=actor_of(request))

    def restore(self, thing: AddOn, request: HttpRequest) -> None:
        restore_add_on(add_on=thing, actor=actor_of(request))
