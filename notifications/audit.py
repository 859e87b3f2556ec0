"""What must be true of the outbox, looked up in the rows themselves."""

from __future__ import annotations

from django.db import connection
from django.db.models import Q

from foundation.audit import Finding, check
from notifications.errors import TextError
from notifications.kinds import find_kind, marketing_codes
from notifications.models import Message, MessageTemplate
from notifications.rendering import check_text

SHOWN = 20


@check("outbox: a message that is done holds no secret")
def secrets_are_blanked() -> Finding:
    done = Message.objects.exclude(state__in=[Message.State.PENDING, Message.State.SENDING])
    held = done.exclude(secret="").values_list("pk", flat=True)[:SHOWN]
    return Finding(done.count(), [f"message {pk} is done and holds a secret" for pk in held])


@check("outbox: an unsent message says why")
def unsent_says_why() -> Finding:
    unsent = Message.objects.filter(state__in=[Message.State.DROPPED, Message.State.FAILED])
    silent = unsent.filter(reason="").values_list("pk", flat=True)[:SHOWN]
    return Finding(
        unsent.count(), [f"message {pk} was not sent and does not say why" for pk in silent]
    )


@check("outbox: a sent message has its time, others have none")
def sent_has_time() -> Finding:
    sent = Q(state=Message.State.SENT)
    wrong = Message.objects.filter(
        (sent & Q(sent_at__isnull=True)) | (~sent & Q(sent_at__isnull=False))
    ).values_list("pk", "state")[:SHOWN]
    return Finding(
        Message.objects.count(),
        [f"message {pk} is {state}, its time disagrees" for pk, state in wrong],
    )


@check("outbox: every kind of message is known")
def kinds_are_known() -> Finding:
    rows = Message.objects.filter(state=Message.State.PENDING)
    codes = sorted(set(rows.order_by().values_list("kind", flat=True).distinct()))
    return Finding(
        rows.count(),
        [
            f"messages of kind {code} wait, and no app knows it"
            for code in codes
            if not find_kind(code)
        ],
    )


@check("outbox: marketing went to people who had agreed")
def marketing_had_consent() -> Finding:
    """The one trace of a decision that vanished or was turned round: what was sent because of it.

    Whoever stops while their mail is on its way is in the right, and so is the sender: only a "no"
    that stood before the message was queued, and no "yes" since, speaks against it.
    """
    codes = marketing_codes()
    sent = Message.objects.filter(state=Message.State.SENT, kind__in=codes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT m.id, m.client_id FROM notifications_message m
            LEFT JOIN clients_consentrecord c
              ON c.client_id = m.client_id AND c.recorded_at <= m.sent_at
            WHERE m.state = 'sent' AND m.kind IN ({", ".join(["%s"] * len(codes))})
            GROUP BY m.id, m.client_id
            HAVING coalesce(max(CASE WHEN c.granted THEN c.id END), 0) <= coalesce(
              max(CASE WHEN NOT c.granted AND c.recorded_at <= m.created_at THEN c.id END), 0)""",
            codes,
        )
        return Finding(
            sent.count(),
            [
                f"message {pk} was sent to client {client}, who had not agreed"
                for pk, client in cursor.fetchall()
            ],
        )


@check("message texts: every own text can be used")
def texts_are_usable() -> Finding:
    violations = []
    templates = list(MessageTemplate.objects.order_by("pk"))
    for template in templates:
        kind = find_kind(template.kind)
        try:
            if kind is not None:
                check_text(kind, template.subject, template.body)
        except TextError as error:
            violations.append(f"text {template} cannot be used: {error.code}")
    return Finding(len(templates), violations)
