"""Points of a record that joins another: a guest's an account, or one of two of one person.

Entries and awards are never re-pointed. What is on the way is dropped with that reason and
promised anew on the other account, with the same points and hour; what was credited moves by a
transfer (``transfers.py``). A credited award stays where its entry is, so taking it back later
leaves a hole on the old account: ``gather_points`` moves that after the rest.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from clients.errors import ClientGone
from clients.models import Client
from foundation import clock
from foundation.locks import lock_in_order
from loyalty.models import (
    ON_THE_WAY,
    Award,
    AwardState,
    DropReason,
    PointAccount,
    PointEntry,
    PointKind,
)
from loyalty.points import open_account
from loyalty.transfers import Transfer, transfer_points

# What stands with the points that move, for the client to see.
FROM_A_GUEST = _("From your bookings as a guest")
FROM_A_RECORD = _("From another record of yours")


def account_now(account: PointAccount) -> PointAccount:
    """The account that new points of ``account``'s visits go to: that of the record it joined."""
    joined = account.client.joined_to
    return open_account(joined) if joined is not None else account


def hand_over_awards(*, sources: list[Client], target: Client) -> dict[int, Award]:
    """Promise ``target`` what is on the way to ``sources``; the new awards by the old ones' ids.

    Runs inside the join's transaction. Locks the awards by id and looks at them again: the sweep
    may have credited some meanwhile, and those stay (reliability F29).
    """
    account = open_account(target)
    due = Award.objects.filter(account__client__in=sources, state__in=ON_THE_WAY)
    locked = lock_in_order(Award.objects.all(), due.values_list("pk", flat=True))
    made: dict[int, Award] = {}
    for old in locked.values():
        if old.state not in ON_THE_WAY:
            continue
        state = old.state
        old.state, old.reason, old.settled_at = AwardState.DROPPED, DropReason.JOINED, clock.now()
        old.save(update_fields=["state", "reason", "settled_at"])
        made[old.pk] = Award.objects.create(
            account=account,
            booking_id=old.booking_id,
            rule=old.rule,
            base=old.base,
            rate=old.rate,
            points=old.points,
            state=state,
            due_at=old.due_at,
            promised_at=clock.now(),
            attempts=old.attempts,
            next_try_at=old.next_try_at,
        )
    return made


def move_all_points(*, source: Client, target: Client, words: str | Promise) -> Transfer | None:
    """All that is on ``source``'s account now, to ``target``'s; None where that is nothing.

    The key names the account's last entry: each state of it is moved once, however often and by
    how many at once it is asked.
    """
    account = PointAccount.objects.filter(client=source).first()
    if account is None:
        return None
    with override(target.language):
        description = str(words)
    return transfer_points(
        source=source,
        target=target,
        key=f"join:{source.pk}:{account.last_sequence}",
        description=description,
        actor=None,
    )


def gather_points() -> int:
    """Move what arrived on the accounts of joined records since, or was taken from them; how
    many accounts there were. Each in a transaction of its own; harmless to repeat."""
    left = Client.objects.filter(
        joined_to__isnull=False, joined_to__anonymised_at__isnull=True
    ).exclude(point_account=None)
    moved = 0
    for source in left.exclude(point_account__balance=0).select_related("joined_to").order_by("pk"):
        if source.joined_to is None:
            continue
        try:
            words = _words_before(source)
            made = move_all_points(source=source, target=source.joined_to, words=words)
        except ClientGone:
            continue  # the account was erased this minute; its balance went with it
        moved += made is not None
    return moved


def _words_before(source: Client) -> str | Promise:
    """What comes late goes by the words with which the rest went."""
    gone = PointEntry.objects.filter(account__client=source, kind=PointKind.TRANSFER)
    last = gone.order_by("-sequence").values_list("description", flat=True).first()
    return last or FROM_A_GUEST
