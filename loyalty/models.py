"""Points: what earns them, what they buy, the ones on the way, and the ledger of each client."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from bookings.models import Booking
from catalogue.models import Provider, Service
from clients.models import Client
from giftcards.models import GiftCardType
from ledger.models import Account, Entry, entry_constraints

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


class Reward(models.Model):
    """What points can buy. One row per item; so far the items are gift card types."""

    gift_card_type = models.OneToOneField(
        GiftCardType,
        on_delete=models.PROTECT,
        related_name="reward",
        verbose_name=_("gift card type"),
    )
    enabled = models.BooleanField(_("clients can get this for points"), default=False)
    points = models.PositiveIntegerField(
        _("points needed"), null=True, blank=True, validators=_POINTS
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
        )

    def __str__(self) -> str:
        return f"{self.gift_card_type}: {self.points}"


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


class AwardState(models.TextChoices):
    PROMISED = "promised", pgettext_lazy("points award", "On the way")
    CREDITED = "credited", pgettext_lazy("points award", "Added")
    DROPPED = "dropped", pgettext_lazy("points award", "Not added")
    WITHDRAWN = "withdrawn", pgettext_lazy("points award", "Taken back")
    QUARANTINED = "quarantined", pgettext_lazy("points award", "Needs attention")


# Points that may still come, and those that a visit has brought or may bring.
ON_THE_WAY = (AwardState.PROMISED, AwardState.QUARANTINED)
LIVE = (*ON_THE_WAY, AwardState.CREDITED)


class DropReason(models.TextChoices):
    NONE = "", ""
    CANCELLED = "cancelled", _("The visit was cancelled.")
    NO_SHOW = "no_show", _("The client did not come.")
    LOYALTY_OFF = "loyalty_off", _("The loyalty system was off when the points fell due.")
    GIVEN_UP = "given_up", _("The points could not be added, and staff gave up on them.")
    ANONYMISED = "anonymised", _("The client's data was erased before the points fell due.")
    MOVED = "moved", _("The visit was moved to a later time.")
    JOINED = "joined", _("The guest's record joined an account, which gets these points.")


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


class Award(models.Model):
    """Points on the way for one booking, with the hour when they are due.

    ``points = base × rate``, fixed when it is booked: that is what the client was told. An undo
    never flips an award back: it opens a new one, so every key stays one fact.
    """

    account = models.ForeignKey(PointAccount, on_delete=models.PROTECT, related_name="awards")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="awards")
    rule = models.CharField(max_length=20, choices=PointRule, default=PointRule.PER_BOOKING)
    base = models.PositiveBigIntegerField()
    rate = models.PositiveIntegerField()
    points = models.PositiveBigIntegerField(_("points"))
    state = models.CharField(
        _("state"), max_length=12, choices=AwardState, default=AwardState.PROMISED
    )
    reason = models.CharField(_("reason"), max_length=12, choices=DropReason, blank=True)
    due_at = models.DateTimeField(_("due"))
    promised_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    earn_entry = models.OneToOneField(
        PointEntry, on_delete=models.PROTECT, null=True, related_name="award"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("points on the way")
        verbose_name_plural = _("points on the way")
        constraints = (
            models.CheckConstraint(condition=Q(state__in=AwardState.values), name="award_state"),
            models.CheckConstraint(condition=Q(points__gte=1), name="award_has_points"),
            models.CheckConstraint(
                condition=Q(points=F("base") * F("rate")), name="award_is_base_times_rate"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("credited", "withdrawn"), earn_entry__isnull=False)
                | Q(state__in=("promised", "dropped", "quarantined"), earn_entry__isnull=True),
                name="award_credited_by_entry",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") & ~Q(reason="") | ~Q(state="dropped"),
                name="award_dropped_with_reason",
            ),
            models.UniqueConstraint(
                fields=["booking"],
                condition=Q(state__in=("promised", "credited", "quarantined")),
                name="award_one_live_per_booking",
            ),
        )
        indexes = (
            # Every condition of "due" stands here, so that finding nothing costs nothing.
            models.Index(fields=["due_at", "id"], condition=Q(state="promised"), name="award_due"),
            models.Index(
                fields=["account", "due_at", "id"],
                condition=Q(state="promised"),
                name="award_promised_by_account",
            ),
            # For the panel's list and what needs somebody: few rows, and none that is credited.
            models.Index(
                fields=["state", "-id"],
                condition=Q(state__in=("dropped", "withdrawn", "quarantined")),
                name="award_ended_by_state",
            ),
            models.Index(
                fields=["reason", "-id"], condition=~Q(reason=""), name="award_ended_by_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.points} {self.state}"


class SweepRun(models.Model):
    """One run of the sweep: for the health page, and for noticing a clock that jumped."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=80)
    credited = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    flagged = models.CharField(max_length=20, blank=True)

    class Meta:
        indexes = (models.Index(fields=["-started_at"], name="sweep_newest"),)

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.credited}"
