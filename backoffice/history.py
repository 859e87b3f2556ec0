"""Who changed what on a configured thing: simple-history's rows on a page of our own.

Not simple-history's own admin: its page of one version saves what is posted to it for whoever may
*see* the history, and it knows no proxy models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice.base import PanelAdmin
from foundation.staff import staff_response

SHOWN = 100


@dataclass(frozen=True)
class Change:
    """One field of one change; values as they are stored."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Version:
    """One row of history. ``changes`` is empty for the first."""

    when: Any
    who: str
    what: str
    kind: str
    changes: list[Change]


def _text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return pgettext("switch", "on") if value else pgettext("switch", "off")
    return str(value)


def _label(model: type[Model], field: str) -> str:
    try:
        return capfirst(str(getattr(model._meta.get_field(field), "verbose_name", field)))
    except FieldDoesNotExist:
        return field


def versions_of(thing: Model) -> Iterator[Version]:
    """The newest ``SHOWN`` versions of ``thing``, each with what it changed."""
    model = thing._meta.concrete_model or type(thing)
    rows: Any = getattr(model, "history").filter(id=thing.pk)  # noqa: B009 — set at run time
    rows = list(rows.select_related("history_user").order_by("-history_date", "-history_id"))
    kinds = {
        "+": pgettext("history", "Added"),
        "~": pgettext("history", "Changed"),
        "-": pgettext("history", "Deleted"),
    }
    for row, older in zip(rows[:SHOWN], [*rows[1:], None], strict=False):
        changes = [] if older is None else row.diff_against(older).changes
        yield Version(
            when=row.history_date,
            who=str(row.history_user or _("The system")),
            what=capfirst(str(model._meta.verbose_name)),
            kind=kinds[row.history_type],
            changes=[
                Change(_label(model, each.field), _text(each.old), _text(each.new))
                for each in changes
            ],
        )


class HistoryAdmin(PanelAdmin):
    """A ModelAdmin whose history page shows every change of the thing and of its tabs."""

    def history_of(self, obj: Any) -> Iterable[Model]:
        """What belongs on the page beside ``obj`` itself."""
        return ()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        versions = [
            version for each in (obj, *self.history_of(obj)) for version in versions_of(each)
        ]
        versions.sort(key=lambda version: version.when, reverse=True)
        back = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        # Not "object": Unfold's title would name the app by its label, which has no translation.
        context = {"versions": versions[:SHOWN], "changed": obj, "back": back}
        title = _("History of %(thing)s") % {"thing": obj}
        return staff_response(request, "backoffice/history.html", context, title=title)
