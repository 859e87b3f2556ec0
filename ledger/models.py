"""The form of a ledger, used by points and by gift cards in tables of their own.

An *account* carries the cached balance and the number of its last entry. An *entry* is one signed
movement. Entries run 1, 2, 3 … per account, each repeats the balance after it, and each has a key
that names the fact behind it, so that recording a fact twice is refused by the database. Entries
are never changed or deleted; a correction is a new entry.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Account(models.Model):
    """Whole points, or whole minor units of money."""

    balance = models.BigIntegerField(_("balance"), default=0, editable=False)
    last_sequence = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True


class Entry(models.Model):
    """One signed movement. Concrete ledgers add ``account``, ``kind`` and what explains it."""

    sequence = models.PositiveBigIntegerField()
    amount = models.BigIntegerField(_("amount"))
    balance_after = models.BigIntegerField(_("balance after"))
    key = models.CharField(max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    occurred_at = models.DateTimeField(_("due"))
    created_at = models.DateTimeField(_("date and time"))
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.key}: {self.amount:+d} = {self.balance_after}"


def entry_constraints(prefix: str, *, account: str, signs: dict[str, int], floor: models.Q) -> Any:
    """The CHECKs and unique keys that every ledger table has.

    ``signs`` maps each kind to +1, -1 or 0 (either sign); ``floor`` says when a balance may be
    below zero.
    """
    agreed = models.Q()
    for kind, sign in signs.items():
        amount = {1: {"amount__gt": 0}, -1: {"amount__lt": 0}}.get(sign, {})
        agreed |= models.Q(kind=kind, **amount)
    return (
        models.UniqueConstraint(fields=[account, "sequence"], name=f"{prefix}_sequence_once"),
        models.CheckConstraint(condition=models.Q(sequence__gte=1), name=f"{prefix}_from_one"),
        models.CheckConstraint(condition=~models.Q(amount=0), name=f"{prefix}_not_zero"),
        models.CheckConstraint(condition=agreed, name=f"{prefix}_sign_agrees"),
        models.CheckConstraint(condition=floor, name=f"{prefix}_balance_floor"),
    )
