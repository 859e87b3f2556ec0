"""Visits, their bookings, class sessions, and the occupations that refuse a second booking."""

from bookings.models.bookings import (
    STANDING,
    Booking,
    BookingAddOn,
    BookingChange,
    BookingKind,
    BookingStatus,
    ChangeKind,
)
from bookings.models.occupations import (
    Hold,
    Occupation,
    OccupationKind,
    OccupationQuerySet,
    ResourceOccupation,
    new_hold_token,
)
from bookings.models.sessions import ClassSession, SessionRule
from bookings.models.visits import Source, Visit, new_ref
from bookings.models.waiting import IN_LINE, WaitingPlace, WaitingState

__all__ = [
    "IN_LINE",
    "STANDING",
    "Booking",
    "BookingAddOn",
    "BookingChange",
    "BookingKind",
    "BookingStatus",
    "ChangeKind",
    "ClassSession",
    "Hold",
    "Occupation",
    "OccupationKind",
    "OccupationQuerySet",
    "ResourceOccupation",
    "SessionRule",
    "Source",
    "Visit",
    "WaitingPlace",
    "WaitingState",
    "new_hold_token",
    "new_ref",
]
