"""Visits, their bookings, class sessions, and the occupations that refuse a second booking."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalogue.models import Provider, Service
from clients.models import Client
from foundation.translated import Translated

_REF_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_ref() -> str:
    """A reference that can be read out on the phone: 8 letters, 40 random bits."""
    return "".join(secrets.choice(_REF_ALPHABET) for _ in range(8))


def new_hold_token() -> str:
    return secrets.token_urlsafe(16)


class Source(models.TextChoices):
    ONLINE = "online", _("website")
    DESK = "desk", _("front desk")


class Visit(models.Model):
    """What a client comes for at one time: one or more bookings in a row."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        related_name="visits",
        verbose_name=_("client"),
    )
    source = models.CharField(_("booked by"), max_length=8, choices=Source)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("booked"))
    anonymised_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="visit_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | Q(anonymised_at__isnull=False),
                name="visit_has_client",
            ),
        )
        indexes = (
            models.Index(fields=["client", "-starts_at"], name="visit_by_client"),
            models.Index(
                fields=["ends_at"],
                condition=Q(anonymised_at__isnull=True),
                name="visit_to_anonymise",
            ),
        )

    def __str__(self) -> str:
        return self.ref


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
                condition=Q(booked_places__lte=F("places")), name="session_places_suffice"
            ),
        )
        indexes = (models.Index(fields=["starts_at"], name="session_by_start"),)

    def __str__(self) -> str:
        return str(self.service)

    @property
    def places_left(self) -> int:
        return self.places - self.booked_places


class BookingKind(models.TextChoices):
    APPOINTMENT = "appointment", _("appointment")
    PLACE = "place", _("place in a class")


class BookingStatus(models.TextChoices):
    BOOKED = "booked", pgettext_lazy("booking status", "Booked")
    ARRIVED = "arrived", pgettext_lazy("booking status", "Arrived")
    STARTED = "started", pgettext_lazy("booking status", "Started")
    COMPLETED = "completed", pgettext_lazy("booking status", "Completed")
    CANCELLED = "cancelled", pgettext_lazy("booking status", "Cancelled")
    NO_SHOW = "no_show", pgettext_lazy("booking status", "No-show")


# A booking in one of these still happens, or happened.
STANDING = (
    BookingStatus.BOOKED,
    BookingStatus.ARRIVED,
    BookingStatus.STARTED,
    BookingStatus.COMPLETED,
)


class Booking(models.Model):
    """One line of a visit. Name, price and blocked time are fixed when it is booked."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="bookings")
    kind = models.CharField(max_length=12, choices=BookingKind)
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("service")
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("provider")
    )
    session = models.ForeignKey(
        ClassSession, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    service_name_en = models.CharField(max_length=100)
    service_name_da = models.CharField(max_length=100, blank=True)
    service_name_fi = models.CharField(max_length=100, blank=True)
    places = models.PositiveSmallIntegerField(_("places"), default=1)
    price_minor = models.PositiveBigIntegerField(_("price"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    blocked_from = models.DateTimeField()
    blocked_to = models.DateTimeField()
    status = models.CharField(
        _("status"), max_length=10, choices=BookingStatus, default=BookingStatus.BOOKED
    )
    status_changed_at = models.DateTimeField()
    status_changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    cancelled_by_client = models.BooleanField(default=False)

    service_name = Translated("service_name")

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        permissions = [
            ("book_for_clients", "Can book for clients"),
            ("mark_bookings", "Can mark bookings as arrived, completed or no-show"),
            ("cancel_bookings", "Can cancel bookings"),
            ("see_all_bookings", "Can see the bookings of every provider"),
        ]
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=BookingStatus.values), name="booking_status_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=BookingKind.APPOINTMENT, session__isnull=True)
                | Q(kind=BookingKind.PLACE, session__isnull=False),
                name="booking_kind_has_its_parts",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at"))
                & Q(blocked_from__lte=F("starts_at"))
                & Q(blocked_to__gte=F("ends_at")),
                name="booking_times_in_order",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="booking_has_places"),
        )
        indexes = (
            models.Index(fields=["-starts_at", "-id"], name="booking_newest"),
            models.Index(fields=["provider", "starts_at"], name="booking_by_provider"),
            # The few that a list by status is asked for; booking and completing touch none.
            models.Index(
                fields=["status", "-starts_at", "-id"],
                condition=Q(status__in=("arrived", "started", "cancelled", "no_show")),
                name="booking_by_rare_status",
            ),
        )

    def __str__(self) -> str:
        return self.service_name

    @property
    def is_standing(self) -> bool:
        return self.status in STANDING


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
    hold = models.OneToOneField(
        Hold, on_delete=models.CASCADE, null=True, related_name="occupation"
    )
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
