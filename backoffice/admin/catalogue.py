"""Manage → Services, Classes and Categories: what is booked, by whom, and what it earns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from backoffice.archiving import ArchivingAdmin
from backoffice.base import LoyaltyInline, PanelAdmin, RowForm, actor_of
from backoffice.fields import MoneyField, OptionalMoneyField, OwnVatField
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_by_column, name_language
from backoffice.loyalty_tabs import service_tab
from backoffice.still_coming import notes_on_class
from business.profile import get_business
from catalogue.archive import archive_service, restore_service
from catalogue.models import (
    AppointmentService,
    Category,
    ClassService,
    Service,
    ServiceKind,
    ServiceProvider,
)
from foundation.money import format_money
from loyalty.models import EarningRule
from sales.archiving import archive_class


class ProviderTermsForm(RowForm):
    price_minor = OptionalMoneyField(label=_("price"), help_text=_("Empty: the service's own."))


class ProvidersInline(TabularInline):
    """Who does it, and for how long and how much where that is their own; archived providers keep
    their rows and are offered no more."""

    model = ServiceProvider
    form = ProviderTermsForm
    fields: Sequence[str] = ("provider", "minutes", "price_minor")
    hide_title = True
    tab = True
    extra = 0
    verbose_name = _("provider")
    verbose_name_plural = _("providers")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "provider":
            match = request.resolver_match
            service_id = match.kwargs.get("object_id") if match else None
            offered = Q(archived_at__isnull=True)
            if service_id and str(service_id).isdecimal():
                offered |= Q(provides__service_id=service_id)
            field.queryset = field.queryset.filter(offered).distinct()
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_by_column(super().formfield_for_dbfield(db_field, request, **kwargs))


class ClassProvidersInline(ProvidersInline):
    """A class takes as long and costs as much whoever gives it."""

    fields = ("provider",)


class EarningRuleForm(ModelForm):
    class Meta:
        model = EarningRule
        fields = ("enabled", "points")
        widgets = {
            "enabled": UnfoldBooleanSwitchWidget,
            "points": UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "step": 1}),
        }
        labels = {"enabled": _("Clients earn points for this")}

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("enabled") and not data.get("points") and "points" not in self.errors:
            text = _("Enter how many points a booking earns")
            self.add_error("points", ValidationError(text, code="points-missing"))
        return data


class EarningRuleInline(LoyaltyInline):
    model = EarningRule
    form = EarningRuleForm
    verbose_name = _("loyalty")
    verbose_name_plural = _("loyalty")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        service = obj if isinstance(obj, Service) else None
        return [(None, {"fields": ("enabled", "points"), "description": service_tab(service)})]


class ServiceForm(ModelForm):
    price_minor = MoneyField(
        label=_("Price"), help_text=_("In your currency, like 72.00 or 72,00.")
    )
    vat_hundredths = OwnVatField()

    class Meta:
        model = Service
        fields = "__all__"  # noqa: DJ007 — the admin's fieldsets choose
        widgets = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 3})
            for name in ("summary_en", "summary_da", "summary_fi")
        }


NAMES = ("name_en", "name_da", "name_fi")
SUMMARIES = ("summary_en", "summary_da", "summary_fi")


class ServiceAdmin(ArchivingAdmin, HistoryAdmin):
    """What appointments and classes share."""

    kind: ServiceKind
    form = ServiceForm
    inlines = (ProvidersInline, EarningRuleInline)
    list_display: Sequence[Any] = ("shown_name", "category", "length", "price", "earns", "offered")
    list_select_related = ("category", "earning_rule")
    list_filter = (OfferedFilter, "category", "online")
    search_fields = NAMES
    ordering = ("category__position", "position", "id")
    prepopulated_fields = {"slug": ("name_en",)}

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        times = ["minutes", ("buffer_before", "buffer_after")]
        rules: list[Any] = [("notice_minutes", "horizon_days"), "slot_minutes"]
        if self.kind == ServiceKind.CLASS:
            times.append(("places", "places_per_booking"))
            rules = []
        return [
            (
                None,
                {"fields": ("category", *NAMES, "slug", "price_minor", "vat_hundredths", *times)},
            ),
            (_("On the website"), {"fields": ("online", "position", *rules, *SUMMARIES)}),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_language(db_field.name, field)

    def save_model(self, request: HttpRequest, obj: Service, form: Any, change: bool) -> None:
        obj.kind = self.kind
        proxy = type(obj)
        # History listens to Service; a proxy's signals name the proxy and would pass it by.
        obj.__class__ = Service
        try:
            super().save_model(request, obj, form, change)
        finally:
            obj.__class__ = proxy

    @display(description=_("name"), ordering="name_en", header=False)
    def shown_name(self, obj: Service) -> str:
        return obj.name

    @display(description=_("length"), ordering="minutes")
    def length(self, obj: Service) -> str:
        return _("%(n)d min") % {"n": obj.minutes}

    @display(description=_("price"), ordering="price_minor")
    def price(self, obj: Service) -> str:
        return format_money(obj.price_minor, currency=self.currency)

    @display(description=_("earns"), label={"on": "warning"})
    def earns(self, obj: Service) -> Any:
        rule = getattr(obj, "earning_rule", None)
        if rule is None or not rule.enabled:
            return None
        return "on", ngettext("%(n)d point", "%(n)d points", rule.points) % {"n": rule.points}

    @display(description=_("offered"), label={"yes": "success", "desk": "info", "no": "danger"})
    def offered(self, obj: Service) -> tuple[str, Any]:
        if obj.archived_at:
            return "no", _("Archived")
        return ("yes", _("Website")) if obj.online else ("desk", _("Desk only"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        # Read once per page, not once per row.
        self.currency = get_business().currency
        return super().get_queryset(request)

    def history_of(self, obj: Service) -> list[Any]:
        rule = EarningRule.objects.filter(service_id=obj.pk).first()
        return [rule] if rule else []

    def archive(self, thing: Service, request: HttpRequest) -> Sequence[str] | None:
        archive_service(service=Service.objects.get(pk=thing.pk), actor=actor_of(request))
        return None

    def restore(self, thing: Service, request: HttpRequest) -> None:
        restore_service(service=Service.objects.get(pk=thing.pk), actor=actor_of(request))


@admin.register(AppointmentService)
class AppointmentServiceAdmin(ServiceAdmin):
    kind = ServiceKind.APPOINTMENT


@admin.register(ClassService)
class ClassServiceAdmin(ServiceAdmin):
    kind = ServiceKind.CLASS
    inlines = (ClassProvidersInline, EarningRuleInline)
    list_display = ("shown_name", "category", "length", "price", "places", "earns", "offered")

    def archive(self, thing: Service, request: HttpRequest) -> Sequence[str]:
        service = Service.objects.get(pk=thing.pk)
        archived = archive_class(service=service, actor=actor_of(request))
        return notes_on_class(service, archived)


@admin.register(Category)
class CategoryAdmin(PanelAdmin):
    list_display = ("shown_name", "position")
    fields = (*NAMES, "position")
    search_fields = NAMES

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        # An empty category is nobody's history; one with services is PROTECTed.
        return bool(request.user.has_perm("catalogue.delete_category"))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_language(
            db_field.name, super().formfield_for_dbfield(db_field, request, **kwargs)
        )

    @display(description=_("name"), ordering="name_en")
    def shown_name(self, obj: Category) -> str:
        return obj.name
