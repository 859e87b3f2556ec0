"""Manage → Rewards: what points can buy (ux S13). A gift card's is edited where its type is."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.filters import NarrowFilter
from backoffice.history import HistoryAdmin
from business.profile import get_business
from catalogue.models import WEEKDAYS, Product, Provider, Service, ServiceKind
from foundation.money import format_money
from foundation.writing import write_full_date, write_points, write_weekdays
from loyalty.models import ANY_DAY, PointKind, Reward
from loyalty.rewards import ITEM_FIELDS, suggest_points, weekdays_of

# What a reward of this list is made of; a gift card's is made with its type.
ITEMS = ("service", "product")
USES = Count(
    "entries",
    filter=Q(entries__kind=PointKind.SPEND, entries__reversed_by__isnull=True),
    distinct=True,
)


class WeekdaysField(forms.TypedMultipleChoiceField):
    """Bits of ``Reward.weekdays`` behind a box for each day."""

    widget = UnfoldAdminCheckboxSelectMultipleWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=WEEKDAYS, coerce=int, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return [number for number in range(7) if value >> number & 1]
        return value

    def clean(self, value: Any) -> Any:
        return sum(1 << number for number in super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        days = [str(number) for number in self.prepare_value(initial) or []]
        return super().has_changed(days, data)


class RewardForm(forms.ModelForm):
    weekdays = WeekdaysField(
        label=_("On these weekdays"),
        initial=ANY_DAY,
        error_messages={"required": _("Choose at least one weekday")},
    )

    class Meta:
        model = Reward
        fields = (
            "service",
            "product",
            "points",
            "enabled",
            "online",
            "first_time_only",
            "weekdays",
            "first_day",
            "last_day",
            "providers",
        )
        widgets = {"providers": UnfoldAdminCheckboxSelectMultipleWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "service" in self.fields:
            services: Any = self.fields["service"]
            services.queryset = Service.objects.filter(
                kind=ServiceKind.APPOINTMENT, archived_at__isnull=True
            )
            products: Any = self.fields["product"]
            products.queryset = Product.objects.filter(archived_at__isnull=True)
        if "providers" in self.fields:
            people: Any = self.fields["providers"]
            people.queryset = Provider.objects.filter(
                Q(archived_at__isnull=True) | Q(rewards=self.instance.pk)
            ).distinct()
        if "points" in self.fields:
            attrs = self.fields["points"].widget.attrs
            attrs["data-suggest"] = json.dumps(self._suggestions())
            attrs["data-suggest-label"] = gettext("Suggest")

    def _suggestions(self) -> dict[str, int]:
        """Points by the field and the id of the item, like ``service-3``; for a reward that is
        there, by the empty text."""
        business = get_business()
        if self.instance.pk:
            return {"": suggest_points(self.instance.item.price_minor, business)}
        return {
            f"{name}-{pk}": suggest_points(price, business)
            for name in ITEMS
            for pk, price in self.fields[name].queryset.values_list("pk", "price_minor")  # type: ignore[attr-defined]
        }

    def clean_service(self) -> Service | None:
        return self._new_item("service", gettext("There is a reward of this service already."))

    def clean_product(self) -> Product | None:
        return self._new_item("product", gettext("There is a reward of this product already."))

    def _new_item(self, name: str, words: str) -> Any:
        item = self.cleaned_data[name]
        there = Reward.objects.filter(**{name: item}).first() if item else None
        if there is not None:
            link = reverse("admin:loyalty_reward_change", args=[there.pk])
            shown = gettext("Change that one")
            text = format_html('{} <a href="{}">{}</a>', words, link, shown)
            raise ValidationError(text, code="reward-there")
        return item

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "service" in self.fields and not self.errors.keys() & set(ITEMS):
            chosen = [name for name in ITEMS if data.get(name)]
            if len(chosen) != 1:
                text = _("Choose either a service or a product")
                self.add_error("service", ValidationError(text, code="one-item"))
        if data.get("enabled") and not data.get("points") and "points" not in self.errors:
            text = _("Enter how many points it costs")
            self.add_error("points", ValidationError(text, code="points-missing"))
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and last < first:
            text = _("Choose a day after the first one")
            self.add_error("last_day", ValidationError(text, code="days-in-order"))
        return data


class ItemFilter(NarrowFilter):
    title = _("item")
    parameter_name = "item"
    unasked: str | Promise = _("All")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("all", _("All")),
            ("service", _("Services")),
            ("product", _("Products")),
            ("gift_card_type", _("Gift cards")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in ITEM_FIELDS:
            return queryset.filter(**{f"{self.value()}__isnull": False})
        return queryset


@admin.register(Reward)
class RewardAdmin(HistoryAdmin):
    form = RewardForm
    list_display = ("item_shown", "kind", "costs", "price", "when", "where", "used", "offered")
    list_select_related = ITEM_FIELDS
    list_filter = (ItemFilter,)
    search_fields = tuple(
        f"{item}__name_{code}" for item in ITEM_FIELDS for code in ("en", "da", "fi")
    )
    ordering = ("points", "pk")
    fieldsets = (
        (None, {"fields": ("service", "product", "points", "enabled", "online")}),
        (
            _("When it can be had"),
            {"fields": ("first_time_only", "weekdays", ("first_day", "last_day"), "providers")},
        ),
    )

    class Media:
        js = ("backoffice/rewards.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reward]:
        # Read once per page, not once per row.
        self.currency = get_business().currency
        found = super().get_queryset(request).prefetch_related("providers")
        return found.annotate(uses=USES)

    def get_readonly_fields(self, request: HttpRequest, obj: Reward | None = None) -> list[str]:
        """A reward stays one of its item: what was taken keeps its name."""
        return list(ITEMS) if obj is not None else []

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Without the kind of item that it is not."""
        other = next((name for name in ITEMS if obj and not getattr(obj, f"{name}_id")), "")
        found = []
        for title, options in super().get_fieldsets(request, obj):
            fields = tuple(name for name in options["fields"] if name != other)
            found.append((title, {**options, "fields": fields}))
        return found

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "providers" and field is not None:
            field.widget.can_add_related = False
        return field

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        reward = self.get_object(request, object_id)
        if isinstance(reward, Reward) and reward.gift_card_type_id is not None:
            return redirect("admin:giftcards_giftcardtype_change", reward.gift_card_type_id)
        return super().change_view(request, object_id, *args, **kwargs)

    @display(description=_("item"))
    def item_shown(self, obj: Reward) -> str:
        return obj.name

    @display(description=_("kind"))
    def kind(self, obj: Reward) -> Any:
        if obj.gift_card_type_id:
            return _("Gift card")
        return _("Service") if obj.service_id else _("Product")

    @display(description=_("points"), ordering="points")
    def costs(self, obj: Reward) -> str:
        return write_points(obj.points) if obj.points else "–"

    @display(description=_("price"))
    def price(self, obj: Reward) -> str:
        item: Any = obj.item
        minor = item.value_minor if obj.gift_card_type_id else item.price_minor
        return format_money(minor, currency=self.currency)

    @display(description=_("when"))
    def when(self, obj: Reward) -> str:
        parts = [gettext("First time only")] if obj.first_time_only else []
        if days := weekdays_of(obj):
            parts.append(write_weekdays(days))
        if obj.first_day:
            parts.append(gettext("from %(day)s") % {"day": write_full_date(obj.first_day)})
        if obj.last_day:
            parts.append(gettext("until %(day)s") % {"day": write_full_date(obj.last_day)})
        if people := [each.name for each in obj.providers.all()]:
            parts.append(gettext("with %(names)s") % {"names": ", ".join(people)})
        return " · ".join(parts) or gettext("Any time")

    @display(description=_("where"))
    def where(self, obj: Reward) -> Any:
        online = obj.gift_card_type.shown_online if obj.gift_card_type else obj.online
        return _("Website") if online else _("Desk only")

    @display(description=_("times used"))
    def used(self, obj: Reward) -> int:
        uses: int = obj.uses  # type: ignore[attr-defined]
        return uses

    @display(description=_("offered"), label={"yes": "success", "paused": "warning"})
    def offered(self, obj: Reward) -> tuple[str, Any]:
        if obj.item.archived_at is not None:
            return "paused", _("Paused: the item is archived")
        return ("yes", _("On offer")) if obj.enabled else ("paused", _("Paused"))
