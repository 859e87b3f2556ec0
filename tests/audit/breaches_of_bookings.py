"""The rows of docs/invariants.md about bookings, each broken: part of ``breaches.py``."""

from __future__ import annotations

from tests.audit.breaking import OBEY, UNIQUE, Breach, twice
from tests.audit.corruptions import without_constraints

OF_BOOKINGS: dict[str, tuple[Breach, ...]] = {
    "Nobody is booked twice": ("bookings-no-overlap",),
    "An occupation is that of one": (
        "bookings-occupation-of-standing-booking",
        "bookings-occupation-of-session",
        "bookings-no-time-for-cancelled",
        "bookings-hold-keeps-its-own-time",
        (OBEY, "UPDATE bookings_occupation SET booking_id = NULL WHERE kind = 'booking'"),
    ),
    "No more places are booked": ("bookings-booked-places",),
    "Times are in order": (
        "bookings-visit-spans-its-bookings",
        (OBEY, "UPDATE bookings_booking SET blocked_from = ends_at"),
        (OBEY, "UPDATE catalogue_workinghours SET ends = starts"),
    ),
    "A booking is an appointment or a place": (
        "bookings-place-agrees-with-session",
        (OBEY, "UPDATE bookings_booking SET status = 'lost'"),
        (OBEY, "UPDATE bookings_booking SET session_id = NULL WHERE kind = 'place'"),
    ),
    "A visit is somebody's": ((OBEY, "UPDATE bookings_visit SET client_id = NULL"),),
    "A hold ends": ((OBEY, "UPDATE bookings_hold SET latest_expiry = created_at"),),
    "No room is taken twice": (
        "bookings-resource-no-overlap",
        (OBEY, "UPDATE bookings_resourceoccupation SET ends_at = starts_at"),
        twice("bookings_resourceoccupation"),
    ),
    "A resource is taken by one thing": (
        "bookings-resource-goes-with-its-provider",
        (
            OBEY,
            (
                "UPDATE bookings_resourceoccupation SET session_id = (SELECT min(id) FROM"
                " bookings_classsession) WHERE booking_id IS NOT NULL"
            ),
        ),
    ),
    "What is on top of a booking": ("bookings-add-ons-are-paid-and-done",),
    "A booking has an add-on once": (twice("bookings_bookingaddon"),),
    "A class that has people": (
        "bookings-booked-places",
        "bookings-offered-places",
        (OBEY, "UPDATE bookings_classsession SET places = 0 WHERE booked_places > 0"),
        (
            OBEY,
            "UPDATE bookings_classsession SET places = booked_places WHERE offered_places > 0",
        ),
    ),
    "Nobody comes to a cancelled class": (
        "bookings-nobody-comes-to-a-cancelled-session",
        "cancelled-sale-is-refunded",
        (OBEY, "UPDATE bookings_classsession SET cancelled_at = starts_at WHERE booked_places > 0"),
    ),
    "A weekly class has one session a date": (
        "bookings-session-of-its-rule",
        (OBEY, "UPDATE bookings_sessionrule SET every_weeks = 9"),
        (OBEY, "UPDATE bookings_classsession SET rule_day = NULL WHERE rule_id IS NOT NULL"),
        twice("bookings_classsession"),
    ),
    "A client stands once in a line": (
        "bookings-nobody-waits-for-the-past",
        "bookings-waiting-place-is-of-its-session",
        (OBEY, "UPDATE bookings_waitingplace SET state = 'lost' WHERE state = 'waiting'"),
        (
            UNIQUE,
            *without_constraints("bookings_waitingplace"),
            (
                "UPDATE bookings_waitingplace SET client_id = (SELECT min(client_id) FROM"
                " bookings_waitingplace) WHERE state IN ('waiting', 'offered')"
            ),
        ),
    ),
    "What is offered to somebody in line": (
        "bookings-offered-places",
        "bookings-offered-time-is-kept",
        "bookings-taken-place-is-a-visit",
        # It was never booked, and nobody else gets it.
        (
            "bookings-taken-place-is-a-visit",
            (
                "UPDATE bookings_booking SET service_id = (SELECT min(id) FROM catalogue_service)"
                " WHERE visit_id IN (SELECT visit_id FROM bookings_waitingplace)"
            ),
        ),
        (OBEY, "UPDATE bookings_waitingplace SET offered_until = NULL WHERE state = 'offered'"),
        (OBEY, "UPDATE bookings_waitingplace SET visit_id = NULL WHERE state = 'taken'"),
    ),
    "A cancelled appointment comes back": (
        (
            "bookings-occupation-of-standing-booking",
            (
                "UPDATE bookings_booking SET status = 'booked'"
                " WHERE status = 'cancelled' AND kind = 'appointment'"
            ),
        ),
    ),
    "A visit that is moved": (
        "bookings-visit-spans-its-bookings",
        "bookings-no-time-for-cancelled",
        "sale-total-is-sum",
        "sale-paid-is-sum",
    ),
}
