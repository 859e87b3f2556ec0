"""What stands in the way of a move: asked before it is tried, so that the desk is told whose time
it is instead of only that the time is taken.

Nothing is locked and nothing decided here: moving itself looks again under its locks.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from bookings.models import Booking, Occupation, Visit
from bookings.moving import goes_to
from catalogue.models import Provider
from foundation import clock


def clashes(
    visit: Visit,
    *,
    starts_at: dt.datetime,
    provider: Provider | None = None,
    part: Booking | None = None,
) -> list[Occupation]:
    """What takes the provider of each line, where the visit would lie if it began at
    ``starts_at``, buffers included and the earliest first; ``provider`` and ``part`` as in
    ``goes_to``. Holds that ran out are none. One query a line."""
    bookings = list(visit.bookings.select_related("provider").order_by("starts_at", "pk"))
    shift = starts_at - bookings[0].starts_at
    alive = Q(hold__isnull=True) | Q(hold__expires_at__gt=clock.now())
    found: dict[int, Occupation] = {}
    for booking in bookings:
        there = Occupation.objects.touching(
            booking.blocked_from + shift, booking.blocked_to + shift
        ).filter(alive, provider=goes_to(booking, provider, part))
        others = there.exclude(booking__visit=visit)
        for each in others.select_related("provider", "booking__visit__client", "session__service"):
            found[each.pk] = each
    return sorted(found.values(), key=lambda each: (each.starts_at, each.pk))
