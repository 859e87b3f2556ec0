"""Holds: a chosen time is kept for ten minutes while the client types.

A hold's row outlives its time by a day, because losing the time must never lose what was typed
(ux C5–C7). The details may be personal data, so they go when the visit is booked, and the whole
row a day after the hold ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from bookings.availability import fairest_first, find_slot, nearest_slots
from bookings.errors import (
    HoldAtItsEnd,
    HoldGone,
    NotOffered,
    SessionFull,
    SessionOver,
    SlotTaken,
)
from bookings.models import ClassSession, Hold, Occupation, OccupationKind
from bookings.occupying import blocked_time, claiming
from catalogue.models import Provider, Service
from foundation import clock
from foundation.models import User

KEPT_FOR = dt.timedelta(minutes=10)
MOST_EXTENSIONS = 10
REMEMBERED_FOR = dt.timedelta(days=1)
_BATCH = 500
_BOOKED = "booked_visit"


def place_hold(
    *,
    service: Service,
    provider: Provider | None,
    starts_at: dt.datetime,
    user: User | None = None,
    details: dict[str, Any] | None = None,
    replacing: Hold | None = None,
) -> Hold:
    """Keep a time of ``provider``, or of whoever is free, for ten minutes.

    ``replacing`` is the same visitor's earlier hold: its time becomes free and its details move to
    the new hold, both only if the new time is got. Raises SlotTaken with the nearest free slots,
    OutsideRules.
    """
    with transaction.atomic():
        slot = find_slot(
            service=service, provider=provider, starts_at=starts_at, ignoring=replacing
        )
        hold = Hold(
            service=service,
            any_provider=provider is None,
            user=user,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            details={**(replacing.details if replacing else {}), **(details or {})},
        )
        return _occupy(hold, fairest_first(slot=slot), provider=provider, replacing=replacing)


def place_session_hold(*, session: ClassSession, user: User | None = None) -> Hold:
    """Keep what a client types for a class. The place itself is taken when it is booked.

    Raises SessionOver, SessionFull, NotOffered.
    """
    _check_session(session.pk)
    now = clock.now()
    return Hold.objects.create(
        service_id=session.service_id,
        provider_id=session.provider_id,
        session=session,
        user=user,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        expires_at=now + KEPT_FOR,
        latest_expiry=_latest_expiry(now),
        created_at=now,
    )


def extend_hold(*, hold: Hold) -> Hold:
    """Ten more minutes, at most ten times. Raises HoldGone once it ran out, HoldAtItsEnd."""
    with transaction.atomic():
        locked = _lock(hold)
        if booked_ref(locked) or not is_live(locked):
            raise HoldGone
        later = locked.expires_at + KEPT_FOR
        if later > locked.latest_expiry:
            raise HoldAtItsEnd
        locked.expires_at = later
        locked.save(update_fields=["expires_at"])
    return locked


def renew_hold(*, hold: Hold) -> Hold:
    """Try the time of an expired hold again; what was typed stays. A live hold is left alone.

    A hold for anyone may get another provider. Raises SlotTaken, OutsideRules, SessionFull,
    SessionOver, HoldGone.
    """
    with transaction.atomic():
        fresh = find_hold(hold.token)
        if booked_ref(fresh):
            raise HoldGone
        if is_live(fresh):
            return fresh
        if fresh.session_id is not None:
            _check_session(fresh.session_id)
            now = clock.now()
            fresh.expires_at, fresh.latest_expiry = now + KEPT_FOR, _latest_expiry(now)
            fresh.save(update_fields=["expires_at", "latest_expiry"])
            return fresh
        provider = None if fresh.any_provider else fresh.provider
        slot = find_slot(
            service=fresh.service, provider=provider, starts_at=fresh.starts_at, ignoring=fresh
        )
        order = fairest_first(slot=slot)
        order.sort(key=lambda pk: pk != fresh.provider_id)  # stable: the same person if possible
        return _occupy(fresh, order, provider=provider, replacing=fresh)


def save_details(*, hold: Hold, details: dict[str, Any]) -> Hold:
    """Merge ``details`` into what was typed so far. Expired holds too. Raises HoldGone."""
    with transaction.atomic():
        locked = _lock(hold)
        if booked_ref(locked):
            raise HoldGone
        locked.details = {**locked.details, **details}
        locked.save(update_fields=["details"])
    return locked


def find_hold(token: str) -> Hold:
    """The hold behind a draft's address, expired or not. Raises HoldGone."""
    hold = Hold.objects.select_related("service", "provider", "session").filter(token=token).first()
    if hold is None:
        raise HoldGone
    return hold


def is_live(hold: Hold) -> bool:
    """Whether the time is kept now. An expired one may still be free: ``renew_hold``."""
    return hold.expires_at > clock.now()


def booked_ref(hold: Hold) -> str:
    """The reference of the visit that this hold became, or "": for who comes Back to the form."""
    return str(hold.details.get(_BOOKED, ""))


def release_hold(*, hold: Hold) -> None:
    """Give the time back and forget what was typed. Harmless to repeat."""
    Hold.objects.filter(pk=hold.pk).delete()


def use_up_hold(*, hold: Hold, visit_ref: str) -> None:
    """End a hold that became a visit: personal data goes, the reference stays for a day.

    Inside the transaction that books; the hold's occupation is gone already.
    """
    now = clock.now()
    Hold.objects.filter(pk=hold.pk).update(
        details={_BOOKED: visit_ref}, expires_at=now, latest_expiry=now, user=None
    )


def forget_old_holds() -> int:
    """Delete holds that ended a day ago, in short transactions; how many."""
    before = clock.now() - REMEMBERED_FOR
    # A hold never ends before it was made, and only the latter has an index.
    old = Hold.objects.filter(created_at__lt=before, expires_at__lt=before)
    forgotten = 0
    while ids := list(old.order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            still = list(
                old.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
            )
            Hold.objects.filter(pk__in=[hold.pk for hold in still]).delete()
        forgotten += len(still)
    return forgotten


def _latest_expiry(now: dt.datetime) -> dt.datetime:
    return now + KEPT_FOR * (1 + MOST_EXTENSIONS)


def _lock(hold: Hold) -> Hold:
    locked = Hold.objects.filter(pk=hold.pk).select_for_update(of=("self",), no_key=True).first()
    if locked is None:
        raise HoldGone
    return locked


def _occupy(
    hold: Hold, provider_ids: Iterable[int], *, provider: Provider | None, replacing: Hold | None
) -> Hold:
    """Write ``hold`` with the first of ``provider_ids`` who is really free.

    ``replacing`` may be the hold itself, which then keeps its row and its token.
    """
    low, high = blocked_time(hold.service, hold.starts_at)
    renewed = replacing is not None and replacing.pk == hold.pk
    for provider_id in provider_ids:
        try:
            with claiming(provider_id=provider_id, starts_at=low, ends_at=high) as taker:
                now = clock.now()
                hold.provider = taker
                hold.expires_at, hold.latest_expiry = now + KEPT_FOR, _latest_expiry(now)
                if renewed:
                    _lock(hold)
                    Occupation.objects.filter(hold=hold).delete()
                    hold.save(update_fields=["provider", "expires_at", "latest_expiry"])
                else:
                    if replacing is not None:
                        release_hold(hold=replacing)
                    hold.pk, hold.created_at = None, now
                    hold.save(force_insert=True)
                Occupation.objects.create(
                    provider=taker,
                    kind=OccupationKind.HOLD,
                    hold=hold,
                    starts_at=low,
                    ends_at=high,
                )
        except SlotTaken:
            continue
        return hold
    raise SlotTaken(
        nearest=nearest_slots(service=hold.service, provider=provider, around=hold.starts_at)
    )


def _check_session(session_id: int) -> None:
    session = ClassSession.objects.select_related("service").get(pk=session_id)
    if session.service.archived_at is not None or not session.service.online:
        raise NotOffered
    if session.cancelled_at is not None or session.starts_at <= clock.now():
        raise SessionOver
    if session.places_left < 1:
        raise SessionFull(left=0)
