"""The form of time off and of what is out of order, and how such a time is written."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Occupation
from bookings.session_rules import instant_on
from bookings.time_off import FURTHEST, TimeInUse, TimeOff
from business.models import Business
from business.profile import get_business, local_day_bounds, local_today
from foundation.writing import write_clock, write_dated_day, write_day_time


def whole_days(
    starts_at: dt.datetime, ends_at: dt.datetime, business: Business
) -> tuple[dt.date, dt.date] | None:
    """The first and the last day where the time is whole days on the salon's clock."""
    first = starts_at.astimezone(business.zone).date()
    last = (ends_at - dt.timedelta(seconds=1)).astimezone(business.zone).date()
    is_whole = (
        local_day_bounds(business, first)[0] == starts_at
        and local_day_bounds(business, last)[1] == ends_at
    )
    return (first, last) if is_whole else None


def write_span(starts_at: dt.datetime, ends_at: dt.datetime, business: Business) -> str:
    """``Wed 5 Nov 2025``, ``Wed 5 Nov 2025 09:00–13:00``, or from–to over several days."""
    zone = business.zone
    days = whole_days(starts_at, ends_at, business)
    if days is not None:
        first, last = days
        day = write_dated_day(first)
        return day if first == last else f"{day} – {write_dated_day(last)}"
    first, last = starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date()
    begin = f"{write_dated_day(first)} {write_clock(starts_at, zone)}"
    if first == last:
        return f"{begin}–{write_clock(ends_at, zone)}"
    return f"{begin} – {write_dated_day(last)} {write_clock(ends_at, zone)}"


class TimeOffForm(forms.Form):
    """From–to on the salon's wall clock; without times it is whole days."""

    whose: Any = forms.ModelChoiceField(
        queryset=None,
        error_messages={"required": gettext_lazy("Choose whose time it is")},
    )
    from_day = forms.DateField(
        label=gettext_lazy("First day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter the first day")},
    )
    to_day = forms.DateField(
        label=gettext_lazy("Last day (optional)"),
        required=False,
        help_text=gettext_lazy("Empty: the same day."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    from_time = forms.TimeField(
        label=gettext_lazy("From what time (optional)"),
        required=False,
        help_text=gettext_lazy("Empty: from the beginning of the first day."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    to_time = forms.TimeField(
        label=gettext_lazy("Until what time (optional)"),
        required=False,
        help_text=gettext_lazy("Empty: until the end of the last day."),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Staff see it, clients and calendar feeds do not."),
    )
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, owners: Any = None, label: Any = "", **kwargs: Any) -> None:
        """Without ``owners`` it is about a time whose owner stays."""
        super().__init__(*args, **kwargs)
        if owners is None:
            del self.fields["whose"], self.fields["token"]
            return
        whose: Any = self.fields["whose"]
        whose.queryset, whose.label = owners, label
        if owners.count() == 1:
            whose.empty_label = None

    @staticmethod
    def initial_of(row: TimeOff, business: Business) -> dict[str, Any]:
        days = whole_days(row.starts_at, row.ends_at, business)
        if days is not None:
            return {"from_day": days[0], "to_day": days[1], "reason": row.reason}
        starts, ends = (each.astimezone(business.zone) for each in (row.starts_at, row.ends_at))
        return {
            "from_day": starts.date(),
            "from_time": starts.time(),
            "to_day": ends.date(),
            "to_time": ends.time(),
            "reason": row.reason,
        }

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first = data.get("from_day")
        if first is None or self.errors:
            return data
        business = get_business()
        last = data.get("to_day") or first
        if last < first:
            self.add_error("to_day", _("The last day comes before the first"))
            return data
        if max(abs(first - local_today(business)), last - local_today(business)) > FURTHEST:
            self.add_error("from_day", _("Enter days at most two years from today"))
            return data
        data["starts_at"] = self._instant("from_time", first, business, edge=0)
        data["ends_at"] = self._instant("to_time", last, business, edge=1)
        if not self.errors and data["ends_at"] <= data["starts_at"]:
            self.add_error("to_time", _("Enter a later time than the one before"))
        return data

    def _instant(
        self, field: str, day: dt.date, business: Business, *, edge: int
    ) -> dt.datetime | None:
        """The time on ``day``; without one its first instant (0) or that of the day after (1)."""
        time = self.cleaned_data.get(field)
        if time is None:
            return local_day_bounds(business, day)[edge]
        instant = instant_on(day, time, business.zone)
        if instant is None:
            self.add_error(field, _("The clocks skip this time on that day."))
        return instant


@dataclass(frozen=True)
class InTheWay:
    """One thing that takes the time, with where to see it and where to move it."""

    when: str
    what: str
    link: str = ""
    move: str = ""
    is_booking: bool = False
    is_session: bool = False


def what_is_in_the_way(refused: TimeInUse) -> list[InTheWay]:
    business = get_business()
    return [_in_the_way(row, business) for row in refused.in_the_way]


def _in_the_way(row: Any, business: Business) -> InTheWay:
    zone = business.zone
    if row.booking_id is not None:
        booking = row.booking
        who = booking.visit.client.full_name if booking.visit.client else _("Personal data erased")
        return InTheWay(
            write_day_time(booking.starts_at, zone),
            f"{who} · {booking.service_name}",
            reverse("backoffice:booking", args=[booking.pk]),
            reverse("backoffice:booking-move", args=[booking.pk]),
            is_booking=True,
        )
    if row.session_id is not None:
        session = row.session
        return InTheWay(
            write_day_time(session.starts_at, zone),
            session.service.name,
            reverse("backoffice:session", args=[session.pk]),
            reverse("backoffice:session-change", args=[session.pk]),
            is_session=True,
        )
    if row.hold_id is not None:
        until = write_clock(row.hold.expires_at, zone)
        words = _("Somebody is booking this time just now. It is kept until %(until)s.")
        return InTheWay(write_day_time(row.starts_at, zone), words % {"until": until})
    is_off = isinstance(row, Occupation)
    page = "backoffice:time-off-change" if is_off else "backoffice:out-of-order-change"
    words = _("Time off that is entered already") if is_off else _("Out of order already")
    when = write_span(row.starts_at, row.ends_at, business)
    return InTheWay(when, words, reverse(page, args=[row.pk]))
