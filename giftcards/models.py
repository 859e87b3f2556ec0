"""What is sold as a gift card, the cards themselves, and the ledger of each."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from clients.models import Client
from foundation.translated import Translated
from ledger.models import Account, Entry, entry_constraints


def new_card_token() -> str:
    """The public address of a card; it is not the code and pays for nothing."""
    return secrets.token_urlsafe(18)


class GiftCardType(models.Model):
    """What is sold or exchanged: an amount of money with a term."""

    slug = models.SlugField(_("address"), max_length=80, unique=True)
    name_en = models.CharField(_("name"), max_length=80)
    name_da = models.CharField(_("name"), max_length=80, blank=True)
    name_fi = models.CharField(_("name"), max_length=80, blank=True)
    value_minor = models.PositiveBigIntegerField(_("value"))
    validity_months = models.PositiveSmallIntegerField(
        _("valid for months"),
        default=36,
        help_text=_(
            "In Denmark three years is the practice unless a shorter time was clearly agreed."
        ),
    )
    shown_online = models.BooleanField(_("shown on the website"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)

    name = Translated("name")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("gift card type")
        verbose_name_plural = _("gift card types")
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(condition=Q(value_minor__gt=0), name="gift_card_type_has_value"),
            models.CheckConstraint(
                condition=Q(validity_months__range=(1, 120)), name="gift_card_type_validity"
            ),
        )

    def __str__(self) -> str:
        return self.name


class CardOrigin(models.TextChoices):
    POINTS = "points", _("chosen by points")
    DESK = "desk", _("issued at the desk")
    MONEY = "money", _("bought")
    IMPORT = "import", _("moved in")


class GiftCard(Account):
    """One card: bearer value, found by a keyed hash of its code.

    The code is stored encrypted for showing again, and its last four characters in clear. A card
    is never deleted; its ledger points at it.
    """

    token = models.CharField(max_length=32, unique=True, default=new_card_token, editable=False)
    type = models.ForeignKey(
        GiftCardType, on_delete=models.PROTECT, related_name="cards", verbose_name=_("type")
    )
    owner = models.ForeignKey(
        Client,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="gift_cards",
        verbose_name=_("owner"),
    )
    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    code_encrypted = models.TextField(editable=False)
    last_four = models.CharField(_("code"), max_length=4, editable=False)
    origin = models.CharField(_("origin"), max_length=8, choices=CardOrigin)
    value_minor = models.PositiveBigIntegerField(_("value"), editable=False)
    issued_at = models.DateTimeField(_("issued"), editable=False)
    active_from = models.DateTimeField(_("active from"), editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        permissions = [
            ("issue_cards", "Can issue gift cards by hand"),
            ("reveal_codes", "Can see the codes of gift cards"),
        ]
        constraints = (
            models.CheckConstraint(condition=Q(balance__gte=0), name="gift_card_not_below_zero"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | Q(balance=0), name="gift_card_void_is_empty"
            ),
        )
        indexes = (models.Index(fields=["owner", "-issued_at"], name="gift_card_by_owner"),)

    def __str__(self) -> str:
        return f"…{self.last_four}"


class CardKind(models.TextChoices):
    ISSUE = "issue", pgettext_lazy("gift card movement", "Issued")
    SPEND = "spend", pgettext_lazy("gift card movement", "Used")
    RETURN = "return", pgettext_lazy("gift card movement", "Returned")
    ADJUST = "adjust", pgettext_lazy("gift card movement", "Corrected")
    EXPIRE = "expire", pgettext_lazy("gift card movement", "Expired")
    VOID = "void", pgettext_lazy("gift card movement", "Voided")


class CardEntry(Entry):
    """One movement on one card, in minor units."""

    card = models.ForeignKey(GiftCard, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=8, choices=CardKind)

    class Meta:
        verbose_name = _("gift card movement")
        verbose_name_plural = _("gift card movements")
        constraints = entry_constraints(
            "card_entry",
            account="card",
            signs={"issue": 1, "spend": -1, "return": 1, "adjust": 0, "expire": -1, "void": -1},
            floor=Q(balance_after__gte=0),
        )
        indexes = (models.Index(fields=["-created_at", "-id"], name="card_entry_newest"),)
