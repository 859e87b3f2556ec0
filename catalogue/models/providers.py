"""Who performs, what they do, and when they work."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.translated import Translated

WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]


class Provider(models.Model):
    """The person who performs; a login of the back office is optional."""

    name = models.CharField(_("name"), max_length=80)
    role_en = models.CharField(_("title"), max_length=80, blank=True)
    role_da = models.CharField(_("title"), max_length=80, blank=True)
    role_fi = models.CharField(_("title"), max_length=80, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="provider",
        verbose_name=_("login"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    # The address of the calendar feed is signed over this number: a new one makes a new address.
    feed_version = models.PositiveIntegerField(default=1, editable=False)

    role = Translated("role")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class ServiceProvider(models.Model):
    """Who does what, and at which price and length where these are not the service's own."""

    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.CASCADE, related_name="provided_by"
    )
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="provides")
    price_minor = models.PositiveBigIntegerField(
        _("price"), null=True, blank=True, help_text=_("Empty: the service's own.")
    )
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(720)],
        help_text=_("Empty: the service's own."),
    )

    class Meta:
        verbose_name = _("provider of a service")
        verbose_name_plural = _("providers of a service")
        constraints = (
            models.UniqueConstraint(fields=["service", "provider"], name="service_provider_once"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__range=(5, 720)),
                name="service_provider_minutes_sane",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service_id} · {self.provider_id}"


class WorkingHours(models.Model):
    """A stretch of a provider's week on the business's wall clock; a break is a gap."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=WEEKDAYS)
    starts = models.TimeField(pgettext_lazy("working hours", "from"))
    ends = models.TimeField(pgettext_lazy("working hours", "to"))

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ("weekday", "starts")
        constraints = (
            models.CheckConstraint(condition=Q(weekday__lte=6), name="hours_weekday_known"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="hours_end_later"),
            models.UniqueConstraint(
                fields=["provider", "weekday", "starts"], name="hours_start_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts:%H:%M}–{self.ends:%H:%M}"


class DateHours(models.Model):
    """Hours of a provider on one date. Any row for a date stands instead of the weekly hours; one
    without times is a day off."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="date_hours")
    day = models.DateField(_("date"))
    starts = models.TimeField(pgettext_lazy("working hours", "from"), null=True, blank=True)
    ends = models.TimeField(pgettext_lazy("working hours", "to"), null=True, blank=True)

    class Meta:
        verbose_name = _("hours on a date")
        verbose_name_plural = _("hours on dates")
        ordering = ("day", "starts")
        constraints = (
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__gt=F("starts")),
                name="date_hours_end_later",
            ),
            models.UniqueConstraint(
                fields=["provider", "day", "starts"], name="date_hours_start_once"
            ),
            models.UniqueConstraint(
                fields=["provider", "day"],
                condition=Q(starts__isnull=True),
                name="date_hours_one_day_off",
            ),
        )

    def __str__(self) -> str:
        if self.starts is None or self.ends is None:
            return f"{self.day:%Y-%m-%d} –"
        return f"{self.day:%Y-%m-%d} {self.starts:%H:%M}–{self.ends:%H:%M}"
