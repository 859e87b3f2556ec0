"""How far from today the desk may go: a typed year of 9999 is a slip, and dates end there."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from bookings.time_off import FURTHEST
from business.profile import get_business, local_today


def check_day(day: dt.date, *, back: dt.timedelta = dt.timedelta(0)) -> None:
    """A day of the business, at most ``back`` before today. Raises ValidationError."""
    today = local_today(get_business())
    # By their distance: the day before the first day of all is none.
    if not -back <= day - today <= FURTHEST:
        raise ValidationError(
            _("Enter a day from today on, at most two years ahead."), code="day-out-of-range"
        )
