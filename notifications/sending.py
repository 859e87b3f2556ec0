"""The one command that empties the outbox; beat calls it, and so may the shell.

A row is claimed by a conditional update, so that two senders never hold the same one; the mail is
written and handed over outside any transaction; the outcome is recorded only while the claim
still stands. A sender that dies leaves its rows in ``sending``. The mail's id is written into them
just before the mail is handed over, so ten minutes later they tell what happened: without an id
nothing can have left, and they are tried again; with one nobody can tell, and they are settled as
any unknown outcome is (reliability F13 to F15).
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
import time
import uuid
from collections.abc import Iterator

from django.db import transaction
from django.db.models import Q

from clients.consents import has_consent
from foundation import clock
from notifications.delivery import (
    Delayed,
    OutcomeUnknown,
    PostClosed,
    PostOffice,
    Refused,
    without_addresses,
)
from notifications.errors import SubjectGone
from notifications.kinds import MessageKind, all_kinds, find_kind, marketing_codes
from notifications.links import mail_host
from notifications.models import Message
from notifications.outcomes import (
    SendResult,
    record_delay,
    record_end,
    record_refusal,
    record_sent,
    record_unknown,
)
from notifications.writing import address_of, write_mail

logger = logging.getLogger(__name__)

LIMIT = 200
# Of these, at most so many marketing mails a run: a catch-up after days must not look like spam.
MARKETING_LIMIT = 60
# Runs overlap harmlessly, but one should end before the next is due to begin.
RUN_SECONDS = 50
BROKEN_IN_A_ROW = 3
MERGE_LIMIT = 200

ABANDONED_AFTER = dt.timedelta(minutes=10)
WAIT_AT_MOST = dt.timedelta(minutes=15)

State, Reason = Message.State, Message.Reason


def send_due_messages(*, at: dt.datetime | None = None, limit: int = LIMIT) -> SendResult:
    """Send what is due, service mail first. Safe to run twice at once and to repeat.

    ``at`` stands in for the clock (tests, the shell). Stops early when the mail server cannot be
    reached: the rows that were not tried keep all their attempts.
    """
    result = SendResult()
    _drop_expired(at or clock.now(), result)
    _settle_abandoned(at or clock.now(), result)
    started, broken = time.monotonic(), 0
    with PostOffice() as post:
        for message_id, kind in _due(at or clock.now(), limit):
            if time.monotonic() - started > RUN_SECONDS or broken >= BROKEN_IN_A_ROW:
                break
            marketing = kind is not None and kind.is_marketing
            if marketing and result.marketing_sent >= MARKETING_LIMIT:
                continue
            messages = _claim(message_id, kind, at or clock.now())
            if not messages:
                continue
            try:
                went_well = _send_one(kind, messages, post, at, result)
            except PostClosed as error:
                record_delay(messages, at or clock.now(), str(error), result)
                break
            broken = 0 if went_well else broken + 1
    return result


def _due(at: dt.datetime, limit: int) -> Iterator[tuple[int, MessageKind | None]]:
    """Ids to try, oldest first: nobody's sign-in code waits behind a thousand points mails."""
    pending = Message.objects.filter(state=State.PENDING, next_try_at__lte=at)
    order = ("next_try_at", "id")
    marketing = Q(kind__in=marketing_codes())
    service_rows = pending.exclude(marketing).order_by(*order).values_list("pk", "kind")
    for pk, code in list(service_rows[:limit]):
        yield pk, find_kind(code)
    rows = list(
        pending.filter(marketing)
        .order_by(*order)
        .values_list("pk", "kind", "client_id", "created_at")[: limit * 2]
    )
    for code in {row[1] for row in rows}:
        kind = find_kind(code)
        waiting: set[int] = set()
        if kind is not None and kind.wait_for is not None:
            waiting = kind.wait_for({row[2] for row in rows if row[1] == code}, at)
        for pk, its_code, client_id, created_at in rows:
            patient = created_at > at - WAIT_AT_MOST
            if its_code == code and not (client_id in waiting and patient):
                yield pk, kind


def _claim(message_id: int, kind: MessageKind | None, at: dt.datetime) -> list[Message]:
    """Take one due row, and with a kind that merges the client's other due rows of it.

    Empty when another sender was faster. Both updates stand in one transaction, so that the
    other sender sees all of the group taken or none of it.
    """
    claim = uuid.uuid4()
    due = Message.objects.filter(state=State.PENDING, next_try_at__lte=at)
    taken = {"state": State.SENDING, "claim": claim, "claimed_at": at}
    with transaction.atomic():
        if due.filter(pk=message_id).update(**taken) != 1:
            return []
        first = Message.objects.get(pk=message_id)
        if kind is not None and kind.merges and first.client_id is not None:
            # Those that wait out a back-off come along: one client gets one summary (F05).
            others = Message.objects.filter(
                state=State.PENDING,
                due_at__lte=at,
                kind=first.kind,
                client_id=first.client_id,
                to_email=first.to_email,
                language=first.language,
                message_id=first.message_id,
            )
            ids = list(others.order_by("pk").values_list("pk", flat=True)[:MERGE_LIMIT])
            Message.objects.filter(pk__in=ids, state=State.PENDING).update(**taken)
        rows = Message.objects.filter(state=State.SENDING, claim=claim)
        messages = list(rows.select_related("client__joined_to").order_by("pk"))
    # Kept from an earlier try that may have left, so that a repeat carries the same one (F14).
    mail_id = first.message_id or f"<m{first.pk}.{secrets.token_hex(8)}@{mail_host()}>"
    for message in messages:
        message.message_id = mail_id
        if message.client is not None and message.client.joined_to is not None:
            # What was queued for a guest goes to the account that the guest has become.
            message.client = message.client.joined_to
    return messages


def _begin_handing_over(messages: list[Message]) -> bool:
    """Note in the rows that from now on the mail may have left. False when this run stalled for so
    long that another one settled the claim: handing over now would be a second mail."""
    rows = Message.objects.filter(
        pk__in=[message.pk for message in messages],
        state=State.SENDING,
        claim=messages[0].claim,
    )
    return rows.update(message_id=messages[0].message_id) > 0


def _send_one(
    kind: MessageKind | None,
    messages: list[Message],
    post: PostOffice,
    at: dt.datetime | None,
    result: SendResult,
) -> bool:
    """Write and hand over one mail and record what became of it.

    Returns False when the connection broke. Lets PostClosed through, nothing recorded.
    """
    reason = _reason_not_to_send(kind, messages[0], at or clock.now())
    if kind is None or reason:
        record_end(messages, State.DROPPED, reason or Reason.SUBJECT_GONE, "", result)
        return True
    try:
        mail = write_mail(kind, messages)
    except SubjectGone:
        record_end(messages, State.DROPPED, Reason.SUBJECT_GONE, "", result)
        return True
    except Exception as error:  # one poison row must not hold up the others
        logger.exception("A message of kind %s could not be written", kind.code)
        detail = f"could not be written: {type(error).__name__}"
        record_delay(messages, at or clock.now(), detail, result)
        return True
    try:
        post.open()
        if not _begin_handing_over(messages):
            return True
        post.send(mail)
    except Refused as error:
        record_refusal(messages, error, at or clock.now(), result)
    except OutcomeUnknown as error:
        record_unknown(kind, messages, at or clock.now(), str(error), result)
        return False
    except PostClosed:
        raise
    except Delayed as error:
        record_delay(messages, at or clock.now(), str(error), result)
        return False
    except Exception as error:  # an address or header that cannot be put on the wire
        logger.exception("A message of kind %s could not be handed over", kind.code)
        detail = without_addresses(f"{type(error).__name__}: {error}")
        record_delay(messages, at or clock.now(), detail, result)
    else:
        record_sent(kind, messages, at or clock.now(), result)
    return True


def _reason_not_to_send(
    kind: MessageKind | None, message: Message, at: dt.datetime
) -> Message.Reason | None:
    client = message.client
    if kind is None:
        return Reason.SUBJECT_GONE
    if message.expires_at is not None and message.expires_at <= at:
        return Reason.EXPIRED
    if client is not None and client.anonymised_at is not None:
        return Reason.NO_ADDRESS
    if not address_of(message):
        return Reason.NO_ADDRESS
    if kind.is_marketing and (client is None or not has_consent(client.pk)):
        return Reason.NO_CONSENT
    if client is not None and not message.to_email and client.mail_refused_at is not None:
        return Reason.ADDRESS_REFUSED
    return None


def _drop_expired(at: dt.datetime, result: SendResult) -> None:
    """A code that is over is not sent late, and does not stay in the database."""
    expired = Message.objects.filter(state=State.PENDING, expires_at__lte=at)
    result.dropped += expired.update(state=State.DROPPED, reason=Reason.EXPIRED, secret="")


def _settle_abandoned(at: dt.datetime, result: SendResult) -> None:
    """Free the rows of senders that died: as unknown outcomes, if their mail may have left."""
    known = {kind.code: kind for kind in all_kinds()}
    abandoned = Message.objects.filter(
        state=State.SENDING, claimed_at__lte=at - ABANDONED_AFTER
    ).select_related("client")
    for message in abandoned.order_by("pk")[: LIMIT * 5]:
        kind = known.get(message.kind)
        detail = "the sender stopped before it was done"
        if kind is None:
            record_end([message], State.DROPPED, Reason.SUBJECT_GONE, detail, result)
        elif not message.message_id:
            record_delay([message], at, detail, result)
        else:
            record_unknown(kind, [message], at, detail, result)
