"""Whose time it is that a booking was dropped on, in sentences for the desk."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from backoffice.dashboard import visible_bookings
from bookings.clashes import clashes
from bookings.models import Booking, Occupation, OccupationKind
from business.profile import get_business
from catalogue.models import Provider
from foundation.models import User
from foundation.writing import write_clock


def in_the_way(
    user: User, part: Booking, *, starts_at: dt.datetime, provider: Provider | None
) -> list[str]:
    """One sentence for each thing that takes the time where the visit of ``part`` would lie, with
    ``part`` done by ``provider``. A client is named to who may see the booking."""
    found = clashes(part.visit, starts_at=starts_at, provider=provider, part=part)
    booked = [each.booking_id for each in found if each.booking_id]
    seen = visible_bookings(user).filter(pk__in=booked).values_list("pk", flat=True)
    zone, named = get_business().zone, set(seen) if booked else set()
    return [_sentence(each, zone, is_named=each.booking_id in named) for each in found]


def _sentence(taken: Occupation, zone: ZoneInfo, *, is_named: bool) -> str:
    params = {"who": taken.provider.name, "starts": "", "ends": ""}
    starts_at, ends_at = taken.starts_at, taken.ends_at
    if taken.booking is not None:
        starts_at, ends_at = taken.booking.starts_at, taken.booking.ends_at
    params["starts"], params["ends"] = write_clock(starts_at, zone), write_clock(ends_at, zone)
    client = taken.booking.visit.client if taken.booking is not None else None
    if client is not None and is_named:
        params["client"] = client.full_name
        return _("%(who)s has %(client)s from %(starts)s to %(ends)s.") % params
    if taken.session is not None:
        params["class"] = taken.session.service.name
        return _("%(who)s has the class %(class)s from %(starts)s to %(ends)s.") % params
    if taken.kind == OccupationKind.TIME_OFF:
        return _("%(who)s is off from %(starts)s to %(ends)s.") % params
    if taken.kind == OccupationKind.HOLD:
        return (
            _("Somebody is booking %(who)s on the website just now, from %(starts)s to %(ends)s.")
            % params
        )
    return _("%(who)s is booked from %(starts)s to %(ends)s.") % params
