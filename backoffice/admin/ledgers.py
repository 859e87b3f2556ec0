"""The ledgers: seen by those who may, changed by nobody, superusers included."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from backoffice.base import ReadOnlyAdmin
from backoffice.writing import write_amount, write_instant
from business.profile import get_business
from foundation.money import format_money
from foundation.writing import grouped, write_day_time, write_signed
from giftcards.models import CardEntry
from loyalty.models import Award, PointEntry
from sales.models import Payment


class LedgerAdmin(ReadOnlyAdmin):
    """Newest first, in the order of an index."""

    ordering: tuple[str, ...] = ("-created_at", "-id")
    has_one_order = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        self.business = get_business()
        return super().get_queryset(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields or self.list_display

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    @display(description=_("date and time"), ordering="created_at")
    def when(self, obj: Any) -> str:
        return write_instant(obj.created_at, self.business)

    @display(description=_("number"))
    def number(self, obj: Any) -> int:
        return int(obj.sequence)

    @display(description=_("key"))
    def fact(self, obj: Any) -> str:
        return str(obj.key)

    @display(description=_("booking"))
    def booked(self, obj: Any) -> str:
        if obj.booking is None:
            return "–"
        hour = write_day_time(obj.booking.starts_at, self.business.zone)
        return f"{obj.booking.service_name}, {hour}"


@admin.register(PointEntry)
class PointEntryAdmin(LedgerAdmin):
    list_display = ("when", "client", "kind", "points", "left", "description", "actor")
    list_select_related = ("account__client", "actor")
    list_filter = ("kind",)
    fields = (*list_display, "number", "fact", "booked", "due")

    @display(description=_("client"))
    def client(self, obj: PointEntry) -> str:
        return str(obj.account.client)

    @display(description=_("points"))
    def points(self, obj: PointEntry) -> str:
        return write_signed(obj.amount)

    @display(description=_("balance after"))
    def left(self, obj: PointEntry) -> str:
        return grouped(obj.balance_after)

    @display(description=_("due"))
    def due(self, obj: PointEntry) -> str:
        return write_instant(obj.occurred_at, self.business)


@admin.register(CardEntry)
class CardEntryAdmin(LedgerAdmin):
    list_display = ("when", "card_shown", "kind", "money", "left", "description", "actor")
    list_select_related = ("card", "actor")
    list_filter = ("kind",)
    fields = (*list_display, "number", "fact")

    @display(description=_("gift card"))
    def card_shown(self, obj: CardEntry) -> str:
        return str(obj.card)

    @display(description=_("amount"))
    def money(self, obj: CardEntry) -> str:
        return write_amount(obj.amount, self.business)

    @display(description=_("left on the card"))
    def left(self, obj: CardEntry) -> str:
        return format_money(obj.balance_after, currency=self.business.currency)


@admin.register(Award)
class AwardAdmin(LedgerAdmin):
    list_display = ("due", "client", "booked", "points", "state_shown", "reason")
    list_select_related = ("account__client", "booking")
    list_filter = ("state", "reason")
    # As promised, the last one first: an index by the due hour would cost every crediting.
    ordering = ("-id",)
    fields = (
        "due",
        "client",
        "booked",
        "points",
        "state",
        "reason",
        "rule_shown",
        "tries",
        "next_try",
    )

    @display(description=_("due"), ordering="due_at")
    def due(self, obj: Award) -> str:
        return write_instant(obj.due_at, self.business)

    @display(description=_("earning rule"))
    def rule_shown(self, obj: Award) -> str:
        return f"{obj.get_rule_display()}: {obj.base} × {obj.rate}"

    @display(description=_("attempts"))
    def tries(self, obj: Award) -> int:
        return obj.attempts

    @display(description=_("next try"))
    def next_try(self, obj: Award) -> str:
        return write_instant(obj.next_try_at, self.business) if obj.next_try_at else "–"

    @display(description=_("client"))
    def client(self, obj: Award) -> str:
        return str(obj.account.client)

    @display(
        description=_("state"),
        label={
            "promised": "warning",
            "credited": "success",
            "dropped": "info",
            "withdrawn": "info",
            "quarantined": "danger",
        },
    )
    def state_shown(self, obj: Award) -> tuple[str, Any]:
        return obj.state, obj.get_state_display()


@admin.register(Payment)
class PaymentAdmin(LedgerAdmin):
    list_display = ("when", "sale_shown", "tender", "money", "actor")
    list_select_related = ("sale__client", "actor")
    list_filter = ("tender",)
    ordering = ("-id",)

    @display(description=pgettext_lazy("of a payment", "sale"))
    def sale_shown(self, obj: Payment) -> str:
        return f"{obj.sale_id} · {obj.sale.client}" if obj.sale.client else str(obj.sale_id)

    @display(description=_("amount"))
    def money(self, obj: Payment) -> str:
        return write_amount(obj.amount_minor, self.business)
