"""Settings → Business: the one row that says who we are and how we work."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from backoffice.fields import PercentField
from backoffice.history import HistoryAdmin
from backoffice.labels import name_language
from backoffice.outside import tell_outside
from business.models import Business
from giftcards.models import GiftCard
from sales.models import Sale


class BusinessForm(ModelForm):
    vat_hundredths = PercentField(
        label=_("VAT in per cent"),
        help_text=_("Included in all prices. A service or product may have its own."),
    )

    class Meta:
        model = Business
        fields = "__all__"  # noqa: DJ007 — the admin's fieldsets choose


@admin.register(Business)
class BusinessAdmin(HistoryAdmin):
    """Straight to the form: there is nothing to list."""

    form = BusinessForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            (
                None,
                {
                    "fields": (
                        "name",
                        "tagline_en",
                        "tagline_da",
                        "tagline_fi",
                        "street",
                        "postcode",
                        "city",
                        "phone",
                        "email",
                        "currency",
                        "vat_hundredths",
                        "timezone",
                    )
                },
            ),
            (
                _("Booking"),
                {
                    "fields": (
                        "slot_minutes",
                        "notice_minutes",
                        "horizon_days",
                        "cancel_notice_hours",
                        "reminder_hours",
                    )
                },
            ),
            (
                _("Loyalty and privacy"),
                {"fields": ("award_delay_minutes", "clean_history_days")},
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Amounts are minor units of the one currency: another one would change what they mean."""
        has_money = Sale.objects.exists() or GiftCard.objects.exists()
        return ("currency",) if has_money else ()

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_language(
            db_field.name, super().formfield_for_dbfield(db_field, request, **kwargs)
        )

    def save_model(self, request: HttpRequest, obj: Business, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "timezone" in form.changed_data:
            tell_outside(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return redirect("admin:business_business_change", 1)
