"""What earns points, and what they buy."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from catalogue.models import Product, Provider, Service
from giftcards.models import GiftCardType

# Far above any honest rule or correction; keeps a number of fourteen digits out of the ledger.
MOST_POINTS = 1_000_000
_POINTS = (MinValueValidator(1), MaxValueValidator(MOST_POINTS))


class EarningRule(models.Model):
    """What a booking of one service earns: a whole number of points per place."""

    service = models.OneToOneField(
        Service, on_delete=models.PROTECT, related_name="earning_rule", verbose_name=_("service")
    )
    enabled = models.BooleanField(_("clients earn points for this"), default=False)
    points = models.PositiveIntegerField(
        _("points per booking"), null=True, blank=True, validators=_POINTS
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("earning rule")
        verbose_name_plural = _("earning rules")
        constraints = (
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(points__gte=1, points__isnull=False),
                name="earning_rule_has_points",
            ),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__lte=MOST_POINTS),
                name="earning_rule_points_sane",
            ),
        )

    def __str__(self) -> str:
        return f"{self.service}: {self.points}"


ANY_DAY = 0b111_1111
"""All weekdays of ``Reward.weekdays``: Monday is the lowest bit."""


class Reward(models.Model):
    """What points can buy: one row per item, which is a service, a product or a gift card type.

    A gift card type's is shown where the type is; ``online`` says it of services.
    """

    gift_card_type = models.OneToOneField(
        GiftCardType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reward",
        verbose_name=_("gift card type"),
    )
    service = models.OneToOneField(
        Service,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reward",
        verbose_name=_("service"),
    )
    product = models.OneToOneField(
        Product,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reward",
        verbose_name=_("product"),
    )
    enabled = models.BooleanField(_("clients can get this for points"), default=False)
    points = models.PositiveIntegerField(
        _("points needed"), null=True, blank=True, validators=_POINTS
    )
    first_time_only = models.BooleanField(
        _("first time only"),
        default=False,
        help_text=_("For clients who have never had it."),
    )
    weekdays = models.PositiveSmallIntegerField(_("on these weekdays"), default=ANY_DAY)
    first_day = models.DateField(_("from (optional)"), null=True, blank=True)
    last_day = models.DateField(_("until (optional)"), null=True, blank=True)
    providers: models.ManyToManyField[Provider, Any] = models.ManyToManyField(
        Provider,
        blank=True,
        related_name="rewards",
        verbose_name=_("with these people"),
        help_text=_("None chosen: with anybody."),
    )
    online = models.BooleanField(
        _("clients can book it on the website"),
        default=False,
        help_text=_("Off: it is given at the desk only."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints = (
            models.CheckConstraint(
                condition=Q(enabled=False) | Q(points__gte=1, points__isnull=False),
                name="reward_has_points",
            ),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__lte=MOST_POINTS),
                name="reward_points_sane",
            ),
            models.CheckConstraint(
                condition=Q(
                    gift_card_type__isnull=False, service__isnull=True, product__isnull=True
                )
                | Q(gift_card_type__isnull=True, service__isnull=False, product__isnull=True)
                | Q(gift_card_type__isnull=True, service__isnull=True, product__isnull=False),
                name="reward_of_one_item",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__range=(1, ANY_DAY)), name="reward_has_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(first_day__isnull=True)
                | Q(last_day__isnull=True)
                | Q(last_day__gte=F("first_day")),
                name="reward_days_in_order",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.points}"

    @property
    def item(self) -> GiftCardType | Service | Product:
        found = self.gift_card_type or self.service or self.product
        assert found is not None  # noqa: S101 (a CHECK: every reward has one item)
        return found

    @property
    def name(self) -> str:
        return self.item.name
