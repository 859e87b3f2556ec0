"""What can be booked, and who performs it."""

from __future__ import annotations

from typing import ClassVar

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


class Category(models.Model):
    name_en = models.CharField(_("name"), max_length=60)
    name_da = models.CharField(_("name"), max_length=60, blank=True)
    name_fi = models.CharField(_("name"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    name = Translated("name")

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class ServiceKind(models.TextChoices):
    APPOINTMENT = "appointment", _("appointment")
    CLASS = "class", _("class")


class ServiceQuerySet(models.QuerySet["Service"]):
    def offered_online(self) -> ServiceQuerySet:
        """What a visitor of the website may book."""
        return self.filter(online=True, archived_at__isnull=True)

    def of_kind(self, kind: ServiceKind) -> ServiceQuerySet:
        return self.filter(kind=kind)


class ServiceManager(models.Manager.from_queryset(ServiceQuerySet)):  # type: ignore[misc]
    """So that proxies may narrow what ``objects`` finds."""


class Service(models.Model):
    """What clients book: an appointment with a provider, or a class with sessions.

    Never deleted once booked: archived, so that bookings and reports keep its name.
    """

    kind = models.CharField(max_length=12, choices=ServiceKind, default=ServiceKind.APPOINTMENT)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="services", verbose_name=_("category")
    )
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name_en = models.CharField(_("name"), max_length=100)
    name_da = models.CharField(_("name"), max_length=100, blank=True)
    name_fi = models.CharField(_("name"), max_length=100, blank=True)
    summary_en = models.TextField(_("description"), max_length=1000, blank=True)
    summary_da = models.TextField(_("description"), max_length=1000, blank=True)
    summary_fi = models.TextField(_("description"), max_length=1000, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), validators=[MinValueValidator(5), MaxValueValidator(720)]
    )
    buffer_before = models.PositiveSmallIntegerField(_("minutes kept free before"), default=0)
    buffer_after = models.PositiveSmallIntegerField(_("minutes kept free after"), default=0)
    price_minor = models.PositiveBigIntegerField(_("price"), default=0)
    places = models.PositiveSmallIntegerField(
        _("places"), default=1, help_text=_("For classes: places in a new session.")
    )
    online = models.BooleanField(_("bookable on the website"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    providers: models.ManyToManyField[Provider, ServiceProvider] = models.ManyToManyField(
        "Provider",
        through="ServiceProvider",
        related_name="services",
        verbose_name=_("providers"),
    )

    objects: ClassVar[ServiceManager] = ServiceManager()
    name = Translated("name")
    summary = Translated("summary")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ("category__position", "position", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=ServiceKind.values), name="service_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(minutes__range=(5, 720)), name="service_minutes_sane"
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="service_has_places"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_class(self) -> bool:
        return self.kind == ServiceKind.CLASS


class AppointmentServiceManager(ServiceManager):
    def get_queryset(self) -> ServiceQuerySet:
        return super().get_queryset().of_kind(ServiceKind.APPOINTMENT)


class ClassServiceManager(ServiceManager):
    def get_queryset(self) -> ServiceQuerySet:
        return super().get_queryset().of_kind(ServiceKind.CLASS)


class AppointmentService(Service):
    """The services of *Manage → Services*."""

    objects: ClassVar[AppointmentServiceManager] = AppointmentServiceManager()

    class Meta:
        proxy = True
        verbose_name = _("service")
        verbose_name_plural = _("services")


class ClassService(Service):
    """The services of *Manage → Classes*."""

    objects: ClassVar[ClassServiceManager] = ClassServiceManager()

    class Meta:
        proxy = True
        verbose_name = _("class")
        verbose_name_plural = _("classes")


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

    role = Translated("role")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("provider")
        verbose_name_plural = _("providers")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class ServiceProvider(models.Model):
    """Who does what."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="provided_by")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="provides")

    class Meta:
        verbose_name = _("provider of a service")
        verbose_name_plural = _("providers of a service")
        constraints = (
            models.UniqueConstraint(fields=["service", "provider"], name="service_provider_once"),
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
