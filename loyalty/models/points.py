"""The points of each client, every movement of them, and the daily sums of reports."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.models import Booking
from catalogue.models import Provider, Service
from clients.models import Client
from ledger.models import Account, Entry, entry_constraints
from loyalty.models.rules import Reward


class PointAccount(Account):
    """One client's points. The balance is below zero only after an award was taken back."""

    client = models.OneToOneField(
        Client, on_delete=models.PROTECT, related_name="point_account", verbose_name=_("client")
    )
    opened_at = models.DateTimeField()

    class Meta:
        verbose_name = _("point account")
        verbose_name_plural = _("point accounts")
        indexes = (models.Index(fields=["-balance", "id"], name="point_account_richest"),)

    def __str__(self) -> str:
        return f"{self.client_id}: {self.balance}"


class PointKind(models.TextChoices):
    EARN = "earn", pgettext_lazy("points movement", "Earned")
    SPEND = "spend", pgettext_lazy("points movement", "Spent")
    RETURN = "return", pgettext_lazy("points movement", "Returned")
    ADJUST = "adjust", pgettext_lazy("points movement", "Adjusted")
    WITHDRAW = "withdraw", pgettext_lazy("points movement", "Taken back")
    EXPIRE = "expire", pgettext_lazy("points movement", "Expired")
    TRANSFER = "transfer", pgettext_lazy("points movement", "Moved")


class PointRule(models.TextChoices):
    NONE = "", ""
    PER_BOOKING = "per_booking", _("points per booking")


class PointEntry(Entry):
    """One movement of points. It keeps what explains it, so that reports need no join."""

    # Without an index of their own are those that begin another one: each costs every crediting.
    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PointKind)
    rule = models.CharField(max_length=20, choices=PointRule, blank=True)
    base = models.PositiveBigIntegerField(null=True)
    rate = models.PositiveIntegerField(null=True)
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, related_name="+")
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, related_name="point_entries"
    )
    reward = models.ForeignKey(
        Reward, on_delete=models.PROTECT, null=True, related_name="entries", db_index=False
    )

    class Meta:
        verbose_name = _("points movement")
        verbose_name_plural = _("points movements")
        permissions = [
            ("adjust_points", "Can add and deduct points by hand"),
            ("adjust_points_without_limit", "Can add and deduct any number of points"),
            ("see_points_report", "Can see the loyalty points report"),
            ("export_points_report", "Can export the loyalty points report"),
        ]
        constraints = entry_constraints(
            "point_entry",
            account="account",
            signs={
                "earn": 1,
                "spend": -1,
                "return": 1,
                "adjust": 0,
                "withdraw": -1,
                "expire": -1,
                "transfer": 0,
            },
            # Only taking an award back, or moving such a balance, may leave a balance below zero.
            floor=Q(amount__gt=0) | Q(kind__in=("withdraw", "transfer")) | Q(balance_after__gte=0),
        )
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="point_entry_newest"),
            # PostgreSQL keeps the kind in it as well (migration 0008).
            models.Index(fields=["account", "-created_at", "-id"], name="point_entry_by_account"),
            models.Index(fields=["kind", "-created_at", "-id"], name="point_entry_by_kind"),
            models.Index(fields=["service", "-created_at", "-id"], name="point_entry_by_service"),
            # Two filters at once, where neither alone is rare. Crediting touches none of these.
            models.Index(
                fields=["account", "kind", "-created_at", "-id"],
                condition=~Q(kind="earn"),
                name="point_entry_account_and_kind",
            ),
            models.Index(
                fields=["service", "kind", "-created_at", "-id"],
                condition=~Q(kind="earn") & Q(service__isnull=False),
                name="point_entry_service_and_kind",
            ),
            models.Index(
                fields=["reward", "-created_at", "-id"],
                condition=Q(reward__isnull=False),
                name="point_entry_by_reward",
            ),
            models.Index(
                fields=["reward", "kind", "-created_at", "-id"],
                condition=Q(reward__isnull=False),
                name="point_entry_reward_and_kind",
            ),
        )


class PointTotal(models.Model):
    """What the movements of one kind come to on one UTC day that is over (``totals.py``).

    Kept for speed alone: any row can be made again from the ledger, and the audit does.
    """

    day = models.DateField()
    kind = models.CharField(max_length=10, choices=PointKind)
    entries = models.PositiveIntegerField()
    points = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["day", "kind"], name="point_total_one"),)

    def __str__(self) -> str:
        return f"{self.day} {self.kind}: {self.points:+d}"
