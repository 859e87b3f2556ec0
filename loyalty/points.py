"""Points: one account per client and an append-only ledger of signed, whole-number movements.

Every movement has a key that names the fact behind it, so a repeated command returns what the
first made: the key is looked up under the account's lock and *before* the balance, or repeating
a spend that emptied the account would be refused. The balance is cached on the account; the
database checks that the chain of entries is unbroken (``loyalty/guards.py``) and ``audit_ledger``
adds everything up again.

Earning and spending need the loyalty feature; giving points back and taking an award back
always go on, or switching loyalty off would lose people's points.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction

from bookings.models import Booking
from business.features import lock_features, require_feature
from clients.consents import has_consent
from clients.errors import NotInProgramme
from clients.models import Client
from clients.people import lock_client
from clients.programme import is_left_out
from foundation import clock
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from ledger.posting import find_entry, post
from ledger.sql import spend_at_once
from loyalty.correcting_limits import check_limits, lock_corrector
from loyalty.errors import (
    BelowZero,
    DescriptionMissing,
    InsufficientPoints,
    NothingToAdjust,
)
from loyalty.models import MOST_POINTS, PointAccount, PointEntry, PointKind, Reward
from notifications.outbox import nudge_sending, queue_message


def account_of(client: Client) -> PointAccount | None:
    """The client's account, or None while there was nothing to put into it."""
    return PointAccount.objects.filter(client=client).first()


def balance_of(client: Client) -> int:
    """Spendable points; points on the way are never in it."""
    account = account_of(client)
    return account.balance if account else 0


def open_account(client: Client) -> PointAccount:
    """The client's account, opened at the first need. Two at once get the same one."""
    account = account_of(client)
    if account is not None:
        return account
    try:
        with transaction.atomic():
            return PointAccount.objects.create(client=client, opened_at=clock.now())
    except IntegrityError:
        return PointAccount.objects.get(client=client)


def adjust_points(
    *,
    client: Client,
    amount: int,
    description: str,
    form_token: str,
    actor: User,
    tell_client: bool,
) -> PointEntry:
    """Add (or with a negative ``amount`` deduct) points by hand, within the limits of ``actor``.

    The form's one-time token names the fact, so a double click adds once. Locks: feature row,
    who does it, client, account. Tells the client by e-mail if asked and if they agreed (looked
    at again when it is sent). Raises NotAllowed, NothingToAdjust, DescriptionMissing, AboveLimit,
    AboveDayLimit, BelowZero, FeatureOff, FormAlreadyUsed (the token came back with other
    content), ClientGone.
    """
    words = check_correction(amount=amount, description=description, actor=actor)
    with transaction.atomic():
        features = lock_features()
        content = [client.pk, amount, words, tell_client]
        with once(token=form_token, purpose="adjust", content=content) as use:
            if use.result:
                return PointEntry.objects.get(pk=int(use.result))
            lock_corrector(actor)
            check_limits(person=actor, amount=amount)
            require_feature(features, "loyalty")
            entry = post_correction(
                account=lock_account(client),
                amount=amount,
                description=words,
                key=f"form:{form_token}:adjust",
                actor=actor,
                tell_client=tell_client,
            )
            use.result = str(entry.pk)
    return entry


def check_correction(*, amount: int, description: str, actor: User) -> str:
    """The words of a correction that makes sense. Raises NotAllowed, NothingToAdjust,
    DescriptionMissing."""
    if not actor.has_perm("loyalty.adjust_points"):
        raise NotAllowed
    if amount == 0 or abs(amount) > MOST_POINTS:
        raise NothingToAdjust
    if not description.strip():
        raise DescriptionMissing
    return description.strip()[:200]


def lock_account(client: Client) -> PointAccount:
    """The account of somebody who can be given points, locked after its client. Raises
    ClientGone, ClientJoined."""
    lock_client(client.pk)
    return lock_one(PointAccount.objects.select_related("client"), open_account(client).pk)


def check_covered(account: PointAccount, amount: int) -> None:
    """No correction leaves a balance below zero. Raises BelowZero."""
    if amount < 0 and account.balance + amount < 0:
        raise BelowZero(name=account.client.first_name, balance=account.balance)


def post_correction(
    *,
    account: PointAccount,
    amount: int,
    description: str,
    key: str,
    actor: User,
    tell_client: bool,
    reverses: PointEntry | None = None,
) -> PointEntry:
    """Write a correction on an account that ``lock_account`` gave. Raises BelowZero."""
    check_covered(account, amount)
    entry = post(
        PointEntry,
        account,
        account_field="account",
        kind=PointKind.ADJUST,
        amount=amount,
        key=key,
        description=description,
        actor=actor,
        reverses=reverses,
    )
    if tell_client and has_consent(account.client_id):
        queue_message(
            kind="points_adjusted",
            client=account.client,
            subjects={"entry": entry.pk},
            dedupe_key=f"points-adjusted:{entry.pk}",
        )
        nudge_sending()
    return entry


def spend_points(
    *,
    client: Client,
    reward: Reward,
    points: int,
    key: str,
    actor: User | None,
    booking: Booking | None = None,
) -> PointEntry:
    """Take ``points`` for ``reward``, booked as ``booking``; the same key returns the entry made
    before.

    Called inside a command of `sales` that holds the locks of feature and client. Raises
    InsufficientPoints, NotInProgramme.
    """
    if is_left_out(client.pk) and find_entry(PointEntry, key) is None:
        raise NotInProgramme
    spent = spend_at_once(
        PointEntry,
        PointAccount,
        account_field="account",
        owner={"client_id": client.pk},
        kind=PointKind.SPEND,
        amount=points,
        key=key,
        actor=actor,
        reward=reward,
        booking=booking,
    )
    if spent is not None:
        return spent
    account = lock_one(PointAccount.objects.all(), open_account(client).pk)
    done = find_entry(PointEntry, key)
    if done is not None:
        return done
    if account.balance < points:
        raise InsufficientPoints(balance=account.balance, missing=points - account.balance)
    return post(
        PointEntry,
        account,
        account_field="account",
        kind=PointKind.SPEND,
        amount=-points,
        key=key,
        actor=actor,
        reward=reward,
        booking=booking,
    )


def return_points(*, entry: PointEntry, description: str, actor: User | None) -> PointEntry:
    """Give back what ``entry`` spent, to the account that paid, exactly once.

    Works while loyalty is off. The key names the spend, so a repeat returns the same entry.
    """
    key = f"entry:{entry.pk}:return"
    with transaction.atomic():
        account = lock_one(PointAccount.objects.all(), entry.account_id)
        done = find_entry(PointEntry, key)
        if done is not None:
            return done
        return post(
            PointEntry,
            account,
            account_field="account",
            kind=PointKind.RETURN,
            amount=-entry.amount,
            key=key,
            description=description,
            actor=actor,
            reverses=entry,
            reward=entry.reward,
            booking=entry.booking,
        )
