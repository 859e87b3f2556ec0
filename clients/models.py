"""People who book, and what they agreed to."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from foundation.translated import LANGUAGE_CODES

# No vowels (no words), no look-alikes.
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


def new_public_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


class Client(models.Model):
    """The person who books and earns. E-mail is not unique: families share addresses."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="client",
        verbose_name=_("login"),
    )
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    language = models.CharField(
        _("language"),
        max_length=5,
        default="en",
        choices=[("en", "English"), ("da", "Dansk"), ("fi", "Suomi")],
    )
    search_name = models.CharField(max_length=300, editable=False, db_index=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    # What whoever treats the client must know. Joined records may make it longer than a form takes.
    allergies = models.TextField(_("allergies"), blank=True, max_length=200)
    # In capitals, without spaces (``card_numbers.py``). Empty where there is no card.
    card_number = models.CharField(_("loyalty card number"), max_length=20, blank=True)
    mail_refused_at = models.DateTimeField(_("mail refused"), null=True, editable=False)
    # A record whose visits, points and cards belong to another one now: that other record.
    joined_to = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="joined_records",
        editable=False,
        verbose_name=_("joined to"),
    )
    # Left out of the loyalty programme (``programme.py``): since when, why, and who decided.
    left_out_at = models.DateTimeField(_("left out"), null=True, editable=False)
    left_out_reason = models.CharField(_("reason"), max_length=200, blank=True, editable=False)
    left_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
    )
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, editable=False)
    created_at = models.DateTimeField(_("since"), editable=False)

    class Meta:
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        permissions = [
            ("leave_out_of_loyalty", "Can leave a client out of the loyalty programme"),
            ("merge_clients", "Can merge two records of one client"),
        ]
        constraints = (
            models.CheckConstraint(
                condition=models.Q(language__in=LANGUAGE_CODES), name="client_language_known"
            ),
            models.UniqueConstraint(
                fields=["card_number"],
                condition=~models.Q(card_number=""),
                name="client_card_number_once",
            ),
            # What was joined names nobody any more, and leads on to another record.
            models.CheckConstraint(
                condition=models.Q(joined_to__isnull=True)
                | models.Q(anonymised_at__isnull=False) & ~models.Q(joined_to=models.F("id")),
                name="client_joined_is_bare",
            ),
            models.CheckConstraint(
                condition=models.Q(left_out_at__isnull=True, left_out_reason="")
                | models.Q(left_out_at__isnull=False) & ~models.Q(left_out_reason=""),
                name="client_left_out_has_reason",
            ),
        )
        indexes = (
            models.Index(fields=["email"], name="client_by_email"),
            # A guest's records, however the address was typed.
            models.Index(
                Lower("email"),
                name="client_guest_by_email",
                condition=models.Q(user__isnull=True, anonymised_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class ConsentRecord(models.Model):
    """One decision about marketing messages. Append-only: the newest one counts."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="consent_records")
    granted = models.BooleanField(_("agreed"))
    wording = models.TextField(_("wording shown"))
    language = models.CharField(_("language"), max_length=5)
    source = models.CharField(
        _("where"),
        max_length=20,
        choices=[
            ("sign-up", _("sign-up")),
            ("booking", _("booking")),
            ("account", _("account page")),
            ("stop-link", _("link in a message")),
            ("desk", _("front desk")),
            ("erasure", _("erasure")),
        ],
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    recorded_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = (models.Index(fields=["client", "-id"], name="consent_newest"),)

    def __str__(self) -> str:
        return f"{self.client_id}: {self.granted}"


class StaffNote(models.Model):
    """What a member of staff wrote down about a client. Notes are added and never changed; the
    client sees none of them, and they go when the client's data is erased."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="staff_notes")
    text = models.TextField(_("note"), max_length=2000)
    # Empty for what came along with a record that was merged into this one.
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    written_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("staff note")
        verbose_name_plural = _("staff notes")
        constraints = (
            models.CheckConstraint(condition=~models.Q(text=""), name="staff_note_says_something"),
        )
        indexes = (models.Index(fields=["client", "-written_at", "-id"], name="staff_note_newest"),)

    def __str__(self) -> str:
        return f"{self.client_id}: {self.written_at:%Y-%m-%d}"
