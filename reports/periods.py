"""From which day to which day a report goes, on the business's wall calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from business.models import Business
from business.profile import local_day_bounds

PRESETS = {
    "today": _("Today"),
    "7-days": _("Last 7 days"),
    "30-days": _("Last 30 days"),
    "month": _("This month"),
    "last-month": _("Last month"),
    "all": _("All time"),
}
DEFAULT = "30-days"


@dataclass(frozen=True)
class Period:
    """Both days belong to it; None is open. ``preset`` is "" for dates of one's own."""

    first: dt.date | None
    last: dt.date | None
    preset: str = ""

    def instants(self, business: Business) -> tuple[dt.datetime | None, dt.datetime | None]:
        """First instant of it, and the first one after it. Days are 23 to 25 hours long."""
        start = local_day_bounds(business, self.first)[0] if self.first else None
        end = local_day_bounds(business, self.last)[1] if self.last else None
        return start, end


def preset_period(preset: str, today: dt.date) -> Period:
    if preset == "today":
        return Period(today, today, preset)
    if preset == "7-days":
        return Period(today - dt.timedelta(days=6), today, preset)
    if preset == "30-days":
        return Period(today - dt.timedelta(days=29), today, preset)
    if preset == "month":
        return Period(today.replace(day=1), today, preset)
    if preset == "last-month":
        last = today.replace(day=1) - dt.timedelta(days=1)
        return Period(last.replace(day=1), last, preset)
    return Period(None, None, "all")


def read_period(
    preset: str, first: dt.date | None, last: dt.date | None, *, today: dt.date
) -> Period:
    """The period that a form asks for.

    The form sends its two days along with the preset that filled them in: days that were changed
    are dates of one's own.
    """
    wanted = preset_period(preset or DEFAULT, today)
    if (first, last) in ((None, None), (wanted.first, wanted.last)):
        return wanted
    return Period(first, last)
