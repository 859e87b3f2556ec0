"""Writing an entry on a locked account: the only code that changes a balance by one movement.

The caller holds the account's row lock and has looked its key up; what is left is arithmetic, and
the database checks it again (chain trigger, CHECKs, unique key).
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

from django.db import transaction

from foundation import clock
from ledger.models import Account, Entry

E = TypeVar("E", bound=Entry)


def find_entry(entries: type[E], key: str) -> E | None:
    """What the fact named ``key`` made, if it was recorded before."""
    return entries._default_manager.filter(key=key).first()


def post(
    entries: type[E],
    account: Account,
    *,
    account_field: str,
    amount: int,
    key: str,
    occurred_at: dt.datetime | None = None,
    **fields: Any,
) -> E:
    """Append one entry of ``amount`` to ``account`` (locked by the caller) and move its balance.

    Raises IntegrityError if the key was used, the floor is broken, or the account was not locked
    and somebody else posted meanwhile.
    """
    created_at = clock.now()
    entry = entries(
        **{account_field: account},
        sequence=account.last_sequence + 1,
        amount=amount,
        balance_after=account.balance + amount,
        key=key,
        occurred_at=occurred_at or created_at,
        created_at=created_at,
        **fields,
    )
    # A savepoint: a caller that turns a refusal into a sentence can go on in its transaction.
    with transaction.atomic():
        entry.save(force_insert=True)
        type(account)._default_manager.filter(pk=account.pk).update(
            balance=entry.balance_after, last_sequence=entry.sequence
        )
    account.balance, account.last_sequence = entry.balance_after, entry.sequence
    return entry


def find_pair(entries: type[E], key: str) -> tuple[E, E] | None:
    """The two entries that ``post_pair`` made for the fact named ``key``, the giving one first."""
    out, into = find_entry(entries, f"{key}:out"), find_entry(entries, f"{key}:in")
    return None if out is None or into is None else (out, into)


def post_pair(
    entries: type[E],
    source: Account,
    target: Account,
    *,
    account_field: str,
    amount: int,
    key: str,
    **fields: Any,
) -> tuple[E, E]:
    """Move ``amount`` from ``source`` to ``target``, both locked by the caller in id order.

    Two entries that cancel out, keyed ``<key>:out`` and ``<key>:in``, both or neither. Raises
    what ``post`` raises.
    """
    with transaction.atomic():
        out = post(
            entries,
            source,
            account_field=account_field,
            amount=-amount,
            key=f"{key}:out",
            **fields,
        )
        into = post(
            entries, target, account_field=account_field, amount=amount, key=f"{key}:in", **fields
        )
    return out, into
