"""Holds: a chosen time is kept for ten minutes while the client types.

A hold's row outlives its time by a day, because losing the time must never lose what was typed
(ux C5–C7). The details may be personal data, so they go when the visit is booked, and the whole
row a day after the hold ended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from bookings.errors import (
    HoldAtItsEnd,
    HoldGone,
    NotOffered,
    SessionFull,
    SessionOver,
    TooManyPlaces,
)
from bookings.lines import BOOKED, Line, pack_lines, wanted_lines
from bookings.models import ClassSession, Hold
from bookings.placing import Placed, occupy, placing
from bookings.waiting import places_open_to
from foundation import clock
from foundation.models import User

KEPT_FOR = dt.timedelta(minutes=10)
MOST_EXTENSIONS = 10
REMEMBERED_FOR = dt.timedelta(days=1)
_BATCH = 500
_PLACES = "places"


def place_hold(
    *,
    lines: Sequence[Line],
    starts_at: dt.datetime,
    user: User | None = None,
    details: dict[str, Any] | None = None,
    replacing: Hold | None = None,
    kept_for: dt.timedelta = KEPT_FOR,
    for_line: bool = False,
) -> Hold:
    """Keep a time for ``lines``, each with who is named or with whoever is free.

    ``replacing`` is the same visitor's earlier hold: its time becomes free and its details move to
    the new hold, both only if the new time is got. ``for_line``: for somebody who waits for a time,
    to whom what is free belongs first. Raises SlotTaken with the nearest free slots, OutsideRules.
    """
    hold = Hold(
        service=lines[0].service,
        any_provider=lines[0].provider is None,
        user=user,
        starts_at=starts_at,
        details={**(replacing.details if replacing else {}), **(details or {})},
        created_at=clock.now(),
    )
    with placing(
        lines=lines, starts_at=starts_at, replacing=replacing, for_line=for_line
    ) as placed:
        if replacing is not None:
            release_hold(hold=replacing)
        _keep(hold, lines, placed, kept_for)
    return hold


def place_session_hold(*, session: ClassSession, user: User | None = None, places: int = 1) -> Hold:
    """Keep what a client types for a class, and how many ``places`` they want. These themselves
    are taken when they are booked.

    Raises SessionOver, SessionFull, NotOffered, TooManyPlaces.
    """
    _check_session(session.pk, places)
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
        details={_PLACES: places} if places > 1 else {},
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

    Where anyone will do, somebody else may take it. Raises SlotTaken, OutsideRules, SessionFull,
    SessionOver, HoldGone.
    """
    with transaction.atomic():
        fresh = find_hold(hold.token)
        if booked_ref(fresh):
            raise HoldGone
        if is_live(fresh):
            return fresh
        if fresh.session_id is not None:
            _check_session(fresh.session_id, held_places(fresh))
            now = clock.now()
            fresh.expires_at, fresh.latest_expiry = now + KEPT_FOR, _latest_expiry(now)
            fresh.save(update_fields=["expires_at", "latest_expiry"])
            return fresh
        lines = wanted_lines(fresh)
        with placing(lines=lines, starts_at=fresh.starts_at, replacing=fresh) as placed:
            _lock(fresh)
            _keep(fresh, lines, placed, KEPT_FOR)
        return fresh


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
    return str(hold.details.get(BOOKED, ""))


def held_places(hold: Hold) -> int:
    """How many places of a class the draft is for."""
    return int(hold.details.get(_PLACES, 1))


def release_hold(*, hold: Hold) -> None:
    """Give the time back and forget what was typed. Harmless to repeat."""
    Hold.objects.filter(pk=hold.pk).delete()


def use_up_hold(*, hold: Hold, visit_ref: str) -> None:
    """End a hold that became a visit: personal data goes, the reference stays for a day.

    Inside the transaction that books; the hold's occupation is gone already.
    """
    now = clock.now()
    Hold.objects.filter(pk=hold.pk).update(
        details={BOOKED: visit_ref}, expires_at=now, latest_expiry=now, user=None
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


def _keep(
    hold: Hold, lines: Sequence[Line], placed: Sequence[Placed], kept_for: dt.timedelta
) -> None:
    """Write ``hold``, new or renewed with its row and token, and what it takes."""
    now = clock.now()
    hold.provider_id = placed[0].provider_id
    hold.lines = pack_lines(lines, [each.provider_id for each in placed])
    hold.ends_at = placed[-1].ends_at
    hold.expires_at = now + kept_for
    hold.latest_expiry = max(hold.expires_at, _latest_expiry(now))
    hold.save()
    for each in placed:
        occupy(each, hold=hold)


def _check_session(session_id: int, places: int) -> None:
    session = ClassSession.objects.select_related("service").get(pk=session_id)
    if session.service.archived_at is not None or not session.service.online:
        raise NotOffered
    if session.cancelled_at is not None or session.starts_at <= clock.now():
        raise SessionOver
    if not 1 <= places <= session.service.places_per_booking:
        raise TooManyPlaces(most=session.service.places_per_booking)
    left = places_open_to(session, None)
    if left < places:
        raise SessionFull(left=left)
