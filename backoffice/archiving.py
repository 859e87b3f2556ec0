"""Taking things off offer from their list: archived, never deleted (F37)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from backoffice.base import PanelAdmin


class ArchivingAdmin(PanelAdmin):
    """Two actions of a list. Subclasses say by which command a thing goes and comes back."""

    actions = ("take_off_offer", "put_on_offer")

    def archive(self, thing: Any, request: HttpRequest) -> Sequence[str] | None:
        """Returns what is left to somebody, if anything, in words for who archived it."""
        raise NotImplementedError

    def restore(self, thing: Any, request: HttpRequest) -> None:
        raise NotImplementedError

    @admin.action(description=_("Take off offer (archive)"), permissions=["change"])
    def take_off_offer(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        things = list(queryset.filter(archived_at__isnull=True))
        left = [note for thing in things for note in self.archive(thing, request) or ()]
        text = ngettext(
            "%(n)d taken off offer. What is booked or sold stays.",
            "%(n)d taken off offer. What is booked or sold stays.",
            len(things),
        )
        messages.success(request, text % {"n": len(things)})
        for note in left:
            messages.warning(request, note)

    @admin.action(description=_("Put back on offer"), permissions=["change"])
    def put_on_offer(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        things = list(queryset.filter(archived_at__isnull=False))
        for thing in things:
            self.restore(thing, request)
        text = ngettext("%(n)d back on offer.", "%(n)d back on offer.", len(things))
        messages.success(request, text % {"n": len(things)})
