"""Taking places of a class session and giving them back: the one piece of code that counts them.

Booking, moving a visit there and taking a cancellation back all ask the same. The caller holds the
session's lock; the CHECK refuses whatever gets past it.
"""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F

from bookings.errors import AlreadyBooked, SessionFull
from bookings.models import Booking, BookingStatus, ClassSession
from foundation.locks import violated_constraint

ENOUGH = "session_places_suffice"
# The columns of a booking that are its session's own.
OF_THE_SESSION = ["provider", "starts_at", "ends_at", "blocked_from", "blocked_to"]
_GONE = (BookingStatus.CANCELLED, BookingStatus.NO_SHOW)


def take_places(*, session: ClassSession, client_id: int | None, places: int, left: int) -> None:
    """Count ``places`` of a locked, fresh session as booked, of which ``left`` are there for this
    client (``waiting.open_places``); one client has one booking in it.

    ``client_id`` is None for a visit that was stripped of its client. Raises AlreadyBooked,
    SessionFull (``left``).
    """
    mine = Booking.objects.filter(session=session, visit__client=client_id)
    if client_id is not None and mine.exclude(status__in=_GONE).exists():
        raise AlreadyBooked
    if places < 1 or places > left:
        raise SessionFull(left=left)
    try:
        with transaction.atomic():
            ClassSession.objects.filter(pk=session.pk).update(
                booked_places=F("booked_places") + places
            )
    except IntegrityError as error:
        if ENOUGH in violated_constraint(error):
            raise SessionFull(left=left) from error
        raise


def give_places_back(*, session_id: int, places: int) -> None:
    """They are free for others. Under the session's lock."""
    ClassSession.objects.filter(pk=session_id).update(booked_places=F("booked_places") - places)


def follow_session(booking: Booking, session: ClassSession) -> None:
    """Give the booking the hours and the provider that its session has; the caller saves
    ``OF_THE_SESSION``."""
    booking.provider_id = session.provider_id
    booking.starts_at, booking.ends_at = session.starts_at, session.ends_at
    booking.blocked_from, booking.blocked_to = session.starts_at, session.ends_at
