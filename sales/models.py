"""The sale: the one place where bookings, points, gift cards and money meet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from bookings.models import Booking, Visit
from catalogue.models import Product, Provider, Service
from clients.models import Client
from foundation.percent import WHOLE
from foundation.translated import Translated
from giftcards.models import CardEntry, GiftCard, GiftCardType
from loyalty.models import Award, PointEntry, Reward


class SaleState(models.TextChoices):
    OPEN = "open", _("open")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class Sale(models.Model):
    """What a client owes and has paid, for a visit or for something taken away.

    ``total_minor`` is the sum of the lines that were not refunded; what is left to pay is the total
    less the payments. ``number`` is that of the receipt, given when the sale is completed at the
    till: 1, 2, 3 …, without gaps.
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
    number = models.PositiveBigIntegerField(_("receipt number"), null=True, unique=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        permissions = [
            ("check_out", "Can take money at the till"),
            ("give_discounts", "Can lower prices at the till"),
            ("refund_todays_sales", "Can refund what was sold today"),
            ("refund_sales", "Can refund any sale"),
        ]
        constraints = (
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="sale_total"),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0) & Q(paid_minor__lte=F("total_minor")),
                name="sale_never_overpaid",
            ),
            models.CheckConstraint(
                condition=~Q(state="completed")
                | Q(completed_at__isnull=False, paid_minor=F("total_minor")),
                name="sale_completed_is_paid",
            ),
        )
        indexes = (
            models.Index(fields=["client", "-created_at"], name="sale_by_client"),
            models.Index(
                fields=["-completed_at", "-id"],
                condition=Q(state="completed"),
                name="sale_completed_newest",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def left_to_pay_minor(self) -> int:
        return self.total_minor - self.paid_minor


# More of one thing than anybody carries away.
MOST_PIECES = 999


def _of_one_thing() -> Q:
    """A booking, a service, a product or a gift card, each with nothing else; a tip is of none."""
    parts = ("booking", "service", "product", "gift_card", "gift_card_type")

    def just(*there: str) -> Q:
        return Q(**{f"{part}__isnull": part not in there for part in parts})

    return (
        Q(kind="booking") & just("booking")
        | Q(kind="service") & just("service")
        | Q(kind="product") & just("product")
        | Q(kind="tip") & just()
        # Sold at the till and not issued yet, issued at the till, or chosen by points.
        | Q(kind="gift_card")
        & (just("gift_card_type") | just("gift_card_type", "gift_card") | just("gift_card"))
    )


class LineKind(models.TextChoices):
    BOOKING = "booking", _("booking")
    SERVICE = "service", _("service")
    PRODUCT = "product", _("product")
    GIFT_CARD = "gift_card", _("gift card")
    TIP = "tip", _("tip")


class SaleLine(models.Model):
    """One thing on a sale, with its whole amount after the discount.

    A line of the till keeps what one costs (``unit_minor``) and the name it was sold under. What
    points buy costs 0, and points at what was spent: for a reward of the till when the sale is
    completed, which is also when a gift card is issued and the rate of VAT is written down.
    """

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=LineKind)
    booking = models.OneToOneField(
        Booking, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, related_name="+")
    gift_card_type = models.ForeignKey(
        GiftCardType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    gift_card = models.OneToOneField(
        GiftCard, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    award = models.OneToOneField(
        Award, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reward_points = models.PositiveIntegerField(null=True)
    spend_entry = models.OneToOneField(
        PointEntry, on_delete=models.PROTECT, null=True, related_name="sale_line"
    )
    name_en = models.CharField(max_length=100, blank=True, db_default="")
    name_da = models.CharField(max_length=100, blank=True, db_default="")
    name_fi = models.CharField(max_length=100, blank=True, db_default="")
    quantity = models.PositiveSmallIntegerField(default=1, db_default=1)
    unit_minor = models.BigIntegerField(null=True)
    discount_minor = models.BigIntegerField(default=0, db_default=0)
    discount_reason = models.CharField(max_length=120, blank=True, db_default="")
    amount_minor = models.BigIntegerField()
    vat_hundredths = models.PositiveSmallIntegerField(null=True)
    refunded_at = models.DateTimeField(null=True)

    name = Translated("name")

    class Meta:
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints = (
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="sale_line_amount"),
            models.CheckConstraint(
                condition=_of_one_thing(),
                name="sale_line_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(unit_minor__isnull=True)
                | Q(
                    unit_minor__gte=0,
                    amount_minor=F("unit_minor") * F("quantity") - F("discount_minor"),
                ),
                name="sale_line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(quantity__range=(1, MOST_PIECES)), name="sale_line_quantity_sane"
            ),
            models.CheckConstraint(
                condition=Q(discount_minor=0) | (Q(discount_minor__gt=0) & ~Q(discount_reason="")),
                name="sale_line_discount_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(reward__isnull=True, reward_points__isnull=True)
                | Q(reward__isnull=False, reward_points__gte=1, amount_minor=0, quantity=1),
                name="sale_line_reward_is_free",
            ),
            models.CheckConstraint(
                condition=Q(vat_hundredths__isnull=True) | Q(vat_hundredths__lte=WHOLE),
                name="sale_line_vat_sane",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sale_id} {self.kind}"


class OwnTender(models.Model):
    """A way to pay that the business names itself, like MobilePay. Archived, never deleted."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("way to pay")
        verbose_name_plural = _("ways to pay")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Tender(models.TextChoices):
    GIFT_CARD = "gift_card", _("gift card")
    CASH = "cash", _("cash")
    CARD = "card", pgettext_lazy("tender", "card")
    OWN = "own", _("another way")


class Payment(models.Model):
    """Money that settled a sale, or went back. Append-only; a refund mirrors what it undoes, whole:
    what is kept of a payment is paid anew. ``given_minor`` is the cash that changed hands."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="payments")
    tender = models.CharField(max_length=12, choices=Tender)
    amount_minor = models.BigIntegerField()
    card_entry = models.OneToOneField(
        CardEntry, on_delete=models.PROTECT, null=True, related_name="payment"
    )
    own_tender = models.ForeignKey(
        OwnTender, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    given_minor = models.BigIntegerField(null=True)
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
                condition=Q(tender="gift_card", card_entry__isnull=False)
                | (~Q(tender="gift_card") & Q(card_entry__isnull=True)),
                name="payment_by_card_has_entry",
            ),
            models.CheckConstraint(
                condition=Q(tender="own", own_tender__isnull=False)
                | (~Q(tender="own") & Q(own_tender__isnull=True)),
                name="payment_own_has_name",
            ),
            models.CheckConstraint(
                condition=Q(given_minor__isnull=True)
                | Q(tender="cash", given_minor__gte=F("amount_minor")),
                name="payment_given_suffices",
            ),
        )

    def __str__(self) -> str:
        return f"{self.sale_id} {self.amount_minor}"

    @property
    def shown_tender(self) -> str:
        """How it was paid: by the business's own word, or with which gift card."""
        if self.own_tender is not None:
            return self.own_tender.name
        name = self.get_tender_display()
        name = name[:1].upper() + name[1:]
        return f"{name} …{self.card_entry.card.last_four}" if self.card_entry else name

    @property
    def change_minor(self) -> int:
        """What went back over the counter of the cash that was given."""
        return (self.given_minor or self.amount_minor) - self.amount_minor
