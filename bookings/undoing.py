"""Taking a mark back: a booking gets the status it had before. Only ``sales`` calls this: points,
and the sale, come back with it.

A booking that was cancelled needs its time or its places again. They are taken like anybody takes
them, under the same locks and in the same order; who is late is told that they have gone. The
database refuses an appointment that is revived without its time (``booking_revived_with_time``).
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from bookings.changes import mark_to_undo, record_change
from bookings.errors import SessionOver, SlotTaken, WrongStatus
from bookings.models import (
    Booking,
    BookingChange,
    BookingStatus,
    ChangeKind,
    ClassSession,
    Occupation,
    OccupationKind,
    ResourceOccupation,
    Visit,
)
from bookings.occupying import Taking, is_overlap, lock_and_clear
from bookings.places import OF_THE_SESSION, follow_session, take_places
from catalogue.models import Resource, ServiceResource
from foundation import clock
from foundation.locks import lock_in_order, lock_one
from foundation.models import User


def take_back_mark(*, booking: Booking, mark: BookingChange, actor: User | None) -> Booking:
    """Undo ``mark``, the last one of ``booking``, which has kept its time or its places.

    Locks the booking. Raises WrongStatus when it was marked otherwise meanwhile.
    """
    with transaction.atomic():
        locked = lock_one(Booking.objects.all(), booking.pk)
        current = mark_to_undo(locked)
        if current is None or current.pk != mark.pk:
            raise WrongStatus(status=BookingStatus(locked.status).label)
        return _restore(locked, current, actor)


def revive_visit(*, visit: Visit, actor: User | None) -> list[Booking]:
    """Undo the cancellation of ``visit``: every booking of it gets back what it had, and the
    visit is shown again.

    Locks the class session, the providers by id, the bookings. Raises SlotTaken, SessionFull,
    SessionOver, AlreadyBooked, and WrongStatus when nothing of it is cancelled.
    """
    with transaction.atomic():
        cancelled = list(visit.bookings.filter(status=BookingStatus.CANCELLED).order_by("pk"))
        if not cancelled:
            raise WrongStatus(status=_where_it_stands(visit))
        for booking in cancelled:
            if booking.session_id is not None:
                _retake_places(visit, booking)
        takings = _takings([each for each in cancelled if each.session_id is None])
        try:
            with transaction.atomic():
                lock_and_clear(list(takings.values()))
                ids = [booking.pk for booking in cancelled]
                revived = [
                    _revive(booking, takings.get(booking.pk), actor)
                    for booking in lock_in_order(Booking.objects.all(), ids).values()
                ]
        except IntegrityError as error:
            if is_overlap(error):
                raise SlotTaken from error
            raise
        Visit.objects.filter(pk=visit.pk).update(
            starts_at=min(booking.starts_at for booking in revived),
            ends_at=max(booking.ends_at for booking in revived),
            hidden_at=None,
            calendar_sequence=F("calendar_sequence") + 1,
        )
        visit.refresh_from_db()
    return revived


def _where_it_stands(visit: Visit) -> str:
    return str(BookingStatus(visit.bookings.order_by("pk")[0].status).label)


def _retake_places(visit: Visit, booking: Booking) -> None:
    """Give a cancelled booking its places back, and the hours that its session has now."""
    assert booking.session_id is not None  # noqa: S101 (the caller asked)
    session = lock_one(ClassSession.objects.all(), booking.session_id)
    if session.cancelled_at is not None:
        raise SessionOver
    left = session.places_left
    take_places(session=session, client_id=visit.client_id, places=booking.places, left=left)


def _takings(bookings: list[Booking]) -> dict[int, Taking]:
    """What each booking takes again: its provider, and a free room or machine of each kind that
    its service needs now. Which one it had is not kept."""
    takings: dict[int, Taking] = {}
    for booking in bookings:
        low, high = booking.blocked_from, booking.blocked_to
        ours = [each for each in takings.values() if each.starts_at < high and each.ends_at > low]
        busy = {pk for each in ours for pk in each.resource_ids}
        busy |= _busy_resources(low, high)
        chosen = []
        for kind_id in ServiceResource.objects.filter(service=booking.service_id).values_list(
            "kind_id", flat=True
        ):
            free = Resource.objects.filter(kind=kind_id, archived_at__isnull=True)
            first = free.exclude(pk__in=busy).order_by("position", "pk").first()
            if first is None:
                raise SlotTaken
            chosen.append(first.pk)
        takings[booking.pk] = Taking(booking.provider_id, low, high, tuple(chosen))
    return takings


def _busy_resources(low: dt.datetime, high: dt.datetime) -> set[int]:
    taken = ResourceOccupation.objects.touching(low, high)
    live = taken.filter(Q(hold__isnull=True) | Q(hold__expires_at__gt=clock.now()))
    return set(live.values_list("resource_id", flat=True))


def _revive(booking: Booking, taking: Taking | None, actor: User | None) -> Booking:
    mark = mark_to_undo(booking)
    if mark is None:
        raise WrongStatus(status=BookingStatus(booking.status).label)
    if taking is None:
        _follow_session(booking)
    else:
        time = {"booking": booking, "starts_at": taking.starts_at, "ends_at": taking.ends_at}
        Occupation.objects.create(
            provider_id=taking.provider_id, kind=OccupationKind.BOOKING, **time
        )
        ResourceOccupation.objects.bulk_create(
            ResourceOccupation(resource_id=pk, **time) for pk in taking.resource_ids
        )
    return _restore(booking, mark, actor)


def _follow_session(booking: Booking) -> None:
    """The hours and the provider that the class has now: it may have been moved meanwhile."""
    session = booking.session
    assert session is not None  # noqa: S101 (a CHECK: a place is in a session)
    follow_session(booking, session)
    booking.save(update_fields=OF_THE_SESSION)


def _restore(booking: Booking, mark: BookingChange, actor: User | None) -> Booking:
    before, booking.status = booking.status, mark.status_before
    booking.status_changed_at, booking.status_changed_by = clock.now(), actor
    booking.cancelled_by_client = False
    booking.save(
        update_fields=["status", "status_changed_at", "status_changed_by", "cancelled_by_client"]
    )
    record_change(booking=booking, kind=ChangeKind.UNDONE, status_before=before, actor=actor)
    return booking
