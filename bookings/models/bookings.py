"""The lines of a visit, and what became of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.models.sessions import ClassSession
from bookings.models.visits import Visit
from catalogue.models import AddOn, Provider, Service
from foundation.translated import Translated


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
    # Taken as a reward: its price is that of its add-ons alone, whoever does it.
    by_points = models.BooleanField(default=False)

    service_name = Translated("service_name")

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        permissions = [
            ("book_for_clients", "Can book for clients"),
            ("mark_bookings", "Can mark bookings as arrived, completed or no-show"),
            ("cancel_bookings", "Can cancel bookings"),
            ("undo_on_the_day", "Can take back marks and cancellations on the day of the visit"),
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


class BookingAddOn(models.Model):
    """An add-on of a booking, as it was when it was booked."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="add_ons")
    add_on = models.ForeignKey(AddOn, on_delete=models.PROTECT, related_name="bookings")
    name_en = models.CharField(max_length=100)
    name_da = models.CharField(max_length=100, blank=True)
    name_fi = models.CharField(max_length=100, blank=True)
    minutes = models.PositiveSmallIntegerField()
    price_minor = models.PositiveBigIntegerField()

    name = Translated("name")

    class Meta:
        verbose_name = _("add-on of a booking")
        verbose_name_plural = _("add-ons of a booking")
        constraints = (
            models.UniqueConstraint(fields=["booking", "add_on"], name="booking_add_on_once"),
        )

    def __str__(self) -> str:
        return self.name


class ChangeKind(models.TextChoices):
    MARKED = "marked", pgettext_lazy("change of a booking", "Marked")
    UNDONE = "undone", pgettext_lazy("change of a booking", "Undone")
    MOVED = "moved", pgettext_lazy("change of a booking", "Moved")
    CANCELLED = "cancelled", pgettext_lazy("change of a booking", "Cancelled")


class BookingChange(models.Model):
    """What became of a booking, when and by whom. Append-only; undoing reads it."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=ChangeKind)
    status_before = models.CharField(max_length=10, choices=BookingStatus)
    status_after = models.CharField(max_length=10, choices=BookingStatus)
    starts_before = models.DateTimeField()
    starts_after = models.DateTimeField()
    provider_before = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    provider_after = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="+")
    by_client = models.BooleanField(default=False)
    # Why it was cancelled, as whoever cancelled typed it: the one thing here that may be blanked.
    reason = models.TextField(max_length=500, blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of a booking")
        verbose_name_plural = _("changes of a booking")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.booking_id} {self.kind}"
