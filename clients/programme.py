"""Clients who are left out of the loyalty programme.

Who is left out earns nothing from then on, cannot spend, sees no loyalty on the website and gets
no messages about it. The balance stays. What was on the way when it happened is still added: the
client was told so when they booked.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from clients.errors import ReasonMissing
from clients.models import Client
from clients.people import lock_client
from foundation import clock
from foundation.errors import NotAllowed
from foundation.models import User

DECIDE = "clients.leave_out_of_loyalty"


def is_left_out(client_id: int) -> bool:
    """Whether the client is left out now. For a command that holds the client's lock."""
    return Client.objects.filter(pk=client_id, left_out_at__isnull=False).exists()


def leave_out(*, client: Client, reason: str, actor: User) -> Client:
    """Leave the client out of the programme; who is left out already keeps the first reason.

    Locks the client: a booking or a purchase by points that is under way comes first or is
    refused. Raises NotAllowed, ReasonMissing, ClientGone, ClientJoined.
    """
    _refuse_others(actor)
    words = reason.strip()[:200]
    if not words:
        raise ReasonMissing
    with transaction.atomic():
        locked = lock_client(client.pk)
        if locked.left_out_at is None:
            locked.left_out_at, locked.left_out_reason = clock.now(), words
            locked.left_out_by = actor
            _save(locked)
    return locked


def take_in(*, client: Client, actor: User) -> Client:
    """Let the client earn and spend again. Repeating it changes nothing; bookings made meanwhile
    earn nothing. Raises NotAllowed, ClientGone, ClientJoined."""
    _refuse_others(actor)
    with transaction.atomic():
        locked = lock_client(client.pk)
        locked.left_out_at, locked.left_out_reason, locked.left_out_by = None, "", None
        _save(locked)
    return locked


def _refuse_others(actor: User) -> None:
    if not actor.has_perm(DECIDE):
        raise NotAllowed


def keep_left_out(*, client: Client, of: Iterable[Client]) -> None:
    """Leave ``client`` out where one of the records ``of`` is: joining records is no way back
    into the programme. Under the locks of all of them."""
    out = next((each for each in of if each.left_out_at is not None), None)
    if out is not None and client.left_out_at is None:
        client.left_out_at, client.left_out_reason = out.left_out_at, out.left_out_reason
        client.left_out_by = out.left_out_by
        _save(client)


def _save(client: Client) -> None:
    client.save(update_fields=["left_out_at", "left_out_reason", "left_out_by"])
