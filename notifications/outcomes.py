"""Writing down what became of a mail that was claimed, and when to try again."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F

from clients.people import record_mail_refused
from notifications.delivery import Refused
from notifications.kinds import MessageKind
from notifications.models import Message

GIVE_UP_AFTER = dt.timedelta(hours=72)
BACK_OFF = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
BACK_OFF_LATER = dt.timedelta(hours=6)

State, Reason = Message.State, Message.Reason


@dataclass
class SendResult:
    """What one run did. ``sent`` counts mails, the rest rows of the outbox."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0
    retried: int = 0
    marketing_sent: int = field(default=0, repr=False)


def _update(messages: list[Message], **changes: object) -> int:
    """Write the outcome, unless the claim was settled by another run meanwhile."""
    rows = Message.objects.filter(
        pk__in=[message.pk for message in messages],
        state=State.SENDING,
        claim=messages[0].claim,
    )
    return rows.update(claim=None, claimed_at=None, **changes)


def record_sent(
    kind: MessageKind, messages: list[Message], at: dt.datetime, result: SendResult
) -> None:
    _update(
        messages,
        state=State.SENT,
        sent_at=at,
        secret="",
        detail="",
        attempts=F("attempts") + 1,
        first_tried_at=messages[0].first_tried_at or at,
    )
    result.sent += 1
    result.marketing_sent += kind.is_marketing


def record_end(
    messages: list[Message],
    state: Message.State,
    reason: Message.Reason,
    detail: str,
    result: SendResult,
) -> None:
    rows = _update(messages, state=state, reason=reason, detail=detail[:200], secret="")
    if state == State.FAILED:
        result.failed += rows
    else:
        result.dropped += rows


def record_refusal(
    messages: list[Message], error: Refused, at: dt.datetime, result: SendResult
) -> None:
    """Stop at the first permanent answer, and tell staff on the client's record (F15)."""
    message = messages[0]
    with transaction.atomic():
        if error.address_is_bad and message.client is not None and not message.to_email:
            record_mail_refused(client_id=message.client.pk, email=message.client.email, at=at)
        record_end(messages, State.FAILED, Reason.REFUSED, str(error), result)


def record_delay(messages: list[Message], at: dt.datetime, detail: str, result: SendResult) -> None:
    """Plan the next try, or give up three days after the first one (F13).

    Only who was really tried in those days is given up: after a standstill of our own the second
    try may be the last day's (seen: a thousand letters that nobody had ever handed over).
    """
    first_tried = messages[0].first_tried_at or at
    last_chance = first_tried + GIVE_UP_AFTER
    attempts = messages[0].attempts
    if at >= last_chance and attempts >= len(BACK_OFF):
        record_end(messages, State.FAILED, Reason.GAVE_UP, detail, result)
        return
    pause = BACK_OFF[attempts] if attempts < len(BACK_OFF) else BACK_OFF_LATER
    result.retried += _update(
        messages,
        state=State.PENDING,
        next_try_at=min(at + pause, last_chance) if at < last_chance else at + pause,
        attempts=attempts + 1,
        first_tried_at=first_tried,
        detail=detail[:200],
        # Nothing left the house, unless an earlier try may have: then its id stays.
        message_id=messages[0].message_id if messages[0].unknown_outcomes else "",
    )


def record_unknown(
    kind: MessageKind,
    messages: list[Message],
    at: dt.datetime,
    detail: str,
    result: SendResult,
) -> None:
    """Nobody can tell whether the mail arrived (F14).

    Service mail is repeated once under the same Message-ID: better two than none. Marketing mail
    is not.
    """
    if kind.is_marketing:
        record_end(messages, State.DROPPED, Reason.OUTCOME_UNKNOWN, detail, result)
    elif messages[0].unknown_outcomes:
        record_end(messages, State.FAILED, Reason.OUTCOME_UNKNOWN, detail, result)
    else:
        result.retried += _update(
            messages,
            state=State.PENDING,
            next_try_at=at + BACK_OFF[0],
            attempts=F("attempts") + 1,
            unknown_outcomes=1,
            first_tried_at=messages[0].first_tried_at or at,
            detail=detail[:200],
        )
