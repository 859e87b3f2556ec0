"""Addresses outside the house that a visit's page links to: web calendars, and a map.

They hold what whoever follows them would type there: no key of the visit, and none of its client.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from bookings.models import Visit
from business.models import Business
from sales.calendar_files import one_line_address
from sales.message_facts import facts_of

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
MAP = "https://www.openstreetmap.org/search"


@dataclass(frozen=True)
class CalendarLinks:
    google: str
    outlook: str


def calendar_links(visit: Visit, business: Business) -> CalendarLinks:
    """The visit as an entry to be looked at and saved there, with its times in UTC. The title is
    as neutral as that of the calendar file."""
    title = _("%(business)s: appointment") % {"business": business.name}
    what, where = facts_of(visit, business)["what"], one_line_address(business)
    starts, ends = (at.astimezone(dt.UTC) for at in (visit.starts_at, visit.ends_at))
    google = {
        "action": "TEMPLATE",
        "text": title,
        "dates": f"{starts:%Y%m%dT%H%M%SZ}/{ends:%Y%m%dT%H%M%SZ}",
        "details": what,
        "location": where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title,
        "startdt": f"{starts:%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "body": what,
        "location": where,
    }
    return CalendarLinks(f"{GOOGLE}?{urlencode(google)}", f"{OUTLOOK}?{urlencode(outlook)}")


def map_link(business: Business) -> str:
    """The business's address on a map; nothing where the street is not known."""
    if not business.street:
        return ""
    return f"{MAP}?{urlencode({'query': one_line_address(business)})}"
