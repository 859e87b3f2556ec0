"""Manage → Resources: rooms and equipment, by kinds that can stand in for each other."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from backoffice.archiving import ArchivingAdmin
from backoffice.base import PanelAdmin, RowForm, actor_of
from backoffice.filters import OfferedFilter
from backoffice.history import HistoryAdmin
from backoffice.labels import name_by_column
from catalogue.archive import archive_resource, restore_resource
from catalogue.models import Resource, ResourceKind, ServiceResource


class NeededByInline(TabularInline):
    model = ServiceResource
    form = RowForm
    fields = ("service",)
    hide_title = True
    extra = 0
    verbose_name = _("service that needs one")
    verbose_name_plural = _("services that need one")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "service":
            match = request.resolver_match
            kind_id = match.kwargs.get("object_id") if match else None
            offered = Q(archived_at__isnull=True)
            if kind_id and str(kind_id).isdecimal():
                offered |= Q(needs__kind_id=kind_id)
            field.queryset = field.queryset.filter(offered).distinct()
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return name_by_column(super().formfield_for_dbfield(db_field, request, **kwargs))


@admin.register(ResourceKind)
class ResourceKindAdmin(PanelAdmin):
    list_display = ("name", "how_many", "position")
    fields = ("name", "position")
    search_fields = ("name",)
    inlines = (NeededByInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ResourceKind]:
        there = Count("resources", filter=Q(resources__archived_at__isnull=True))
        return super().get_queryset(request).annotate(there=there)

    @display(description=_("resources"), ordering="there")
    def how_many(self, obj: Any) -> int:
        return int(obj.there)


@admin.register(Resource)
class ResourceAdmin(ArchivingAdmin, HistoryAdmin):
    list_display = ("name", "kind", "offered")
    list_select_related = ("kind",)
    list_filter = (OfferedFilter, "kind")
    search_fields = ("name",)
    fields = ("kind", "name", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        # What is booked was promised one of its kind.
        return ("kind",) if obj is not None else ()

    @display(description=_("offered"), label={"yes": "success", "no": "danger"})
    def offered(self, obj: Resource) -> tuple[str, Any]:
        return ("no", _("Archived")) if obj.archived_at else ("yes", _("In use"))

    def archive(self, thing: Resource, request: HttpRequest) -> None:
        archive_resource(resource=thing, actor=actor_of(request))

    def restore(self, thing: Resource, request: HttpRequest) -> None:
        restore_resource(resource=thing, actor=actor_of(request))
