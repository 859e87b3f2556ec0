"""Taking a correction by hand back, once.

The key ``entry:<id>:undo`` names the fact. As long as the balance covers it, the new entry mirrors
the old one and ``reverses`` it. Where points were spent meanwhile it takes what is left and says
how much is missing: such an entry is not a mirror, so it reverses nothing, and the key alone ties
it to the entry it takes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from business.features import lock_features, require_feature
from foundation.models import User
from ledger.posting import find_entry
from loyalty.correcting_limits import check_limits, lock_corrector
from loyalty.errors import NotACorrection, NothingLeft, UndoChanged
from loyalty.models import PointEntry, PointKind
from loyalty.points import check_correction, lock_account, post_correction

_ENTRY, _UNDO = "entry:", ":undo"


@dataclass(frozen=True)
class Undo:
    """What taking an entry back does. ``amount`` is signed; ``missing`` was spent meanwhile."""

    amount: int
    missing: int


def undo_key(entry: PointEntry) -> str:
    """What names the taking back of ``entry``."""
    return f"{_ENTRY}{entry.pk}{_UNDO}"


def is_correction(entry: PointEntry) -> bool:
    """Whether an entry was made by hand and does not take another one back."""
    return entry.kind == PointKind.ADJUST and not entry.key.endswith(_UNDO)


def undo_entries() -> QuerySet[PointEntry]:
    """All entries that took a correction back."""
    return PointEntry.objects.filter(
        kind=PointKind.ADJUST, key__startswith=_ENTRY, key__endswith=_UNDO
    )


def undone_id(undone: PointEntry) -> int:
    """The id of the entry that one of ``undo_entries`` took back."""
    return int(undone.key.removeprefix(_ENTRY).removesuffix(_UNDO))


def undone_by(entries: Iterable[PointEntry]) -> dict[int, PointEntry]:
    """The entries that took some of ``entries`` back, by the ids of those."""
    keys = {undo_key(entry): entry.pk for entry in entries if is_correction(entry)}
    found = PointEntry.objects.filter(key__in=keys) if keys else ()
    return {keys[each.key]: each for each in found}


def plan_undo(entry: PointEntry, balance: int) -> Undo:
    """What can be taken back of ``entry`` from ``balance``: never more than there is."""
    if entry.amount < 0:
        return Undo(-entry.amount, 0)
    taken = min(entry.amount, max(balance, 0))
    return Undo(-taken, entry.amount - taken)


def undo_correction(
    *, entry: PointEntry, expected: int, description: str, actor: User
) -> PointEntry:
    """Take ``entry`` back; doing it again returns what the first made.

    ``expected`` is the signed amount that the page told. The limits of ``actor`` hold, but for a
    correction of their own: it was within them. Locks: feature row, who does it, client, account.
    Raises NotAllowed, DescriptionMissing, NotACorrection, NothingLeft, UndoChanged, AboveLimit,
    AboveDayLimit, FeatureOff, ClientGone, ClientJoined.
    """
    words = check_correction(amount=entry.amount, description=description, actor=actor)
    if not is_correction(entry):
        raise NotACorrection
    with transaction.atomic():
        require_feature(lock_features(), "loyalty")
        lock_corrector(actor)
        account = lock_account(entry.account.client)
        done = find_entry(PointEntry, undo_key(entry))
        if done is not None:
            return done
        undo = plan_undo(entry, account.balance)
        if undo.amount == 0:
            raise NothingLeft
        if undo.amount != expected:
            raise UndoChanged
        if entry.actor_id != actor.pk:
            check_limits(person=actor, amount=undo.amount)
        return post_correction(
            account=account,
            amount=undo.amount,
            description=words,
            key=undo_key(entry),
            actor=actor,
            tell_client=False,
            reverses=None if undo.missing else entry,
        )
