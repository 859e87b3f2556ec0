"""What a client comes for at one time."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client

_REF_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def new_ref() -> str:
    """A reference that can be read out on the phone: 8 letters, 40 random bits."""
    return "".join(secrets.choice(_REF_ALPHABET) for _ in range(8))


class Source(models.TextChoices):
    ONLINE = "online", _("website")
    DESK = "desk", _("front desk")


class Visit(models.Model):
    """What a client comes for at one time: one or more bookings in a row."""

    ref = models.CharField(max_length=12, unique=True, default=new_ref, editable=False)
    client = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        related_name="visits",
        verbose_name=_("client"),
    )
    source = models.CharField(_("booked by"), max_length=8, choices=Source)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("booked"))
    # Deleted by staff: cancelled, and shown nowhere any more. The row stays.
    hidden_at = models.DateTimeField(null=True, editable=False)
    anonymised_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="visit_ends_later"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | Q(anonymised_at__isnull=False),
                name="visit_has_client",
            ),
        )
        indexes = (
            models.Index(fields=["client", "-starts_at"], name="visit_by_client"),
            models.Index(
                fields=["ends_at"],
                condition=Q(anonymised_at__isnull=True),
                name="visit_to_anonymise",
            ),
        )

    def __str__(self) -> str:
        return self.ref
