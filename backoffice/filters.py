"""Filters of the panel's lists that are not plain columns."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from business.profile import get_business, local_day_bounds, local_today
from clients.models import Client
from foundation import clock


class NarrowFilter(SimpleListFilter):
    """Shows ``unasked`` where nothing is chosen, instead of everything."""

    unasked: str | Promise

    def choices(self, changelist: Any) -> Any:
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": self.unasked,
        }
        yield from list(super().choices(changelist))[1:]


class OfferedFilter(NarrowFilter):
    """What is on offer, unless asked for what is not any more."""

    title = _("offer")
    parameter_name = "offer"
    unasked = _("On offer")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), ("archived", _("Archived"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "archived":
            return queryset.filter(archived_at__isnull=False)
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=True)


class CardOwnerFilter(SimpleListFilter):
    """The owner comes by a link from a client's page; a list of everybody helps nobody."""

    title = _("owner")
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        wanted = request.GET.get("owner", "")
        if not wanted.isdecimal():
            return []
        return [(str(client.pk), client.full_name) for client in Client.objects.filter(pk=wanted)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = self.value() or ""
        return queryset.filter(owner_id=wanted) if wanted.isdecimal() else queryset


class CardStateFilter(SimpleListFilter):
    """The state of a gift card, which is no column: it follows from time and balance."""

    title = pgettext_lazy("gift card", "state")
    parameter_name = "card"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", pgettext_lazy("gift card", "Open")),
            ("part", pgettext_lazy("gift card", "Used in part")),
            ("used", pgettext_lazy("gift card", "Used up")),
            ("expired", pgettext_lazy("gift card", "Expired")),
            ("void", pgettext_lazy("gift card", "Voided")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = clock.now()
        valid = queryset.filter(voided_at__isnull=True, expires_at__gte=now)
        states = {
            "open": lambda: valid.filter(balance__gt=0),
            "part": lambda: valid.filter(balance__gt=0, balance__lt=F("value_minor")),
            "used": lambda: queryset.filter(voided_at__isnull=True, balance=0),
            "expired": lambda: queryset.filter(voided_at__isnull=True, expires_at__lt=now),
            "void": lambda: queryset.filter(voided_at__isnull=False),
        }
        chosen = states.get(self.value() or "")
        return chosen() if chosen else queryset


class ComingFilter(NarrowFilter):
    """Sessions from the beginning of today on, the next one first, unless asked for others."""

    title = _("when")
    parameter_name = "when"
    unasked = _("From today on")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("past", _("Before today")), ("all", _("All"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        business = get_business()
        begins, _ends = local_day_bounds(business, local_today(business))
        if self.value() == "past":
            return queryset.filter(starts_at__lt=begins)
        return queryset.filter(starts_at__gte=begins)


class StaffFilter(NarrowFilter):
    """Staff, unless asked for the logins of clients."""

    title = _("kind of login")
    parameter_name = "who"
    unasked = _("Staff")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("clients", _("Clients"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(is_staff=self.value() != "clients")
