"""Putting messages in the queue, inside the transaction of the fact that they tell of.

If the transaction goes, so does the message; if it stays, the message is sent sooner or later,
whatever happens to the broker, the worker or the mail server. Nothing here sends anything.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from clients.models import Client
from foundation import clock
from foundation.crypto import encrypt
from foundation.translated import LANGUAGE_CODES
from notifications.kinds import get_kind
from notifications.models import Message
from notifications.sql import insert_messages

logger = logging.getLogger(__name__)

BATCH = 5_000
ACCOUNT_MAIL_KEPT = dt.timedelta(days=30)
DONE = (Message.State.SENT, Message.State.DROPPED, Message.State.FAILED)

_of_the_past: ContextVar[bool] = ContextVar("messages_of_the_past", default=False)


@contextmanager
def as_already_sent() -> Iterator[None]:
    """What is queued inside was told long ago: rows are written as sent, and nobody is nudged.

    For data of the past (the demo, a move-in): starting the worker must not send half a year of
    mail (trap 27).
    """
    token = _of_the_past.set(True)
    try:
        yield
    finally:
        _of_the_past.reset(token)


@dataclass(frozen=True)
class Queued:
    """One message of a set: what ``queue_message`` takes, for a client, with the id only."""

    kind: str
    client_id: int
    dedupe_key: str
    subjects: Mapping[str, int] = field(default_factory=dict)
    due_at: dt.datetime | None = None


def queue_message(
    *,
    kind: str,
    dedupe_key: str,
    client: Client | None = None,
    to_email: str = "",
    language: str | None = None,
    subjects: Mapping[str, int] | None = None,
    due_at: dt.datetime | None = None,
    secret: str = "",
    expires_at: dt.datetime | None = None,
) -> Message:
    """Queue one message, to ``client`` or to an address without a client record.

    ``dedupe_key`` names the fact told (``booking:7:booked``): queueing it again returns the first
    row. ``secret`` is stored encrypted and blanked when the message is done; the message is
    dropped at ``expires_at``. Consent is looked at when the message is sent, not here.
    Raises UnknownKind.
    """
    get_kind(kind)
    already_sent = _of_the_past.get()
    if client is None and not to_email:
        raise ValueError("a message needs a client or an address")
    now = clock.now()
    due = due_at or now
    message, _created = Message.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "kind": kind,
            "client": client,
            "to_email": to_email,
            "language": _known_language(language or (client.language if client else "")),
            "subjects": dict(subjects or {}),
            "state": Message.State.SENT if already_sent else Message.State.PENDING,
            "due_at": due,
            "next_try_at": due,
            "sent_at": due if already_sent else None,
            "secret": encrypt(secret) if secret and not already_sent else "",
            "expires_at": expires_at,
            "created_at": min(due, now) if already_sent else now,
        },
    )
    return message


def queue_messages_bulk(rows: Iterable[Queued]) -> int:
    """Queue many messages to clients set-based, thousands at a time; the sweep's way.

    Rows whose key is taken are left out. Returns how many were new. Raises UnknownKind.
    """
    already_sent = _of_the_past.get()
    now = clock.now()
    wanted = [_plain(row, now, already_sent=already_sent) for row in rows]
    for code in {row["kind"] for row in wanted}:
        get_kind(code)
    # In the order of the keys, from batch to batch too: see insert_messages.
    wanted.sort(key=lambda row: row["dedupe_key"])
    return sum(
        insert_messages(wanted[start : start + BATCH]) for start in range(0, len(wanted), BATCH)
    )


def _plain(row: Queued, now: dt.datetime, *, already_sent: bool) -> dict[str, Any]:
    due = row.due_at or now
    return {
        "kind": row.kind,
        "client_id": row.client_id,
        "subjects": dict(row.subjects),
        "dedupe_key": row.dedupe_key,
        "state": Message.State.SENT if already_sent else Message.State.PENDING,
        "due_at": due,
        "sent_at": due if already_sent else None,
        "created_at": min(due, now) if already_sent else now,
    }


def forget_old_account_mail() -> int:
    """Delete done mail to bare addresses (sign-in codes and the like) after a month: it tells
    nothing any more but whose address it was. Returns how many rows there were."""
    old = Message.objects.filter(
        state__in=DONE, client__isnull=True, created_at__lt=clock.now() - ACCOUNT_MAIL_KEPT
    )
    return old.delete()[0]


def forget_messages_of(subject: str, ids: Iterable[int]) -> int:
    """Delete the finished messages about these rows, which tie them to whoever was told.

    Returns how many there were. A message that is still to be sent stays.
    """
    about = Message.objects.filter(state__in=DONE, **{f"subjects__{subject}__in": list(ids)})
    return about.delete()[0]


def _known_language(language: str) -> str:
    code = language.split("-", maxsplit=1)[0]
    return code if code in LANGUAGE_CODES else settings.LANGUAGE_CODE


def nudge_sending() -> None:
    """Ask the worker to send soon, once the present transaction is committed.

    Only a nudge: with the broker gone the message leaves at the next tick of the beat, and the
    caller never notices (reliability F11).
    """
    if not _of_the_past.get():
        transaction.on_commit(_publish_nudge)


def _publish_nudge() -> None:
    from notifications.tasks import send_due_messages

    try:
        send_due_messages.apply_async(expires=60, retry=False)
    except Exception:  # noqa: BLE001 - any broker's own errors; the queue is in the database
        logger.warning("The worker could not be told of new mail; it leaves at the next tick.")
