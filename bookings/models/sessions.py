"""Dated runs of a class, one by one and by rule."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Provider, Service


class SessionRule(models.Model):
    """A class every week, or every few: its sessions are created ahead from this."""

    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="session_rules", verbose_name=_("class")
    )
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        related_name="session_rules",
        verbose_name=_("provider"),
    )
    starts = models.TimeField(_("time"))
    first_day = models.DateField(_("first date"))
    last_day = models.DateField(_("last date"), null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(_("every … weeks"), default=1)
    places = models.PositiveSmallIntegerField(_("places"))

    class Meta:
        verbose_name = _("weekly class")
        verbose_name_plural = _("weekly classes")
        ordering = ("first_day", "starts", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="session_rule_ends_later",
            ),
            models.CheckConstraint(
                condition=Q(every_weeks__range=(1, 8)), name="session_rule_weeks_sane"
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="session_rule_has_places"),
        )

    def __str__(self) -> str:
        return f"{self.service} {self.first_day:%Y-%m-%d} {self.starts:%H:%M}"


class ClassSession(models.Model):
    """One dated run of a class, with places."""

    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("class")
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("provider")
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    places = models.PositiveSmallIntegerField(_("places"))
    booked_places = models.PositiveSmallIntegerField(_("booked"), default=0, editable=False)
    # Kept for those on the waiting list who were offered them.
    offered_places = models.PositiveSmallIntegerField(_("offered"), default=0, editable=False)
    # One session per rule and date, whoever creates it and how often; a moved one keeps its date.
    rule = models.ForeignKey(
        SessionRule,
        on_delete=models.PROTECT,
        null=True,
        related_name="sessions",
        editable=False,
    )
    rule_day = models.DateField(null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, editable=False)

    class Meta:
        verbose_name = _("class session")
        verbose_name_plural = _("class sessions")
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="session_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(places__gte=F("booked_places") + F("offered_places")),
                name="session_places_suffice",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | Q(booked_places=0, offered_places=0),
                name="session_cancelled_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(rule__isnull=True, rule_day__isnull=True)
                | Q(rule__isnull=False, rule_day__isnull=False),
                name="session_rule_has_day",
            ),
            models.UniqueConstraint(fields=["rule", "rule_day"], name="session_once_per_rule_day"),
        )
        indexes = (models.Index(fields=["starts_at"], name="session_by_start"),)

    def __str__(self) -> str:
        return str(self.service)

    @property
    def places_left(self) -> int:
        return self.places - self.booked_places - self.offered_places
