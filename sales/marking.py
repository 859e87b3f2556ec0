"""Marking where a visit stands, and taking a mark back the same day.

A mark is taken back as a new fact: the award that a cancellation or a no-show ended stays ended,
and the same points are on the way again by a new award. Money does not come back by itself: what
returned to gift cards stays there, and the revived visit is owed again.

Locks as in ``visits.py``; undoing a cancellation takes the providers before the bookings, as
booking does.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bookings.changes import earliest_mark, mark_to_undo
from bookings.errors import VisitChanged, WrongStatus
from bookings.models import Booking, BookingChange, BookingStatus, ChangeKind, Visit
from bookings.scheduling import set_status
from bookings.undoing import revive_visit, take_back_mark
from bookings.visits import state_of
from business.features import lock_features
from business.models import Business
from business.profile import get_business, local_today
from foundation import clock
from foundation.errors import NotAllowed
from foundation.models import User
from loyalty.awards import lock_awards, reopen_award, undo_award
from loyalty.models import DropReason
from notifications.outbox import nudge_sending, queue_message
from sales.errors import TooEarlyToMark, TooLateToUndo
from sales.models import Sale, SaleLine, SaleState
from sales.rewards import return_rewards, take_again
from sales.visits import lock_sale_and_sessions, lock_visit

MARK = "bookings.mark_bookings"
CANCEL = "bookings.cancel_bookings"
UNDO_LATER = "bookings.undo_on_the_day"


def mark_arrived(*, booking: Booking, actor: User | None) -> Booking:
    """Raises WrongStatus unless the booking still waits for the client, TooEarlyToMark before
    its day."""
    return _mark(booking, BookingStatus.ARRIVED, actor)


def mark_started(*, booking: Booking, actor: User | None) -> Booking:
    """Raises WrongStatus once it is over, TooEarlyToMark before its day."""
    return _mark(booking, BookingStatus.STARTED, actor)


def mark_completed(*, booking: Booking, actor: User | None) -> Booking:
    """Raises WrongStatus for a cancelled booking or a no-show, TooEarlyToMark before it begins."""
    return _mark(booking, BookingStatus.COMPLETED, actor)


def mark_no_show(*, booking: Booking, actor: User | None, seen: str | None = None) -> Booking:
    """The client did not come: earns nothing; points credited already are taken back whole.

    What a gift card paid stays paid: the policy for no-shows is the business's. ``seen`` is how
    the visit stood on the page (``state_of``). A repeat changes nothing. Raises VisitChanged,
    WrongStatus, TooEarlyToMark before the visit begins.
    """
    return _mark(booking, BookingStatus.NO_SHOW, actor, seen)


def return_no_show_points(*, booking: Booking, actor: User) -> int:
    """Give back the points of a reward whose client did not come, a kindness of staff; how many
    came back. A repeat gives nothing more. Raises NotAllowed, WrongStatus for other bookings."""
    if not actor.has_perm(CANCEL):
        raise NotAllowed
    with transaction.atomic():
        _sale, bookings = lock_visit(booking.visit)
        fresh = next(each for each in bookings if each.pk == booking.pk)
        if fresh.status != BookingStatus.NO_SHOW:
            raise WrongStatus(status=BookingStatus(fresh.status).label)
        return return_rewards(bookings=[fresh], actor=actor)


def undoable_mark(booking: Booking, actor: User) -> BookingChange | None:
    """The mark that ``actor`` may take back now, or None.

    Whoever may mark may undo on the local day on which it was marked; with the right to undo
    later, also on the day of the visit.
    """
    mark = mark_to_undo(booking)
    if mark is None or not _has_right(mark, actor):
        return None
    return mark if _is_the_day(mark, booking, actor) else None


def undo_mark(*, booking: Booking, mark: BookingChange, actor: User) -> Booking:
    """Take ``mark`` back: the booking, or after a cancellation its whole visit, stands again.

    A repeat changes nothing. Raises NotAllowed, TooLateToUndo, WrongStatus when the booking was
    marked otherwise meanwhile; for a cancellation also SlotTaken, SessionFull, SessionOver,
    AlreadyBooked when its time or its places have gone, and InsufficientPoints, FeatureOff where
    it was a reward whose points came back and cannot be taken again.
    """
    with transaction.atomic():
        lock_features()
        sale = lock_sale_and_sessions(booking.visit)
        fresh = Booking.objects.get(pk=booking.pk)
        if _was_undone(mark):
            return fresh
        current = mark_to_undo(fresh)
        if current is None or current.pk != mark.pk:
            raise WrongStatus(status=BookingStatus(fresh.status).label)
        if not _has_right(current, actor):
            raise NotAllowed
        if not _is_the_day(current, fresh, actor):
            raise TooLateToUndo
        if current.kind == ChangeKind.CANCELLED:
            _undo_cancellation(booking.visit, sale, actor)
        else:
            restored = take_back_mark(booking=fresh, mark=current, actor=actor)
            if current.status_after == BookingStatus.NO_SHOW:
                _reopen_award(restored, get_business())
                take_again(bookings=[restored], actor=actor)
        nudge_sending()
    return Booking.objects.get(pk=booking.pk)


def _undo_cancellation(visit: Visit, sale: Sale | None, actor: User) -> None:
    revived = revive_visit(visit=visit, actor=actor)
    if sale is not None:
        Sale.objects.filter(pk=sale.pk).update(state=SaleState.OPEN)
    lock_awards(revived)
    business = get_business()
    for booking in revived:
        _reopen_award(booking, business)
    take_again(bookings=revived, actor=actor)
    # The client was told that it is cancelled; what is over needs no word.
    if visit.client is not None and visit.ends_at > clock.now():
        queue_message(
            kind="visit_booked",
            client=visit.client,
            subjects={"visit": visit.pk},
            dedupe_key=f"visit:{visit.pk}:booked:{visit.calendar_sequence}",
        )


def _reopen_award(booking: Booking, business: Business) -> None:
    award = reopen_award(booking=booking, business=business)
    if award is not None:
        SaleLine.objects.filter(booking=booking).update(award=award)


def _was_undone(mark: BookingChange) -> bool:
    undone = BookingChange.objects.filter(booking=mark.booking_id, kind=ChangeKind.UNDONE)
    return undone.filter(pk__gt=mark.pk, status_before=mark.status_after).exists()


def _has_right(mark: BookingChange, actor: User) -> bool:
    return actor.has_perm(CANCEL if mark.kind == ChangeKind.CANCELLED else MARK)


def _is_the_day(mark: BookingChange, booking: Booking, actor: User) -> bool:
    business = get_business()
    days = {_local_day(mark.created_at, business)}
    if actor.has_perm(UNDO_LATER):
        days.add(_local_day(booking.starts_at, business))
    return local_today(business) in days


def _local_day(at: dt.datetime, business: Business) -> dt.date:
    return at.astimezone(business.zone).date()


def _mark(
    booking: Booking, status: BookingStatus, actor: User | None, seen: str | None = None
) -> Booking:
    with transaction.atomic():
        _sale, bookings = lock_visit(booking.visit)
        fresh = next(each for each in bookings if each.pk == booking.pk)
        if seen is not None and fresh.status != status and seen != state_of(bookings):
            raise VisitChanged
        if clock.now() < earliest_mark(fresh.starts_at, status, get_business()):
            raise TooEarlyToMark
        marked = set_status(booking=booking, status=status, actor=actor)
        if status == BookingStatus.NO_SHOW:
            undo_award(booking=marked, reason=DropReason.NO_SHOW, actor=actor)
    return marked
