"""Who we are and how we work: one row each for the business and for its switches."""

from __future__ import annotations

import zoneinfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.translated import Translated

# The sweep runs every 5 minutes, so a delay of at most 230 minutes keeps the promise that points
# arrive 3 to 4 hours after the visit.
SHORTEST_DELAY, LONGEST_DELAY = 180, 230


def check_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("Enter a time zone, like Europe/Helsinki."))


class Business(models.Model):
    """The business itself: a single row, id 1."""

    name = models.CharField(_("name"), max_length=80)
    tagline_en = models.CharField(_("promise in one sentence"), max_length=160, blank=True)
    tagline_da = models.CharField(_("promise in one sentence"), max_length=160, blank=True)
    tagline_fi = models.CharField(_("promise in one sentence"), max_length=160, blank=True)
    street = models.CharField(_("street"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    timezone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Helsinki", validators=[check_timezone]
    )
    award_delay_minutes = models.PositiveSmallIntegerField(
        _("points arrive this many minutes after the visit"),
        default=SHORTEST_DELAY,
        validators=[MinValueValidator(SHORTEST_DELAY), MaxValueValidator(LONGEST_DELAY)],
    )
    cancel_notice_hours = models.PositiveSmallIntegerField(
        _("clients may cancel online until this many hours before"), default=24
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("times are offered every … minutes"), default=15
    )
    notice_minutes = models.PositiveIntegerField(
        _("earliest online booking, minutes from now"), default=60
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("latest online booking, days from now"), default=90
    )
    reminder_hours = models.PositiveSmallIntegerField(
        _("remind clients this many hours before"),
        default=24,
        validators=[MaxValueValidator(14 * 24)],
        help_text=_("0: send no reminders."),
    )
    attendance_must_be_marked = models.BooleanField(
        _("points only for visits that staff marked as arrived or completed"),
        default=False,
        help_text=_("Off: a visit that nobody marked counts as attended."),
    )
    waiting_cutoff_minutes = models.PositiveIntegerField(
        _("no waiting places are offered this many minutes before the start"), default=120
    )
    reward_factor = models.PositiveSmallIntegerField(
        _("points suggested for a reward, per unit of its price"),
        default=14,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
    )
    vat_hundredths = models.PositiveSmallIntegerField(
        _("VAT in per cent"),
        default=2550,
        validators=[MaxValueValidator(10_000)],
        help_text=_("Included in all prices. A service or product may have its own."),
    )
    clean_history_days = models.PositiveSmallIntegerField(
        _("strip visits of personal data after this many days"), default=365
    )

    tagline = Translated("tagline")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("business")
        verbose_name_plural = _("business")
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="business_single_row"),
            models.CheckConstraint(
                condition=models.Q(award_delay_minutes__range=(SHORTEST_DELAY, LONGEST_DELAY)),
                name="business_award_delay",
            ),
            models.CheckConstraint(
                condition=models.Q(slot_minutes__range=(5, 120)), name="business_slot_minutes"
            ),
            models.CheckConstraint(
                condition=models.Q(reminder_hours__lte=14 * 24), name="business_reminder_hours"
            ),
            models.CheckConstraint(
                condition=models.Q(reward_factor__range=(1, 1000)), name="business_reward_factor"
            ),
            models.CheckConstraint(
                condition=models.Q(vat_hundredths__lte=10_000), name="business_vat_sane"
            ),
            models.CheckConstraint(
                condition=models.Q(clean_history_days__gte=30), name="business_clean_history_days"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class SpecialDayKind(models.TextChoices):
    CLOSED = "closed", _("closed")
    SHORTER = "shorter", _("open only from–to")
    EXTRA = "extra", _("everybody works from–to")


class SpecialDay(models.Model):
    """A holiday, or a date with hours of its own. What a provider's own date says goes before."""

    day = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("what is different"), max_length=8, choices=SpecialDayKind)
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)
    name_en = models.CharField(_("name"), max_length=80, blank=True)
    name_da = models.CharField(_("name"), max_length=80, blank=True)
    name_fi = models.CharField(_("name"), max_length=80, blank=True)

    name = Translated("name")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("holiday or special day")
        verbose_name_plural = _("holidays and special days")
        ordering = ("day",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="closed", opens__isnull=True, closes__isnull=True)
                | models.Q(
                    kind__in=("shorter", "extra"),
                    opens__isnull=False,
                    closes__gt=models.F("opens"),
                ),
                name="special_day_has_hours",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.name}".strip()


class Features(models.Model):
    """The switches of Custom features: a single row, id 1, whose rules are CHECKs."""

    payments = models.BooleanField(default=True)
    client_login = models.BooleanField(default=True)
    coupons = models.BooleanField(default=False)
    gift_cards = models.BooleanField(default=True)
    loyalty = models.BooleanField(default=False)
    clean_history = models.BooleanField(default=False)
    loyalty_off_since = models.DateTimeField(null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("custom features")
        verbose_name_plural = _("custom features")
        permissions = [("switch_features", "Can switch custom features on and off")]
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="features_single_row"),
            models.CheckConstraint(
                condition=models.Q(loyalty=False)
                | models.Q(payments=True, client_login=True, coupons=True, gift_cards=True),
                name="features_loyalty_needs",
            ),
            models.CheckConstraint(
                condition=~models.Q(loyalty=True, clean_history=True),
                name="features_loyalty_or_clean_history",
            ),
        )

    def __str__(self) -> str:
        return "Custom features"
