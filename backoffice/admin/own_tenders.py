"""Manage → Ways to pay: what the till takes besides cash, cards and gift cards."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import actor_of
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from sales.checkout_payments import archive_own_tender, restore_own_tender
from sales.models import OwnTender


@admin.register(OwnTender)
class OwnTenderAdmin(ArchivingAdmin, HistoryAdmin):
    list_display = ("name", "position", "offered")
    list_filter = (OfferedFilter,)
    search_fields = ("name",)
    fields = ("name", "position")

    @display(description=_("offered"), label={"yes": "success", "no": "danger"})
    def offered(self, obj: OwnTender) -> tuple[str, Any]:
        return ("no", _("Archived")) if obj.archived_at else ("yes", _("In use"))

    def archive(self, thing: OwnTender, request: HttpRequest) -> None:
        archive_own_tender(tender=thing, actor=actor_of(request))

    def restore(self, thing: OwnTender, request: HttpRequest) -> None:
        restore_own_tender(tender=thing, actor=actor_of(request))
