"""Corrections by hand: how much each role may move, and what waits for a second person."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy
from simple_history.models import HistoricalRecords

from loyalty.models.points import PointAccount
from loyalty.models.rules import MOST_POINTS


class CorrectionLimit(models.Model):
    """What one person of a role may add and deduct by hand, in points; None is without a limit.

    One row for each role that may correct points at all, kept by ``backoffice.roles``.
    """

    role = models.OneToOneField(
        Group,
        on_delete=models.CASCADE,
        related_name="correction_limit",
        verbose_name=_("role"),
    )
    per_entry = models.PositiveIntegerField(
        _("most points at once (optional)"),
        null=True,
        blank=True,
        validators=(MaxValueValidator(MOST_POINTS),),
        help_text=_("More than this waits until a second person has approved it. Empty: no limit."),
    )
    per_day = models.PositiveIntegerField(
        _("most points a day for one person (optional)"),
        null=True,
        blank=True,
        validators=(MaxValueValidator(MOST_POINTS),),
        help_text=_("Points added and points deducted count alike. Empty: no limit."),
    )
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("limit for corrections")
        verbose_name_plural = _("limits for corrections")

    def __str__(self) -> str:
        return pgettext("role", self.role.name)


class RequestState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("correction request", "Waiting")
    APPROVED = "approved", pgettext_lazy("correction request", "Approved")
    DECLINED = "declined", pgettext_lazy("correction request", "Declined")


class CorrectionRequest(models.Model):
    """A correction above somebody's limit, until somebody else has decided; never deleted.

    What it moved is the entry keyed ``correction-request:<id>:adjust``.
    """

    account = models.ForeignKey(
        PointAccount, on_delete=models.PROTECT, related_name="correction_requests"
    )
    amount = models.BigIntegerField(_("amount"))
    description = models.CharField(_("description"), max_length=200, blank=True)
    tell_client = models.BooleanField(default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    state = models.CharField(
        _("state"), max_length=10, choices=RequestState, default=RequestState.WAITING
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("answer"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("request for a correction")
        verbose_name_plural = _("requests for corrections")
        default_permissions = ()
        permissions = [("see_correction_patterns", "Can see the report of points by hand")]
        constraints = (
            models.CheckConstraint(condition=~Q(amount=0), name="correction_request_moves_points"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (
                    Q(
                        state__in=("approved", "declined"),
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(decided_by=F("asked_by"))
                ),
                name="correction_request_decided_by_another",
            ),
        )
        indexes = (
            # For the first page, which asks at every look; few rows wait.
            models.Index(
                fields=["id"], condition=Q(state="waiting"), name="correction_request_waiting"
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.state}"

    @property
    def key(self) -> str:
        """What names its entry, once it is approved."""
        return f"correction-request:{self.pk}:adjust"
