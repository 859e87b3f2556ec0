"""What can be booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalogue.models.products import WHOLE_VAT
from foundation.translated import Translated

if TYPE_CHECKING:
    from catalogue.models.providers import Provider, ServiceProvider


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
    vat_hundredths = models.PositiveSmallIntegerField(
        _("VAT in per cent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(WHOLE_VAT)],
        help_text=_("Empty: as the business says."),
    )
    places = models.PositiveSmallIntegerField(
        _("places"), default=1, help_text=_("For classes: places in a new session.")
    )
    places_per_booking = models.PositiveSmallIntegerField(
        _("most places in one booking"),
        default=4,
        validators=[MinValueValidator(1)],
        help_text=_("For classes: a client may bring friends."),
    )
    online = models.BooleanField(_("bookable on the website"), default=True)
    notice_minutes = models.PositiveIntegerField(
        _("earliest online booking, minutes from now"),
        null=True,
        blank=True,
        help_text=_("Empty: as the business says."),
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("latest online booking, days from now"),
        null=True,
        blank=True,
        help_text=_("Empty: as the business says."),
    )
    slot_minutes = models.PositiveSmallIntegerField(
        _("times are offered every … minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(5), MaxValueValidator(120)],
        help_text=_("Empty: as the business says."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    providers: models.ManyToManyField[Provider, ServiceProvider] = models.ManyToManyField(
        "catalogue.Provider",
        through="catalogue.ServiceProvider",
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
            models.CheckConstraint(
                condition=Q(places_per_booking__gte=1), name="service_places_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(slot_minutes__isnull=True) | Q(slot_minutes__range=(5, 120)),
                name="service_slot_minutes",
            ),
            models.CheckConstraint(
                condition=Q(vat_hundredths__isnull=True) | Q(vat_hundredths__lte=WHOLE_VAT),
                name="service_vat_sane",
            ),
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
