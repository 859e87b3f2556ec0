"""Reminders: a mail some hours before a visit, by the owner's setting.

A visit is due for one once it begins within ``Business.reminder_hours`` and still stands. What
names the reminder is the visit and its calendar sequence, so it is told once per time that the
visit was given, however often this runs and by how many at once; a visit that was moved is due
again. Whoever booked or moved later than the reminder's own hour knows the time already.

The database is the to-do list: after days of standstill what is over is not asked for any more,
and what was queued for a visit that was cancelled, moved or begun since is dropped at sending.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat

from bookings.models import Booking, BookingChange, BookingStatus, ChangeKind, Visit
from business.profile import get_business
from foundation import clock
from notifications.models import Message
from notifications.outbox import Queued, queue_messages_bulk
from sales.messages import reminder_key

# No visit lasts longer. An upper bound on the end lets the index of visits to come find them.
LONGEST_VISIT = dt.timedelta(days=1)
_STILL_EXPECTED = (BookingStatus.BOOKED, BookingStatus.ARRIVED)


def queue_reminders() -> int:
    """Queue a reminder for every visit that is due for one; how many there were. Harmless to
    repeat and to run twice at once. Two queries, and a statement for each 5,000 reminders."""
    hours = get_business().reminder_hours
    if not hours:
        return 0
    now, before = clock.now(), dt.timedelta(hours=hours)
    bookings = Booking.objects.filter(visit=OuterRef("pk"))
    # Elapsed time, as everywhere: the night of a clock change moves no reminder.
    late_moves = BookingChange.objects.filter(
        booking__visit=OuterRef("pk"),
        kind=ChangeKind.MOVED,
        created_at__gte=OuterRef("starts_at") - before,
    )
    key = Concat(
        Value("visit:"),
        Cast(OuterRef("pk"), CharField()),
        Value(":reminder:"),
        Cast(OuterRef("calendar_sequence"), CharField()),
    )
    due = (
        Visit.objects.filter(
            client__isnull=False,
            anonymised_at__isnull=True,
            hidden_at__isnull=True,
            starts_at__gt=now,
            starts_at__lte=now + before,
            ends_at__gt=now,
            ends_at__lte=now + before + LONGEST_VISIT,
            created_at__lt=F("starts_at") - before,
        )
        .filter(Exists(bookings.filter(status__in=_STILL_EXPECTED)), ~Exists(late_moves))
        .exclude(Exists(Message.objects.filter(dedupe_key=key)))
    )
    return queue_messages_bulk(
        Queued(
            kind="visit_reminder",
            client_id=visit.client_id,
            subjects={"visit": visit.pk},
            dedupe_key=reminder_key(visit),
        )
        for visit in due.only("pk", "client_id", "calendar_sequence")
        if visit.client_id is not None
    )
