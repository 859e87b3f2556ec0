"""Awards: points on the way for a booking, from the promise to the credit, and back.

``promised`` → ``credited`` by the sweep, or ``dropped`` with a reason; ``credited`` →
``withdrawn`` when the visit is undone afterwards, or moved to an hour that is still to come.
Cancelling, moving and the sweep meet on the award's row lock: whoever is second sees what the
first did (reliability F29, F30).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from bookings.models import Booking
from business.models import Business
from clients.models import Client
from foundation import clock
from foundation.errors import NotAllowed
from foundation.locks import lock_in_order, lock_one
from foundation.models import User
from ledger.posting import find_entry, post
from loyalty.errors import WrongAwardState
from loyalty.joining import account_now
from loyalty.models import (
    LIVE,
    Award,
    AwardState,
    DropReason,
    PointAccount,
    PointEntry,
    PointKind,
    PointRule,
)
from loyalty.points import open_account
from loyalty.rules import points_for


def due_at(ends_at: dt.datetime, business: Business) -> dt.datetime:
    """When the points of a visit that ends then are due: elapsed time in UTC.

    Local wall-clock arithmetic would miss the promise of 3 to 4 hours by an hour in the night
    of a daylight-saving change.
    """
    return ends_at.astimezone(dt.UTC) + dt.timedelta(minutes=business.award_delay_minutes)


def promise_award(*, booking: Booking, client: Client, business: Business) -> Award | None:
    """Open the award of a new booking; None where its service earns nothing now, or ``client``,
    read under their lock, is left out of the programme.

    The points are fixed here: that is what the client is told. Runs inside the booking's
    transaction, under the feature lock.
    """
    rate = points_for(booking.service_id)
    if not rate or client.left_out_at is not None:
        return None
    return Award.objects.create(
        account=open_account(client),
        booking=booking,
        rule=PointRule.PER_BOOKING,
        base=booking.places,
        rate=rate,
        points=booking.places * rate,
        due_at=due_at(booking.ends_at, business),
        promised_at=clock.now(),
    )


def lock_awards(bookings: Sequence[Booking]) -> None:
    """Lock the awards of these bookings by id, for a command that locks cards before it
    undoes them."""
    ids = Award.objects.filter(booking__in=bookings).values_list("pk", flat=True)
    lock_in_order(Award.objects.all(), ids)


def undo_award(*, booking: Booking, reason: DropReason, actor: User | None) -> Award | None:
    """The visit did not happen: drop what is on the way, or take back what was credited.

    Locks the award, then its account. Repeating it changes nothing. Returns the award, or None
    if the booking has none that counts.
    """
    with transaction.atomic():
        award = _lock_live(booking)
        if award is None:
            return None
        if award.state == AwardState.CREDITED:
            return _withdraw(award, reason, actor)
        award.state, award.reason, award.settled_at = AwardState.DROPPED, reason, clock.now()
        award.save(update_fields=["state", "reason", "settled_at"])
        return award


def move_award(*, booking: Booking, business: Business, actor: User | None) -> Award | None:
    """The visit ends at another time: what is on the way is due by its new end.

    Points that were credited stay where the new hour has passed as well. Else they are taken back
    whole and promised anew: nobody has points for what is still to come, and nobody has them
    twice (reliability F30). Locks the award, then its account. Returns the award that counts now,
    or None if the booking has none.
    """
    with transaction.atomic():
        award = _lock_live(booking)
        if award is None:
            return None
        due = due_at(booking.ends_at, business)
        if award.state != AwardState.CREDITED:
            award.due_at = due
            award.save(update_fields=["due_at"])
            return award
        if due <= clock.now():
            return award
        _withdraw(award, DropReason.MOVED, actor)
        return _promise_again(award, due)


def reopen_award(*, booking: Booking, business: Business) -> Award | None:
    """A cancellation or a no-show was taken back: the same points are on the way again.

    By a new award, never by flipping the old one back: every key stays one fact. None where it
    was something else that ended the booking's last award, or it had none.
    """
    last = Award.objects.filter(booking=booking).order_by("-pk").first()
    if last is None or last.reason not in (DropReason.CANCELLED, DropReason.NO_SHOW):
        return None
    return _promise_again(last, due_at(booking.ends_at, business))


def retry_award(*, award: Award, actor: User) -> Award:
    """Let the sweep try a quarantined award again. Raises NotAllowed, WrongAwardState."""
    return _decide(award, actor, state=AwardState.PROMISED, attempts=0, next_try_at=None)


def give_up_award(*, award: Award, actor: User) -> Award:
    """End a quarantined award without points. Raises NotAllowed, WrongAwardState."""
    return _decide(
        award,
        actor,
        state=AwardState.DROPPED,
        reason=DropReason.GIVEN_UP,
        settled_at=clock.now(),
    )


def _decide(award: Award, actor: User, **fields: Any) -> Award:
    if not actor.has_perm("loyalty.adjust_points_without_limit"):
        raise NotAllowed
    with transaction.atomic():
        locked = lock_one(Award.objects.all(), award.pk)
        if locked.state != AwardState.QUARANTINED:
            raise WrongAwardState
        for name, value in fields.items():
            setattr(locked, name, value)
        locked.save(update_fields=list(fields))
    return locked


def _lock_live(booking: Booking) -> Award | None:
    mine = Award.objects.filter(booking=booking, state__in=LIVE)
    return mine.select_for_update(no_key=True).first()


def _promise_again(award: Award, due: dt.datetime) -> Award:
    """An award like one that ended: the points are those that the client was told."""
    return Award.objects.create(
        account=account_now(award.account),
        booking_id=award.booking_id,
        rule=award.rule,
        base=award.base,
        rate=award.rate,
        points=award.points,
        due_at=due,
        promised_at=clock.now(),
    )


def _withdraw(award: Award, reason: DropReason, actor: User | None) -> Award:
    """Take a credited award back whole. Only this may take a balance below zero: later
    earnings fill the hole (reliability F31, F32)."""
    key = f"award:{award.pk}:withdraw"
    account = lock_one(PointAccount.objects.all(), award.account_id)
    if find_entry(PointEntry, key) is None:
        earned = award.earn_entry
        assert earned is not None  # noqa: S101 (a CHECK: credited awards have their entry)
        post(
            PointEntry,
            account,
            account_field="account",
            kind=PointKind.WITHDRAW,
            amount=-award.points,
            key=key,
            actor=actor,
            reverses=earned,
            rule=award.rule,
            base=award.base,
            rate=award.rate,
            service_id=earned.service_id,
            provider_id=earned.provider_id,
            booking_id=award.booking_id,
        )
    award.state, award.reason, award.settled_at = AwardState.WITHDRAWN, reason, clock.now()
    award.save(update_fields=["state", "reason", "settled_at"])
    return award
