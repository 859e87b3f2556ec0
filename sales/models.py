"""The sale: the one place where bookings, points, gift cards and money meet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, Visit
from clients.models import Client
from giftcards.models import CardEntry, GiftCard
from loyalty.models import Award, PointEntry


class SaleState(models.TextChoices):
    OPEN = "open", _("open")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class Sale(models.Model):
    """What a client owes and has paid, for a visit or for something taken away.

    ``total_minor`` is the sum of the lines; what is left to pay is the total less the payments.
    """

    visit = models.OneToOneField(
        Visit, on_delete=models.PROTECT, null=True, related_name="sale", verbose_name=_("visit")
    )
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, related_name="sales", verbose_name=_("client")
    )
    state = models.CharField(max_length=10, choices=SaleState, default=SaleState.OPEN)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0)
    paid_minor = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints = (
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="sale_total"),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0) & Q(paid_minor__lte=F("total_minor")),
                name="sale_never_overpaid",
            ),
        )
        indexes = (models.Index(fields=["client", "-created_at"], name="sale_by_client"),)

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def left_to_pay_minor(self) -> int:
        return self.total_minor - self.paid_minor


class LineKind(models.TextChoices):
    BOOKING = "booking", _("booking")
    GIFT_CARD = "gift_card", _("gift card")


class SaleLine(models.Model):
    """One thing on a sale. A gift card chosen by points costs 0 and points at what was spent."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=LineKind)
    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    gift_card = models.OneToOneField(
        GiftCard, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    award = models.OneToOneField(
        Award, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    spend_entry = models.OneToOneField(
        PointEntry, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    amount_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="sale_line_amount"),
            models.CheckConstraint(
                condition=Q(kind="booking", booking__isnull=False, gift_card__isnull=True)
                | Q(kind="gift_card", booking__isnull=True, gift_card__isnull=False),
                name="sale_line_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sale_id} {self.kind}"


class Tender(models.TextChoices):
    GIFT_CARD = "gift_card", _("gift card")


class Payment(models.Model):
    """Money that settled a sale, or went back. Append-only; a refund mirrors what it undoes."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(max_length=12, choices=Tender)
    amount_minor = models.BigIntegerField()
    card_entry = models.OneToOneField(
        CardEntry, on_delete=models.PROTECT, null=True, related_name="payment"
    )
    refunds = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="refunded_by"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = (
            models.CheckConstraint(
                condition=Q(refunds__isnull=True, amount_minor__gt=0)
                | Q(refunds__isnull=False, amount_minor__lt=0),
                name="payment_sign",
            ),
            models.CheckConstraint(
                condition=~Q(tender="gift_card") | Q(card_entry__isnull=False),
                name="payment_by_card_has_entry",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sale_id} {self.amount_minor}"
