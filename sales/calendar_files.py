"""The calendar file of a visit: attached to its mails, and to be downloaded from its page.

One event with an identity that never changes, so that the file of a cancelled visit takes the
entry out of the calendar again (ux Annex A). PUBLISH, not REQUEST: no calendar answers the salon.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event, vText

from bookings.models import Visit
from bookings.visits import manage_key
from business.models import Business
from foundation import clock
from foundation.writing import write_clock
from notifications.links import mail_host, site_url

METHOD = "PUBLISH"
REMINDER = dt.timedelta(hours=2)


def manage_url(visit: Visit, language: str | None = None) -> str:
    """The address of the visit's own page, with the key that opens it to its holder."""
    return site_url(f"/booking/{visit.ref}/", language) + f"?k={manage_key(visit)}"


def one_line_address(business: Business) -> str:
    """``Nygade 1, 8000 Aarhus``, as far as it is known."""
    place = f"{business.postcode} {business.city}".strip()
    return ", ".join(part for part in (business.street, place) if part)


def is_cancelled(visit: Visit) -> bool:
    """Whether nothing of the visit stands any more."""
    return not any(booking.is_standing for booking in visit.bookings.all())


def visit_calendar(visit: Visit, business: Business) -> bytes:
    """The file in the active language: UTC times, CRLF lines, folded at 75 bytes.

    Calendars are shared: the title is neutral, and the link carries no key. Whoever is signed in
    gets to the visit by it; a guest has the link of the mail. Moving and cancelling raise the
    visit's sequence number, so that a newer file replaces what an older one wrote.
    """
    cancelled = is_cancelled(visit)
    event = Event()
    event.add("uid", f"visit-{visit.ref}@{mail_host()}")
    event.add("sequence", visit.calendar_sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", visit.starts_at.astimezone(dt.UTC))
    event.add("dtend", visit.ends_at.astimezone(dt.UTC))
    event.add("summary", _("%(business)s: appointment") % {"business": business.name})
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    url = site_url(f"/booking/{visit.ref}/", get_language())
    event.add("url", url)
    words = _("To move or cancel, sign in or use the link in your e-mail: %(url)s")
    event.add("description", words % {"url": url})
    if address := one_line_address(business):
        event.add("location", address)
    if not cancelled:
        event.add_component(_reminder(visit, business))
    calendar = Calendar()
    calendar.add("prodid", "-//loyalty-site//visit//EN")
    calendar.add("version", "2.0")
    calendar.add("method", METHOD)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _reminder(visit: Visit, business: Business) -> Alarm:
    words = _("%(business)s at %(time)s") % {
        "business": business.name,
        "time": write_clock(visit.starts_at, business.zone),
    }
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", vText(words))
    alarm.add("trigger", -REMINDER)
    return alarm
