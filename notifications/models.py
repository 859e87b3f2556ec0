"""The outbox, and the business's own texts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from clients.models import Client
from foundation.translated import LANGUAGE_CODES

LANGUAGE_CHOICES = [("en", "English"), ("da", "Dansk"), ("fi", "Suomi")]
SUBJECT_LIMIT = 200
BODY_LIMIT = 10_000


class MessageTemplate(models.Model):
    """The business's own text of one kind in one language. No row: the original text."""

    kind = models.CharField(_("message"), max_length=40)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LIMIT)
    body = models.TextField(_("text"), max_length=BODY_LIMIT)
    # Set when the text could not be used at sending and the original went out instead (F45).
    broken_at = models.DateTimeField(_("could not be used"), null=True, blank=True)
    broken_reason = models.CharField(_("why"), max_length=200, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    history = HistoricalRecords(excluded_fields=["broken_at", "broken_reason"])

    class Meta:
        verbose_name = _("message text")
        verbose_name_plural = _("message texts")
        constraints = (
            models.UniqueConstraint(fields=["kind", "language"], name="message_template_one"),
            models.CheckConstraint(
                condition=Q(language__in=LANGUAGE_CODES), name="message_template_language_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class Message(models.Model):
    """One message to one person: what it is about, never what it says.

    The text is made when the message is sent, from the rows that ``subjects`` names; consent is
    read then too. Only mail of the sign-in library carries its content, and that of a cancellation
    the reason which staff gave: in ``secret``, encrypted, and only until it is sent or dropped.
    """

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("message state", "Waiting")
        SENDING = "sending", pgettext_lazy("message state", "Being sent")
        SENT = "sent", pgettext_lazy("message state", "Sent")
        DROPPED = "dropped", pgettext_lazy("message state", "Not sent")
        FAILED = "failed", pgettext_lazy("message state", "Failed")

    class Reason(models.TextChoices):
        NO_CONSENT = "no_consent", pgettext_lazy("why not sent", "no consent")
        NO_ADDRESS = "no_address", pgettext_lazy("why not sent", "no e-mail address")
        ADDRESS_REFUSED = (
            "address_refused",
            pgettext_lazy("why not sent", "the address was refused earlier"),
        )
        EXPIRED = "expired", pgettext_lazy("why not sent", "expired")
        SUBJECT_GONE = "subject_gone", pgettext_lazy("why not sent", "nothing left to tell")
        OUTCOME_UNKNOWN = "outcome_unknown", pgettext_lazy("why not sent", "outcome unknown")
        REFUSED = "refused", pgettext_lazy("why not sent", "refused by the mail server")
        GAVE_UP = "gave_up", pgettext_lazy("why not sent", "given up after many tries")

    kind = models.CharField(_("message"), max_length=40)
    client = models.ForeignKey(
        Client,
        verbose_name=_("client"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
    )
    to_email = models.EmailField(_("to"), blank=True)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGE_CHOICES)
    subjects = models.JSONField(default=dict, blank=True)
    dedupe_key = models.CharField(max_length=120, unique=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PENDING
    )
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True)
    # The last answer of the mail server, for staff; addresses are masked.
    detail = models.CharField(_("last answer"), max_length=200, blank=True)
    due_at = models.DateTimeField(_("due"))
    next_try_at = models.DateTimeField(_("next try"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    unknown_outcomes = models.PositiveSmallIntegerField(default=0)
    first_tried_at = models.DateTimeField(_("first try"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    # Which run of the sender has it, and since when; a run that died leaves these behind.
    claim = models.UUIDField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    secret = models.TextField(blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("queued"))

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("outbox")
        ordering = ("-created_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending", "sent", "dropped", "failed"]),
                name="message_state_known",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | ~Q(to_email=""), name="message_has_recipient"
            ),
            # A code that was delivered, or never will be, must not lie in the database.
            models.CheckConstraint(
                condition=Q(state__in=["pending", "sending"]) | Q(secret=""),
                name="message_done_holds_no_secret",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_has_time",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["dropped", "failed"]) & ~Q(reason=""))
                | (~Q(state__in=["dropped", "failed"]) & Q(reason="")),
                name="message_unsent_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", claim__isnull=False, claimed_at__isnull=False)
                | (~Q(state="sending") & Q(claim__isnull=True)),
                name="message_sending_is_claimed",
            ),
        )
        indexes = (
            # The whole condition of "due" stands in the index: it stays small however many
            # messages were ever sent (performance.md).
            models.Index(
                fields=["next_try_at", "id"], condition=Q(state="pending"), name="message_due"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state="pending", expires_at__isnull=False),
                name="message_expiring",
            ),
            models.Index(
                fields=["claimed_at"], condition=Q(state="sending"), name="message_claimed"
            ),
            models.Index(fields=["claim"], condition=Q(state="sending"), name="message_claim"),
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(
                fields=["state", "-created_at", "-id"],
                condition=Q(state__in=("dropped", "failed")),
                name="message_unsent",
            ),
            models.Index(
                fields=["reason", "-created_at", "-id"],
                condition=~Q(reason=""),
                name="message_by_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

    @property
    def is_done(self) -> bool:
        return self.state in {self.State.SENT, self.State.DROPPED, self.State.FAILED}
