"""Gift card types with their Loyalty tab, and the issued cards."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldBooleanSwitchWidget

from backoffice import card_pages
from backoffice.archiving import ArchivingAdmin
from backoffice.base import LoyaltyInline, ReadOnlyAdmin, ReadOnlyTabular, actor_of
from backoffice.fields import MoneyField
from backoffice.filters import CardOwnerFilter, CardStateFilter, OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_language
from backoffice.loyalty_tabs import card_type_tab
from backoffice.writing import write_amount, write_date, write_instant
from business.profile import get_business
from clients.people import search_clients
from foundation import clock
from foundation.money import format_money
from foundation.writing import write_points
from giftcards.models import CardEntry, GiftCard, GiftCardType
from giftcards.terms import Reason, why_not_usable
from giftcards.types import archive_card_type, restore_card_type
from loyalty.models import Reward


class RewardForm(forms.ModelForm):
    class Meta:
        model = Reward
        fields = ("enabled", "points")
        widgets = {
            "enabled": UnfoldBooleanSwitchWidget,
            "points": UnfoldAdminIntegerFieldWidget(attrs={"min": 1, "step": 1}),
        }
        labels = {
            "enabled": _("Clients can get this card for points"),
            "points": _("Points needed"),
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("enabled") and not data.get("points") and "points" not in self.errors:
            text = _("Enter how many points this card costs")
            self.add_error("points", ValidationError(text, code="points-missing"))
        return data


class RewardInline(LoyaltyInline):
    model = Reward
    form = RewardForm
    verbose_name = _("loyalty")
    verbose_name_plural = _("loyalty")

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        card_type = obj if isinstance(obj, GiftCardType) else None
        tab = card_type_tab(card_type)
        return [(None, {"fields": ("enabled", "points"), "description": tab})]


class CardTypeForm(forms.ModelForm):
    value_minor = MoneyField(
        label=_("Value"), help_text=_("In your currency. Cards that are out keep their value.")
    )

    class Meta:
        model = GiftCardType
        fields = (
            "name_en",
            "name_da",
            "name_fi",
            "slug",
            "value_minor",
            "validity_months",
            "shown_online",
            "position",
        )

    def clean_value_minor(self) -> int:
        value: int = self.cleaned_data["value_minor"]
        if value < 1:
            raise ValidationError(_("Enter an amount above zero."), code="no-value")
        return value

    def clean_validity_months(self) -> int:
        months: int = self.cleaned_data["validity_months"]
        if not 1 <= months <= 120:
            raise ValidationError(_("Enter 1 to 120 months."), code="validity")
        return months


@admin.register(GiftCardType)
class GiftCardTypeAdmin(ArchivingAdmin, HistoryAdmin):
    form = CardTypeForm
    inlines = (RewardInline,)
    list_display = ("shown_name", "value", "validity_months", "for_points", "offered")
    list_select_related = ("reward",)
    list_filter = (OfferedFilter, "shown_online")
    search_fields = ("name_en", "name_da", "name_fi")
    prepopulated_fields = {"slug": ("name_en",)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return name_language(db_field.name, field)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GiftCardType]:
        self.currency = get_business().currency
        return super().get_queryset(request)

    def history_of(self, obj: GiftCardType) -> list[Any]:
        return list(Reward.objects.filter(gift_card_type=obj))

    def archive(self, thing: GiftCardType, request: HttpRequest) -> None:
        archive_card_type(card_type=thing, actor=actor_of(request))

    def restore(self, thing: GiftCardType, request: HttpRequest) -> None:
        restore_card_type(card_type=thing, actor=actor_of(request))

    @display(description=_("name"), ordering="name_en")
    def shown_name(self, obj: GiftCardType) -> str:
        return obj.name

    @display(description=_("value"), ordering="value_minor")
    def value(self, obj: GiftCardType) -> str:
        return format_money(obj.value_minor, currency=self.currency)

    @display(description=_("for points"), label={"on": "warning"})
    def for_points(self, obj: GiftCardType) -> Any:
        reward = getattr(obj, "reward", None)
        if reward is None or not reward.enabled:
            return None
        return "on", write_points(reward.points)

    @display(description=_("offered"), label={"yes": "success", "desk": "info", "no": "danger"})
    def offered(self, obj: GiftCardType) -> tuple[str, Any]:
        if obj.archived_at:
            return "no", _("Archived")
        return ("yes", _("Website")) if obj.shown_online else ("desk", _("Desk only"))


class MovementsInline(ReadOnlyTabular):
    model = CardEntry
    fields = ("when", "kind", "money", "left", "description", "actor")
    readonly_fields = fields
    ordering = ("-sequence",)
    verbose_name_plural = _("movements")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.has_perm("giftcards.view_giftcard"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        self.business = get_business()
        return super().get_queryset(request).select_related("actor")

    @display(description=_("when"))
    def when(self, obj: CardEntry) -> str:
        return write_instant(obj.created_at, self.business)

    @display(description=_("amount"))
    def money(self, obj: CardEntry) -> str:
        return write_amount(obj.amount, self.business)

    @display(description=_("left on the card"))
    def left(self, obj: CardEntry) -> str:
        return format_money(obj.balance_after, currency=self.business.currency)


STATES = {
    None: ("open", pgettext_lazy("gift card", "Open")),
    Reason.VOIDED: ("void", pgettext_lazy("gift card", "Voided")),
    Reason.EXPIRED: ("expired", pgettext_lazy("gift card", "Expired")),
    Reason.USED_UP: ("used", pgettext_lazy("gift card", "Used up")),
    Reason.NOT_YET: ("later", pgettext_lazy("gift card", "Not active yet")),
}


@admin.register(GiftCard)
class GiftCardAdmin(ReadOnlyAdmin):
    """Issued cards. Never a code: the last four, and the rest on a page of its own (T05)."""

    list_display = ("last_four_shown", "type", "owner_shown", "origin", "left", "expiry", "state")
    list_select_related = ("type", "owner")
    list_filter = (CardStateFilter, "origin", "type", CardOwnerFilter)
    list_display_links = ("last_four_shown",)
    ordering = ("-issued_at", "-id")
    search_fields = ("last_four",)
    search_help_text = _("Last four characters, or the owner")
    fields = (
        "last_four_shown",
        "state_text",
        "left",
        "value",
        "type",
        "owner_shown",
        "origin",
        "issued",
        "expiry",
    )
    readonly_fields = fields
    inlines = (MovementsInline,)
    actions_list = ("issue",)
    actions_detail = ("show_code", "void")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GiftCard]:
        self.business = get_business()
        self.now = clock.now()
        return super().get_queryset(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[GiftCard], search_term: str
    ) -> tuple[QuerySet[GiftCard], bool]:
        term = search_term.strip()
        if term:
            owners = search_clients(term).order_by()
            queryset = queryset.filter(Q(last_four=term[-4:].upper()) | Q(owner__in=owners))
        return queryset, False

    @display(description=_("code"))
    def last_four_shown(self, obj: GiftCard) -> str:
        return f"…{obj.last_four}"

    @display(description=_("owner"))
    def owner_shown(self, obj: GiftCard) -> Any:
        if obj.owner is None:
            return "–"
        link = reverse("admin:clients_client_change", args=[obj.owner_id])
        return format_html('<a href="{}">{}</a>', link, obj.owner)

    @display(description=_("balance"), ordering="balance")
    def left(self, obj: GiftCard) -> str:
        return format_money(obj.balance, currency=self.business.currency)

    @display(description=_("value"))
    def value(self, obj: GiftCard) -> str:
        return format_money(obj.value_minor, currency=self.business.currency)

    @display(description=_("valid until"), ordering="expires_at")
    def expiry(self, obj: GiftCard) -> str:
        return write_date(obj.expires_at, self.business)

    @display(description=_("issued"))
    def issued(self, obj: GiftCard) -> str:
        return write_instant(obj.issued_at, self.business)

    @display(description=pgettext_lazy("gift card", "state"))
    def state_text(self, obj: GiftCard) -> Any:
        return self.state(obj)[1]

    @display(
        description=pgettext_lazy("gift card", "state"),
        label={
            "open": "success",
            "part": "success",
            "later": "info",
            "used": "info",
            "expired": "warning",
            "void": "danger",
        },
    )
    def state(self, obj: GiftCard) -> tuple[str, Any]:
        reason = why_not_usable(obj, self.now)
        if not reason and obj.balance < obj.value_minor:
            return "part", pgettext_lazy("gift card", "Used in part")
        return STATES[reason]

    def _card(self, request: HttpRequest, object_id: str) -> GiftCard:
        card = self.get_object(request, object_id)
        if card is None:
            raise Http404
        return card

    # Unfold asks these; dotted names of permissions make its system check read the database.
    def has_issue_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return actor_of(request).has_perm("giftcards.issue_cards")

    def has_reveal_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return actor_of(request).has_perm("giftcards.reveal_codes")

    def has_void_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        return actor_of(request).has_perm("giftcards.change_giftcard")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A voided card is closed for good: no button offers to close it again."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        card = self.get_object(request, object_id)
        if card is not None and card.voided_at:
            return [each for each in offered if each.path != "void"]
        return offered

    @action(description=_("Issue by hand"), url_path="issue", permissions=["issue"])
    def issue(self, request: HttpRequest) -> HttpResponseBase:
        return card_pages.issue_page(request)

    @action(description=_("Show the code"), url_path="code", permissions=["reveal"])
    def show_code(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return card_pages.code_page(request, self._card(request, object_id))

    @action(description=_("Void"), url_path="void", permissions=["void"])
    def void(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return card_pages.void_page(request, self._card(request, object_id))
