"""The outbox: what was sent to whom, or why not. Never what it said, and never a code."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from backoffice.base import ReadOnlyAdmin
from backoffice.writing import write_instant
from business.profile import get_business
from clients.people import search_clients
from notifications.errors import UnknownKind
from notifications.kinds import all_kinds, get_kind
from notifications.models import Message


def kind_label(code: str) -> str:
    """The name of a kind of message; a kind that is no more shows its code."""
    try:
        return str(get_kind(code).label)
    except UnknownKind:
        return code


class KindFilter(admin.SimpleListFilter):
    title = _("message")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.code, kind.label) for kind in all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("queued", "what", "to", "state_shown", "why", "sent")
    list_select_related = ("client",)
    list_filter = ("state", "reason", KindFilter)
    ordering = ("-created_at", "-id")
    has_one_order = True
    search_fields = ("to_email",)
    search_help_text = _("Client or address")
    fields = (
        "queued",
        "what",
        "to",
        "state",
        "why",
        "sent",
        "language",
        "due",
        "attempts",
        "next_try",
        "detail",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        self.business = get_business()
        # The secret stays in the database: no page has a use for it.
        return super().get_queryset(request).defer("secret", "subjects")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        term = search_term.strip()
        if term:
            found = queryset.filter(to_email=term.lower())
            queryset = found | queryset.filter(client__in=search_clients(term).order_by())
        return queryset, False

    def _instant(self, value: Any) -> str:
        return write_instant(value, self.business) if value else "–"

    @display(description=_("queued"), ordering="created_at")
    def queued(self, obj: Message) -> str:
        return self._instant(obj.created_at)

    @display(description=_("message"))
    def what(self, obj: Message) -> str:
        return kind_label(obj.kind)

    @display(description=_("to"))
    def to(self, obj: Message) -> str:
        return str(obj.client) if obj.client else obj.to_email

    @display(
        description=pgettext_lazy("message", "state"),
        label={
            "pending": "warning",
            "sending": "warning",
            "sent": "success",
            "dropped": "info",
            "failed": "danger",
        },
    )
    def state_shown(self, obj: Message) -> tuple[str, Any]:
        return obj.state, obj.get_state_display()

    @display(description=_("why not"))
    def why(self, obj: Message) -> str:
        return obj.get_reason_display() if obj.reason else "–"

    @display(description=_("sent"), ordering="sent_at")
    def sent(self, obj: Message) -> str:
        return self._instant(obj.sent_at)

    @display(description=_("due"))
    def due(self, obj: Message) -> str:
        return self._instant(obj.due_at)

    @display(description=_("next try"))
    def next_try(self, obj: Message) -> str:
        return "–" if obj.is_done else self._instant(obj.next_try_at)
