"""What must be true of visits and of the time they take, recomputed from the rows."""

from __future__ import annotations

from foundation.audit import sql_check

_COUNT = "SELECT count(*) FROM {}".format

sql_check(
    "bookings-no-overlap",
    rows=_COUNT("bookings_occupation"),
    violations="""
    SELECT id, provider_id FROM (
      SELECT id, provider_id, starts_at, max(ends_at) OVER (
        PARTITION BY provider_id ORDER BY starts_at, ends_at, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
      FROM bookings_occupation
    ) o WHERE starts_at < taken_until""",
    line="occupation {0} overlaps an earlier one of provider {1}",
)

sql_check(
    "bookings-occupation-of-standing-booking",
    rows="SELECT count(*) FROM bookings_booking WHERE kind = 'appointment'",
    violations="""
    SELECT b.id, b.status FROM bookings_booking b
    LEFT JOIN bookings_occupation o ON o.booking_id = b.id
      AND o.provider_id = b.provider_id
      AND o.starts_at = b.blocked_from AND o.ends_at = b.blocked_to
    WHERE b.kind = 'appointment' AND b.status <> 'cancelled' AND o.id IS NULL""",
    line="booking {0} is {1} and its provider's time is not taken",
)

sql_check(
    "bookings-no-time-for-cancelled",
    rows=_COUNT("bookings_occupation"),
    violations="""
    SELECT o.id, b.id FROM bookings_occupation o JOIN bookings_booking b ON b.id = o.booking_id
    WHERE b.status = 'cancelled' OR b.kind <> 'appointment'""",
    line="occupation {0} takes time for booking {1}, which needs none",
)

sql_check(
    "bookings-booked-places",
    rows=_COUNT("bookings_classsession"),
    violations="""
    SELECT s.id, s.booked_places, coalesce(b.places, 0) FROM bookings_classsession s
    LEFT JOIN (
      SELECT session_id, sum(places) AS places FROM bookings_booking
      WHERE session_id IS NOT NULL AND status <> 'cancelled' GROUP BY session_id
    ) b ON b.session_id = s.id
    WHERE s.booked_places <> coalesce(b.places, 0) OR s.booked_places > s.places""",
    line="class session {0} says {1} places are booked, its bookings add up to {2}",
)

sql_check(
    "bookings-occupation-of-session",
    rows=_COUNT("bookings_classsession"),
    violations="""
    SELECT s.id FROM bookings_classsession s
    LEFT JOIN bookings_occupation o ON o.session_id = s.id AND o.provider_id = s.provider_id
      AND o.starts_at <= s.starts_at AND o.ends_at >= s.ends_at
    WHERE (s.cancelled_at IS NULL AND o.id IS NULL)
       OR (s.cancelled_at IS NOT NULL AND o.id IS NOT NULL)""",
    line="class session {0} and its provider's time disagree",
)

sql_check(
    "bookings-place-agrees-with-session",
    rows="SELECT count(*) FROM bookings_booking WHERE session_id IS NOT NULL",
    violations="""
    SELECT b.id, s.id FROM bookings_booking b JOIN bookings_classsession s ON s.id = b.session_id
    WHERE b.status <> 'cancelled' AND s.cancelled_at IS NULL
      AND (b.starts_at <> s.starts_at OR b.ends_at <> s.ends_at
           OR b.service_id <> s.service_id OR b.provider_id <> s.provider_id)""",
    line="booking {0} disagrees with its class session {1}",
)

sql_check(
    "bookings-visit-spans-its-bookings",
    rows=_COUNT("bookings_visit"),
    violations="""
    SELECT v.id FROM bookings_visit v LEFT JOIN (
      SELECT visit_id, min(starts_at) AS starts_at, max(ends_at) AS ends_at
      FROM bookings_booking GROUP BY visit_id
    ) b ON b.visit_id = v.id
    WHERE b.visit_id IS NULL OR v.starts_at <> b.starts_at OR v.ends_at <> b.ends_at""",
    line="visit {0} does not span its bookings",
)

sql_check(
    "bookings-hold-keeps-its-own-time",
    rows=_COUNT("bookings_hold"),
    violations="""
    SELECT h.id, o.id FROM bookings_hold h JOIN bookings_occupation o ON o.hold_id = h.id
    WHERE o.starts_at > h.starts_at OR o.ends_at < h.ends_at
       OR h.provider_id IS NULL OR o.provider_id <> h.provider_id OR h.session_id IS NOT NULL""",
    line="hold {0} and occupation {1} disagree",
)
