"""Points on the way, and the runs of the sweep that credits them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.models import Booking
from loyalty.models.points import PointAccount, PointEntry, PointRule


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
    REFUNDED = "refunded", _("The visit was refunded.")
    JOINED = "joined", _("The guest's record joined an account, which gets these points.")


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
