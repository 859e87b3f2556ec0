"""The day calendar (ux S2): /admin/calendar/?day=&who=&view=&zoom=

The same address answers with the page, with what another day changes on it (htmx, ``#calendar``),
and with the day alone (``#day``) for the look that the page takes every minute: 204 while nothing
has changed. How high the columns are is remembered by a cookie, as the website's theme is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from backoffice.base import actor_of
from backoffice.bookings import BOOK, SEE
from backoffice.calendar_day import Day, read_day
from backoffice.calendar_items import LEGEND, ZOOMS
from business.models import Business
from business.profile import get_business, local_today
from foundation import clock
from foundation.staff import staff_page, staff_response
from foundation.writing import write_clock

TITLE = gettext_lazy("Calendar")
SEEN, CLOCK = "X-Calendar-Seen", "X-Calendar-Clock"
VIEWS = ("columns", "list")
ZOOM, USUAL_ZOOM, A_YEAR = "calendar-zoom", "m", 365 * 24 * 60 * 60
ZOOM_NAMES = (
    ("s", pgettext_lazy("height of the columns", "S"), gettext_lazy("Small")),
    ("m", pgettext_lazy("height of the columns", "M"), gettext_lazy("Medium")),
    ("l", pgettext_lazy("height of the columns", "L"), gettext_lazy("Large")),
)
_TEMPLATES = {"day": "backoffice/calendar_day.html", "calendar": "backoffice/calendar_whole.html"}
# More than any business has people; an address may be written by anybody.
_MOST_PEOPLE = 200


@dataclass(frozen=True)
class Asked:
    """``view`` is "" where nobody chose one: columns, and the agenda on a phone."""

    day: dt.date
    who: tuple[int, ...]
    view: str
    zoom: str


def read_asked(data: QueryDict, today: dt.date, *, usual_zoom: str = "") -> Asked:
    """What the address asks for; nonsense is read as nothing. Where it says no zoom it is the usual
    one."""
    try:
        day = dt.date.fromisoformat(data.get("day", "")[:10])
    except ValueError:
        day = today
    if not 1900 < day.year < 9000:
        day = today
    who = [int(one) for one in data.getlist("who")[:_MOST_PEOPLE] if _is_id(one)]
    view = data.get("view", "")
    zooms = [each for each in (data.get("zoom"), usual_zoom) if each in ZOOMS]
    return Asked(day, tuple(who), view if view in VIEWS else "", (*zooms, USUAL_ZOOM)[0])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@require_safe
@staff_page(SEE, what=TITLE)
def calendar(request: HttpRequest) -> HttpResponseBase:
    user, business = actor_of(request), get_business()
    today = local_today(business)
    asked = read_asked(request.GET, today, usual_zoom=request.COOKIES.get(ZOOM, ""))
    may_book = user.has_perm(BOOK)
    day = read_day(user, business, asked.day, who=asked.who, zoom=asked.zoom, may_book=may_book)
    target = request.headers.get("HX-Target", "")
    response: HttpResponse
    if target == "day" and request.headers.get(SEEN) == day.fingerprint:
        response = HttpResponse(status=204)
    else:
        context = _context(asked, day, today, business, may_book=may_book)
        template = _TEMPLATES.get(target, "backoffice/calendar.html")
        response = staff_response(request, template, context, title=TITLE)
    if target == "calendar":
        response.headers["HX-Push-Url"] = request.get_full_path()
    if request.GET.get("zoom") in ZOOMS:
        secure = request.is_secure()
        response.set_cookie(
            ZOOM, asked.zoom, max_age=A_YEAR, samesite="Lax", secure=secure, httponly=True
        )
    response.headers[CLOCK] = write_clock(clock.now(), business.zone)
    patch_vary_headers(response, ["HX-Request", "HX-Target", SEEN])
    return response


def _context(
    asked: Asked, day: Day, today: dt.date, business: Business, *, may_book: bool
) -> dict[str, Any]:
    now = clock.now().timestamp()
    is_now = asked.day == today and day.frame.holds(now, now + 1)
    return {
        "asked": asked,
        "day": day,
        "today": today,
        "day_before": asked.day - dt.timedelta(days=1),
        "day_after": asked.day + dt.timedelta(days=1),
        "now_place": day.frame.place(now, now) if is_now else "",
        "now": clock.now(),
        "last_look": write_clock(clock.now(), business.zone),
        "legend": LEGEND,
        "zooms": ZOOM_NAMES,
        "may_book": may_book,
        "new_booking": new_booking_address(asked.day) if may_book else "",
        "is_fullwidth": "1",
    }


def new_booking_address(day: dt.date) -> str:
    """The page for a new appointment on ``day``; the script adds the hour and the person."""
    return f"{reverse('backoffice:booking-new')}?{urlencode({'day': day.isoformat()})}"
