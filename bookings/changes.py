"""What became of a booking, line by line: written by every command that changes one, read by the
desk's history and by undoing.

A line is never changed or deleted, so it names no client: who cancelled is told by ``by_client``.
Why, in words of their own, is the one thing that Clean history blanks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from bookings.models import Booking, BookingChange, BookingStatus, ChangeKind
from business.models import Business
from business.profile import local_day_bounds
from foundation import clock
from foundation.models import User

# What a change of status may be taken back from; *booked* is where everything begins.
MARKS = (
    BookingStatus.ARRIVED,
    BookingStatus.STARTED,
    BookingStatus.COMPLETED,
    BookingStatus.NO_SHOW,
    BookingStatus.CANCELLED,
)


def record_change(
    *,
    booking: Booking,
    kind: ChangeKind,
    actor: User | None,
    by_client: bool = False,
    reason: str = "",
    status_before: str | None = None,
    starts_before: dt.datetime | None = None,
    provider_before_id: int | None = None,
) -> BookingChange:
    """One line about ``booking`` as it is now; ``…_before`` is what it was, where that differs.

    Inside the transaction that changes the booking, under its lock.
    """
    return BookingChange.objects.create(
        booking=booking,
        kind=kind,
        status_before=status_before or booking.status,
        status_after=booking.status,
        starts_before=starts_before or booking.starts_at,
        starts_after=booking.starts_at,
        provider_before_id=provider_before_id or booking.provider_id,
        provider_after_id=booking.provider_id,
        by_client=by_client,
        reason=reason,
        actor=actor if actor is not None and actor.is_staff else None,
        created_at=clock.now(),
    )


def mark_to_undo(booking: Booking) -> BookingChange | None:
    """The change that gave the booking its present status, or None where it still has its first.

    Taking back one mark uncovers the one before it, which may be taken back in turn.
    """
    if booking.status not in MARKS:
        return None
    marks = booking.changes.filter(
        kind__in=(ChangeKind.MARKED, ChangeKind.CANCELLED), status_after=booking.status
    )
    return marks.order_by("-pk").first()


def changes_of(booking: Booking) -> QuerySet[BookingChange]:
    """The booking's history, the latest first, with who and with whom loaded."""
    lines = booking.changes.select_related("actor", "provider_before", "provider_after")
    return lines.order_by("-pk")


def forget_reasons(visit_ids: Iterable[int]) -> int:
    """Blank why bookings of these visits were cancelled; how many lines said so."""
    worded = BookingChange.objects.filter(booking__visit__in=list(visit_ids)).exclude(reason="")
    return worded.update(reason="")


def earliest_mark(starts_at: dt.datetime, status: str, business: Business) -> dt.datetime:
    """From when a booking that begins at ``starts_at`` can be marked so: come and begun on its
    local day, what settles it once its hour has come."""
    if status not in (BookingStatus.ARRIVED, BookingStatus.STARTED):
        return starts_at
    return local_day_bounds(business, starts_at.astimezone(business.zone).date())[0]
