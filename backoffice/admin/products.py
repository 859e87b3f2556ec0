"""Manage → Products: what clients take away, how many there are, and what the scanner reads."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import actor_of
from backoffice.fields import MoneyField, OwnVatField
from backoffice.filters import NarrowFilter, OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_language
from business.profile import get_business
from catalogue.archive import archive_product, restore_product
from catalogue.models import Product
from foundation.money import format_money
from foundation.percent import format_percent

NAMES = ("name_en", "name_da", "name_fi")
FIELDS = (*NAMES, "barcode", "price_minor", "vat_hundredths", "stock", "warn_below", "position")


class StockFilter(NarrowFilter):
    """Those that somebody has to order."""

    title = _("stock")
    parameter_name = "stock"
    unasked = _("All")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("short", _("Running out"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "short":
            return queryset.filter(stock__lt=F("warn_below"))
        return queryset


class ProductForm(ModelForm):
    price_minor = MoneyField(label=_("Price"), help_text=_("VAT included."))
    vat_hundredths = OwnVatField()

    class Meta:
        model = Product
        fields = FIELDS

    def clean_barcode(self) -> str:
        """The scanner finds one product. Named here, because the constraint knows no name."""
        barcode: str = self.cleaned_data["barcode"].strip()
        others = Product.objects.filter(barcode=barcode).exclude(pk=self.instance.pk)
        other = others.first() if barcode else None
        if other is not None:
            text = _("%(product)s has this barcode already.") % {"product": other.name}
            raise ValidationError(text, code="barcode-taken")
        return barcode


@admin.register(Product)
class ProductAdmin(ArchivingAdmin, HistoryAdmin):
    form = ProductForm
    list_display = ("shown_name", "scanned_as", "price", "vat", "in_stock", "offered")
    list_filter = (OfferedFilter, StockFilter)
    search_fields = (*NAMES, "barcode")
    fields = FIELDS

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_language(db_field.name, field)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        # Read once per page, not once per row.
        self.business = get_business()
        return super().get_queryset(request)

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        """Only what was changed: the till counts the stock down while somebody corrects a name."""
        if not change:
            super().save_model(request, obj, form, change)
        elif form.changed_data:
            obj.save(update_fields=form.changed_data)

    @display(description=_("name"), ordering="name_en")
    def shown_name(self, obj: Product) -> str:
        return obj.name

    @display(description=_("barcode"), ordering="barcode")
    def scanned_as(self, obj: Product) -> str:
        return obj.barcode

    @display(description=_("price"), ordering="price_minor")
    def price(self, obj: Product) -> str:
        return format_money(obj.price_minor, currency=self.business.currency)

    @display(description=_("VAT"), ordering="vat_hundredths")
    def vat(self, obj: Product) -> str:
        own = obj.vat_hundredths
        return format_percent(self.business.vat_hundredths if own is None else own)

    @display(
        description=_("in stock"), ordering="stock", label={"short": "warning", "enough": "info"}
    )
    def in_stock(self, obj: Product) -> Any:
        if obj.stock is None:
            return None
        if obj.is_short:
            return "short", _("%(n)d, running out") % {"n": obj.stock}
        return "enough", str(obj.stock)

    @display(description=_("offered"), label={"yes": "success", "no": "danger"})
    def offered(self, obj: Product) -> tuple[str, Any]:
        return ("no", _("Archived")) if obj.archived_at else ("yes", _("On offer"))

    def archive(self, thing: Product, request: HttpRequest) -> None:
        archive_product(product=thing, actor=actor_of(request))

    def restore(self, thing: Product, request: HttpRequest) -> None:
        restore_product(product=thing, actor=actor_of(request))
