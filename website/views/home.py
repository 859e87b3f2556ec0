"""The front page: can I book, when, and for how much (C1)."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookings.availability import first_free_slot
from bookings.lines import Line
from bookings.sessions import sessions_between
from business.profile import local_day_bounds, local_today
from catalogue.models import Provider
from foundation import clock
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCardType
from loyalty.rules import points_by_service
from website import openings
from website.calendar_links import map_link
from website.opening_hours import opening_hours
from website.purse import purse_of
from website.timetable import rows
from website.views.services import offers
from website.visitors import business_of, features_of, my_client

SERVICES_SHOWN = 6
# The next free time is looked for across the first services of the list.
SERVICES_ASKED = 3


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Everything but the next free time, which is fetched after the page is painted."""
    business, features = business_of(request), features_of(request)
    client = my_client(request)
    today = local_today(business)
    first, last = local_day_bounds(business, today)
    sessions = sessions_between(max(first, clock.now()), last)
    shown = offers(request, booking=True)
    context = {
        "offers": shown[:SERVICES_SHOWN],
        "more": len(shown) > SERVICES_SHOWN,
        "sessions": rows(
            list(sessions), points=points_by_service(features), client=client, business=business
        ),
        "form_token": new_form_token(),
        "purse": purse_of(request, client) if client and features.loyalty else None,
        "gift_card": _gift_card() if features.gift_cards else None,
        "team": Provider.objects.filter(archived_at__isnull=True),
        "hours": opening_hours(business),
        "map_link": map_link(business),
    }
    return render(request, "website/home.html", context)


def _gift_card() -> GiftCardType | None:
    """The one gift card that the front page names: the smallest of the shop."""
    on_show = GiftCardType.objects.filter(shown_online=True, archived_at__isnull=True)
    return on_show.order_by("value_minor", "pk").first()


@require_safe
def next_time(request: HttpRequest) -> HttpResponse:
    """The earliest free time of the first services, as a fragment."""
    found = []
    for offer in offers(request, booking=True)[:SERVICES_ASKED]:
        slot = first_free_slot(lines=[Line(offer.service)], within_days=openings.LOOK_AHEAD_DAYS)
        if slot is not None:
            found.append((slot, offer.service))
    found.sort(key=lambda pair: pair[0].starts_at)
    business = business_of(request)
    context = {
        "found": found[0] if found else None,
        "today": local_today(business),
        "until": local_today(business) + dt.timedelta(days=openings.LOOK_AHEAD_DAYS),
    }
    return render(request, "website/home_next_time.html", context)
