"""What a provider's own calendar shows: bookings, classes and time off.

A calendar program fetches it again and again, and may be shared: of a client it tells the first
name and the service, nothing else. The text depends on the rows and the day alone, so that an
unchanged calendar is recognised by its hash.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from bookings.models import (
    Booking,
    BookingKind,
    BookingStatus,
    ClassSession,
    Occupation,
    OccupationKind,
)
from business.models import Business
from business.profile import local_day_bounds, local_today
from catalogue.models import Provider
from notifications.links import mail_host
from sales.calendar_files import METHOD, one_line_address

BACK = dt.timedelta(days=30)
AHEAD = dt.timedelta(days=366)


def provider_calendar(provider: Provider, business: Business) -> bytes:
    """The file in the active language, from 30 days back to a year ahead: UTC times, CRLF lines,
    folded at 75 bytes. Four queries at most, whatever is in it."""
    today = local_today(business)
    since = local_day_bounds(business, today - BACK)[0]
    until = local_day_bounds(business, today + AHEAD)[1]
    # Not the clock's time: a file that says nothing new is the same file.
    stamp = local_day_bounds(business, today)[0]
    calendar = Calendar()
    calendar.add("prodid", "-//loyalty-site//provider//EN")
    calendar.add("version", "2.0")
    calendar.add("method", METHOD)
    name = _("%(business)s: %(provider)s") % {
        "business": business.name,
        "provider": provider.name,
    }
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    address = one_line_address(business)
    for event in _events(provider, since, until):
        event.add("dtstamp", stamp)
        if address and "transp" not in event:
            event.add("location", address)
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _events(provider: Provider, since: dt.datetime, until: dt.datetime) -> Iterator[Event]:
    within = {"provider": provider, "starts_at__lt": until, "ends_at__gt": since}
    bookings = (
        Booking.objects.filter(
            **within, kind=BookingKind.APPOINTMENT, visit__hidden_at__isnull=True
        )
        .exclude(status=BookingStatus.CANCELLED)
        .select_related("visit__client")
        .prefetch_related("add_ons")
    )
    for booking in bookings.order_by("starts_at", "pk"):
        yield _booking(booking)
    sessions = ClassSession.objects.filter(**within, cancelled_at__isnull=True)
    for session in sessions.select_related("service").order_by("starts_at", "pk"):
        yield _session(session)
    off = Occupation.objects.filter(**within, kind=OccupationKind.TIME_OFF)
    for occupation in off.order_by("starts_at", "pk"):
        yield _time_off(occupation)


def _event(uid: str, starts_at: dt.datetime, ends_at: dt.datetime, summary: str) -> Event:
    event = Event()
    event.add("uid", f"{uid}@{mail_host()}")
    event.add("dtstart", starts_at.astimezone(dt.UTC))
    event.add("dtend", ends_at.astimezone(dt.UTC))
    event.add("summary", summary)
    return event


def _booking(booking: Booking) -> Event:
    what = " + ".join([booking.service_name, *(each.name for each in booking.add_ons.all())])
    client = booking.visit.client
    if client is not None:
        what = _("%(service)s: %(name)s") % {"service": what, "name": client.first_name}
    event = _event(f"booking-{booking.pk}", booking.starts_at, booking.ends_at, what)
    event.add("sequence", booking.visit.calendar_sequence)
    event.add("status", "CONFIRMED")
    return event


def _session(session: ClassSession) -> Event:
    words = _("%(service)s: %(booked)s of %(places)s places booked") % {
        "service": session.service.name,
        "booked": session.booked_places,
        "places": session.places,
    }
    event = _event(f"session-{session.pk}", session.starts_at, session.ends_at, words)
    event.add("status", "CONFIRMED")
    return event


def _time_off(occupation: Occupation) -> Event:
    """Busy, without the reason: that is nobody's who sees a shared calendar."""
    event = _event(
        f"time-off-{occupation.pk}", occupation.starts_at, occupation.ends_at, _("Time off")
    )
    event.add("transp", "OPAQUE")
    return event
