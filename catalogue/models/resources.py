"""Rooms and equipment that services occupy."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalogue.models.services import Service


class ResourceKind(models.Model):
    """Rooms or equipment that can stand in for each other, like treatment rooms."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    services: models.ManyToManyField[Service, ServiceResource] = models.ManyToManyField(
        Service,
        through="ServiceResource",
        related_name="resource_kinds",
        verbose_name=_("services"),
    )

    class Meta:
        verbose_name = _("kind of resource")
        verbose_name_plural = _("kinds of resources")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Resource(models.Model):
    """One room or one piece of equipment that a service occupies beside its provider."""

    kind = models.ForeignKey(
        ResourceKind, on_delete=models.PROTECT, related_name="resources", verbose_name=_("kind")
    )
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ("kind__position", "position", "id")
        constraints = (models.UniqueConstraint(fields=["kind", "name"], name="resource_name_once"),)

    def __str__(self) -> str:
        return self.name


class ServiceResource(models.Model):
    """A service occupies one resource of each of its kinds."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="needs")
    kind = models.ForeignKey(ResourceKind, on_delete=models.CASCADE, related_name="needed_by")

    class Meta:
        verbose_name = _("resource of a service")
        verbose_name_plural = _("resources of a service")
        constraints = (
            models.UniqueConstraint(fields=["service", "kind"], name="service_resource_once"),
        )

    def __str__(self) -> str:
        return f"{self.service_id} · {self.kind_id}"
