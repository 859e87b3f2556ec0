"""When staff book, what it comes to then, and what they should know first (ux S4).

Staff may book outside the hours, and somebody for what they do not usually do: the page says so and
asks once. Over something else nobody is booked; the nearest free times stand beside the refusal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.new_booking_lines import Offer
from backoffice.reach import FURTHEST, check_day
from bookings.availability import Slot, find_chain, free_slots, nearest_slots
from bookings.calendars import Calendar
from bookings.chains import Step
from bookings.errors import NoSuchTime
from bookings.lines import Line, price_of
from bookings.session_rules import instant_on
from business.models import Business
from business.profile import get_business, local_today
from catalogue.models import Provider, Service
from foundation import clock
from foundation.errors import DomainError
from foundation.writing import local
from website.forms_booking import InstantField

FOUND = 5
LOOKED_AHEAD = dt.timedelta(days=27)
NOTE_HELP = gettext_lazy("Stands with the booking. The client does not see it.")


class WhenForm(forms.Form):
    """``at`` is the instant that was pressed; it counts while day and hour still say the same, so
    that of an hour that comes twice the right one is booked."""

    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Choose a day")},
    )
    hour = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Enter a time, like 14:30")},
    )
    at = InstantField(required=False)
    after = InstantField(required=False)
    note = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=NOTE_HELP,
    )
    tell = forms.BooleanField(required=False)

    def clean_day(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["day"]
        if day is not None:
            check_day(day, back=dt.timedelta(days=1))
        return day


@dataclass(frozen=True)
class PlannedLine:
    """A line as it would be booked: UTC instants, the price in minor units."""

    line: Line
    provider: Provider
    starts_at: dt.datetime
    ends_at: dt.datetime
    price_minor: int


@dataclass
class Plan:
    """What the lines come to. ``total_minor`` is certain once the time is known; before that it is
    the least. ``warnings`` are asked about, ``refused`` cannot be booked."""

    form: WhenForm
    starts_at: dt.datetime | None = None
    lines: list[PlannedLine] = field(default_factory=list)
    total_minor: int | None = None
    is_certain: bool = False
    warnings: list[str] = field(default_factory=list)
    refused: DomainError | None = None
    nearest: list[Slot] = field(default_factory=list)
    found: list[Slot] | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ends_at(self) -> dt.datetime | None:
        return self.lines[-1].ends_at if self.lines else None


def read_plan(data: Mapping[str, Any], lines: Sequence[Line], offer: Offer) -> Plan:
    """When it would be, with whom and for how much, as it is now: nothing is locked or kept."""
    business = get_business()
    form = WhenForm(data)
    form.is_valid()
    plan = Plan(form, starts_at=_instant(form, business))
    if not lines:
        return plan
    if plan.starts_at is None or plan.errors:
        terms = [offer.terms(line) for line in lines]
        plan.total_minor = sum(each.price_minor for each, _certain in terms)
        plan.is_certain = all(certain for _each, certain in terms)
        return plan
    try:
        calendar, steps = find_chain(lines=lines, starts_at=plan.starts_at, for_staff=True)
    except DomainError as error:
        refuse(plan, lines, error)
        return plan
    _lay_out(plan, calendar, steps, lines, offer)
    asked = [(planned.line.service, planned.provider) for planned in plan.lines]
    plan.warnings = doubts(asked, calendar, steps, offer.does)
    if plan.starts_at < clock.now():
        plan.warnings.append(_("This time has already begun."))
    return plan


def refuse(plan: Plan, lines: Sequence[Line], error: DomainError) -> None:
    """The time cannot be had: the nearest that can."""
    plan.refused = error
    if plan.starts_at is not None and lines:
        plan.nearest = nearest_slots(lines=lines, around=plan.starts_at, for_staff=True)
    plan.lines, plan.warnings = [], []


def check_plan(plan: Plan) -> None:
    """Fill ``errors`` with what is missing before a booking can be made."""
    for name, errors in plan.form.errors.items():
        if name in ("day", "hour", "note"):
            plan.errors[name] = str(errors[0])
    asked = plan.form.cleaned_data
    if "day" not in plan.errors and not asked.get("day"):
        plan.errors["day"] = _("Choose a day")
    if "hour" not in plan.errors and not asked.get("hour"):
        plan.errors["hour"] = _("Enter the time, or find one")
    elif not plan.errors and plan.starts_at is None:
        plan.errors["hour"] = str(NoSuchTime())


def find_times(plan: Plan, lines: Sequence[Line], *, later: bool) -> None:
    """The next few free times, from the chosen day on, or after those that were shown."""
    business, now = get_business(), clock.now()
    asked = plan.form.cleaned_data
    today = local_today(business)
    first, earliest = max(asked.get("day") or today, today), now
    if later and asked.get("after"):
        earliest = max(now, asked["after"] + dt.timedelta(seconds=1))
        first = max(today, local(earliest, business.zone).date())
    if first > today + FURTHEST:
        plan.found = []
        return
    by_day = free_slots(lines=lines, first_day=first, last_day=first + LOOKED_AHEAD, for_staff=True)
    free = (slot for slots in by_day.values() for slot in slots if slot.starts_at >= earliest)
    plan.found = [slot for _number, slot in zip(range(FOUND), free, strict=False)]


def _instant(form: WhenForm, business: Business) -> dt.datetime | None:
    asked = form.cleaned_data
    day, hour, at = asked.get("day"), asked.get("hour"), asked.get("at")
    if day is None or hour is None:
        return None
    if at is not None:
        shown = local(at, business.zone).replace(tzinfo=None, second=0, microsecond=0)
        if shown == dt.datetime.combine(day, hour.replace(second=0, microsecond=0)):
            instant: dt.datetime = at
            return instant
    return instant_on(day, hour, business.zone)


def _lay_out(
    plan: Plan, calendar: Calendar, steps: Sequence[Step], lines: Sequence[Line], offer: Offer
) -> None:
    plan.lines = [
        PlannedLine(
            line=line,
            provider=offer.providers[step.provider_id],
            starts_at=dt.datetime.fromtimestamp(step.starts, dt.UTC),
            ends_at=dt.datetime.fromtimestamp(step.ends, dt.UTC),
            price_minor=price_of(line, calendar.takers[number][step.provider_id].price_minor),
        )
        for number, (line, step) in enumerate(zip(lines, steps, strict=True))
    ]
    plan.total_minor = sum(each.price_minor for each in plan.lines)
    plan.is_certain = True


def doubts(
    asked: Sequence[tuple[Service, Provider]],
    calendar: Calendar,
    steps: Sequence[Step],
    does: Container[tuple[int, int]],
) -> list[str]:
    """What staff should know before each service goes to its person at the time of its step.
    ``does``: who usually does what, as (service, provider)."""
    found = []
    (day,) = calendar.pieces
    for (service, provider), step in zip(asked, steps, strict=True):
        if (service.pk, provider.pk) not in does:
            found.append(does_not_usually(service, provider))
        if not calendar.works(step.provider_id, day, step.starts, step.ends):
            names = {"who": provider.name}
            found.append(_("This is outside the working hours of %(who)s.") % names)
    return list(dict.fromkeys(found))


def does_not_usually(service: Service, provider: Provider) -> str:
    names = {"who": provider.name, "service": service.name}
    return _("%(who)s does not usually do %(service)s.") % names
