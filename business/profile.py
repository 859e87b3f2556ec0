"""Reading the business's own row, and the local calendar that follows from it."""

from __future__ import annotations

import datetime as dt

from business.models import Business
from foundation import clock


def get_business() -> Business:
    """The business. The row is kept by ``ensure_rows``, so it is there after every migrate."""
    return Business.objects.get(pk=1)


def local_today(business: Business) -> dt.date:
    """The date on the business's wall calendar."""
    return clock.now().astimezone(business.zone).date()


def local_day_bounds(business: Business, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """First instant of ``day`` and of the day after it, in UTC: 23, 24 or 25 hours apart."""
    start = dt.datetime.combine(day, dt.time.min, tzinfo=business.zone)
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time.min, tzinfo=business.zone)
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)
