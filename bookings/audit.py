"""What must be true of visits and of the time they take, recomputed from the rows."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from foundation import clock
from foundation.audit import Finding, check, sql_check

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
    SELECT h.id FROM bookings_hold h JOIN (
      SELECT o.hold_id, min(o.starts_at) AS starts_at, max(o.ends_at) AS ends_at,
        max(CASE WHEN o.provider_id = k.provider_id THEN 1 ELSE 0 END) AS own
      FROM bookings_occupation o JOIN bookings_hold k ON k.id = o.hold_id GROUP BY o.hold_id
    ) o ON o.hold_id = h.id
    WHERE o.starts_at > h.starts_at OR o.ends_at < h.ends_at OR o.own = 0
       OR h.session_id IS NOT NULL""",
    line="hold {0} and what it takes of its providers disagree",
)

sql_check(
    "bookings-resource-no-overlap",
    rows=_COUNT("bookings_resourceoccupation"),
    violations="""
    SELECT id, resource_id FROM (
      SELECT id, resource_id, starts_at, max(ends_at) OVER (
        PARTITION BY resource_id ORDER BY starts_at, ends_at, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
      FROM bookings_resourceoccupation
    ) o WHERE starts_at < taken_until""",
    line="occupation {0} overlaps an earlier one of resource {1}",
)

sql_check(
    "bookings-resource-goes-with-its-provider",
    rows=_COUNT("bookings_resourceoccupation"),
    violations="""
    SELECT r.id FROM bookings_resourceoccupation r
    LEFT JOIN bookings_booking b ON b.id = r.booking_id AND b.status <> 'cancelled'
      AND b.blocked_from = r.starts_at AND b.blocked_to = r.ends_at
    LEFT JOIN bookings_occupation s ON s.session_id = r.session_id
      AND s.starts_at = r.starts_at AND s.ends_at = r.ends_at
    LEFT JOIN bookings_occupation h ON h.hold_id = r.hold_id
      AND h.starts_at = r.starts_at AND h.ends_at = r.ends_at
    WHERE (r.booking_id IS NOT NULL AND b.id IS NULL)
       OR (r.session_id IS NOT NULL AND s.id IS NULL)
       OR (r.hold_id IS NOT NULL AND h.id IS NULL)""",
    line="resource occupation {0} is not at the time of what it belongs to",
)

sql_check(
    "bookings-add-ons-are-paid-and-done",
    rows=_COUNT("bookings_bookingaddon"),
    violations="""
    SELECT b.id, a.price_minor, b.price_minor FROM bookings_booking b JOIN (
      SELECT booking_id, sum(price_minor) AS price_minor FROM bookings_bookingaddon
      GROUP BY booking_id
    ) a ON a.booking_id = b.id
    WHERE b.price_minor < a.price_minor OR b.kind <> 'appointment'""",
    line="booking {0} has add-ons for {1} and costs {2}",
)

sql_check(
    "bookings-offered-places",
    rows=_COUNT("bookings_classsession"),
    violations="""
    SELECT s.id, s.offered_places, coalesce(w.places, 0) FROM bookings_classsession s
    LEFT JOIN (
      SELECT session_id, sum(places) AS places FROM bookings_waitingplace
      WHERE session_id IS NOT NULL AND state = 'offered' GROUP BY session_id
    ) w ON w.session_id = s.id
    WHERE s.offered_places <> coalesce(w.places, 0)""",
    line="class session {0} says {1} places are offered, its line adds up to {2}",
)


@check("bookings-nobody-waits-for-the-past")
def nobody_waits_for_the_past() -> Finding:
    """The line of a session ends with it. A day is given to beat, which ends what begins."""
    yesterday = connection.ops.adapt_datetimefield_value(clock.now() - dt.timedelta(days=1))
    in_line = "FROM bookings_waitingplace w JOIN bookings_classsession s ON s.id = w.session_id"
    waiting = "WHERE w.state IN ('waiting', 'offered')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {in_line} {waiting}")
        rows = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT w.id, s.id {in_line} {waiting}"
            " AND (s.cancelled_at IS NOT NULL OR s.starts_at < %s)",
            [yesterday],
        )
        lines = [f"waiting place {pk} waits for class session {of}" for pk, of in cursor.fetchall()]
    return Finding(rows, lines)


sql_check(
    "bookings-waiting-place-is-of-its-session",
    rows="SELECT count(*) FROM bookings_waitingplace WHERE session_id IS NOT NULL",
    violations="""
    SELECT w.id, s.id FROM bookings_waitingplace w JOIN bookings_classsession s
      ON s.id = w.session_id
    WHERE w.service_id <> s.service_id OR w.hold_id IS NOT NULL
       OR (w.state IN ('waiting', 'offered') AND w.provider_id <> s.provider_id)""",
    line="waiting place {0} disagrees with its class session {1}",
)

sql_check(
    "bookings-offered-time-is-kept",
    rows="SELECT count(*) FROM bookings_waitingplace WHERE session_id IS NULL",
    violations="""
    SELECT w.id FROM bookings_waitingplace w LEFT JOIN bookings_hold h ON h.id = w.hold_id
    WHERE w.session_id IS NULL
      AND ((w.state <> 'offered' AND w.hold_id IS NOT NULL)
        OR (w.state = 'offered' AND (h.id IS NULL OR h.expires_at < w.offered_until
            OR h.service_id <> w.service_id)))""",
    line="waiting place {0} was offered a time that no hold keeps",
)

sql_check(
    "bookings-taken-place-is-a-visit",
    rows="SELECT count(*) FROM bookings_waitingplace WHERE state = 'taken'",
    violations="""
    SELECT DISTINCT w.id, w.visit_id FROM bookings_waitingplace w
    JOIN bookings_visit v ON v.id = w.visit_id
    LEFT JOIN bookings_booking b ON b.visit_id = v.id AND b.service_id = w.service_id
    WHERE w.state = 'taken' AND (v.client_id <> w.client_id OR b.id IS NULL)""",
    line="waiting place {0} was taken as visit {1}, which is another's",
)

sql_check(
    "bookings-session-of-its-rule",
    rows="SELECT count(*) FROM bookings_classsession WHERE rule_id IS NOT NULL",
    violations="""
    SELECT s.id, r.id FROM bookings_classsession s JOIN bookings_sessionrule r ON r.id = s.rule_id
    WHERE s.service_id <> r.service_id OR s.rule_day < r.first_day""",
    line="class session {0} is not of its weekly class {1}",
)

sql_check(
    "bookings-nobody-comes-to-a-cancelled-session",
    rows="SELECT count(*) FROM bookings_booking WHERE session_id IS NOT NULL",
    violations="""
    SELECT b.id, s.id FROM bookings_booking b JOIN bookings_classsession s ON s.id = b.session_id
    WHERE b.status <> 'cancelled' AND s.cancelled_at IS NOT NULL""",
    line="booking {0} stands in class session {1}, which was cancelled",
)
