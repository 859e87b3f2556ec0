"""The time of providers and resources that is taken, and who keeps it."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import Booking
from bookings.models.sessions import ClassSession
from catalogue.models import Provider, Resource, Service


def new_hold_token() -> str:
    return secrets.token_urlsafe(16)


class Hold(models.Model):
    """A slot kept for minutes while the client types, with what was typed so far.

    Losing the slot never loses the details: the row outlives its occupation by a day. A hold on a
    class session carries the details only; the place is taken when the booking is made.
    """

    token = models.CharField(max_length=32, unique=True, default=new_hold_token, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, null=True, related_name="+")
    any_provider = models.BooleanField(default=False)
    session = models.ForeignKey(ClassSession, on_delete=models.CASCADE, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    # Several services in one visit, one after another: a dict for each (``bookings/lines.py``).
    # Empty where the service above is all.
    lines = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    latest_expiry = models.DateTimeField()
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("latest_expiry")), name="hold_has_an_end"
            ),
        )
        indexes = (models.Index(fields=["created_at"], name="hold_by_age"),)

    def __str__(self) -> str:
        return f"{self.service_id} {self.starts_at:%Y-%m-%d %H:%M}"


class OccupationKind(models.TextChoices):
    BOOKING = "booking", _("booking")
    SESSION = "session", _("class session")
    HOLD = "hold", _("hold")
    TIME_OFF = "time_off", _("time off")


class OccupationQuerySet(models.QuerySet["Occupation"]):
    def touching(self, start: Any, end: Any) -> OccupationQuerySet:
        """Those that overlap the half-open interval. The lower bound keeps history unread."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class Occupation(models.Model):
    """A provider taken from–to, buffers included. Overlaps are refused by the database.

    A row exists only while its time is taken: cancelling deletes it. An expired hold's row is
    deleted by the command that wants the time (a constraint cannot look at the clock).
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="occupations")
    kind = models.CharField(max_length=10, choices=OccupationKind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, null=True, related_name="occupation"
    )
    session = models.OneToOneField(
        ClassSession, on_delete=models.PROTECT, null=True, related_name="occupation"
    )
    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, null=True, related_name="occupations")
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    objects = OccupationQuerySet.as_manager()

    class Meta:
        verbose_name = _("occupied time")
        verbose_name_plural = _("occupied times")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="occupation_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=OccupationKind.BOOKING,
                    booking__isnull=False,
                    session__isnull=True,
                    hold__isnull=True,
                )
                | Q(
                    kind=OccupationKind.SESSION,
                    booking__isnull=True,
                    session__isnull=False,
                    hold__isnull=True,
                )
                | Q(
                    kind=OccupationKind.HOLD,
                    booking__isnull=True,
                    session__isnull=True,
                    hold__isnull=False,
                )
                | Q(
                    kind=OccupationKind.TIME_OFF,
                    booking__isnull=True,
                    session__isnull=True,
                    hold__isnull=True,
                ),
                name="occupation_of_one_thing",
            ),
        )
        indexes = (models.Index(fields=["provider", "ends_at"], name="occupation_by_end"),)

    def __str__(self) -> str:
        return f"{self.provider_id} {self.starts_at:%Y-%m-%d %H:%M} {self.kind}"


class ResourceOccupationQuerySet(models.QuerySet["ResourceOccupation"]):
    def touching(self, start: Any, end: Any) -> ResourceOccupationQuerySet:
        """Those that overlap the half-open interval."""
        return self.filter(starts_at__lt=end, ends_at__gt=start)


class ResourceOccupation(models.Model):
    """A resource taken from–to by a booking, a class session, a hold, or because it is out of
    order. As with providers, overlaps are refused by the database, and a row exists only while
    the time is taken."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="occupations")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, related_name="resource_occupations"
    )
    session = models.ForeignKey(
        ClassSession, on_delete=models.PROTECT, null=True, related_name="resource_occupations"
    )
    hold = models.ForeignKey(
        Hold, on_delete=models.CASCADE, null=True, related_name="resource_occupations"
    )
    reason = models.CharField(_("reason"), max_length=120, blank=True)

    objects = ResourceOccupationQuerySet.as_manager()

    class Meta:
        verbose_name = _("occupied resource")
        verbose_name_plural = _("occupied resources")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="resource_occupation_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(booking__isnull=True, session__isnull=True)
                | Q(booking__isnull=True, hold__isnull=True)
                | Q(session__isnull=True, hold__isnull=True),
                name="resource_occupation_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["booking", "resource"],
                condition=Q(booking__isnull=False),
                name="resource_once_per_booking",
            ),
        )
        indexes = (models.Index(fields=["resource", "ends_at"], name="resource_occupation_by_end"),)

    def __str__(self) -> str:
        return f"{self.resource_id} {self.starts_at:%Y-%m-%d %H:%M}"
