"""What goes on top of a service."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalogue.models.services import Service
from foundation.translated import Translated


class AddOn(models.Model):
    """Something on top of a service, which lengthens and costs. Archived, never deleted."""

    name_en = models.CharField(_("name"), max_length=100)
    name_da = models.CharField(_("name"), max_length=100, blank=True)
    name_fi = models.CharField(_("name"), max_length=100, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("minutes more"), default=0, validators=[MaxValueValidator(240)]
    )
    price_minor = models.PositiveBigIntegerField(_("price"), default=0)
    services: models.ManyToManyField[Service, AddOnService] = models.ManyToManyField(
        Service, through="AddOnService", related_name="add_ons", verbose_name=_("services")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    name = Translated("name")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(condition=Q(minutes__lte=240), name="add_on_minutes_sane"),
        )

    def __str__(self) -> str:
        return self.name


class AddOnService(models.Model):
    """Which services an add-on goes with."""

    add_on = models.ForeignKey(AddOn, on_delete=models.CASCADE, related_name="goes_with")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="with_add_ons")

    class Meta:
        verbose_name = _("service of an add-on")
        verbose_name_plural = _("services of an add-on")
        constraints = (
            models.UniqueConstraint(fields=["add_on", "service"], name="add_on_service_once"),
        )

    def __str__(self) -> str:
        return f"{self.add_on_id} · {self.service_id}"
