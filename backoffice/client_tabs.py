"""The tabs of the client card that show: visits, sales, loyalty, gift cards, consents (ux S8).

Lists that grow are paged by their last row, 50 at a time, and ask as often for one row as for
fifty.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from backoffice.admin.cards import STATES
from backoffice.base import actor_of
from backoffice.booking_list import with_parts as with_booking_parts
from backoffice.client_frame import SEE, card_response, one_client
from backoffice.dashboard import visible_bookings
from business.profile import get_business
from clients.consents import has_consent
from clients.models import Client, ConsentRecord
from foundation import clock
from foundation.keyset import PAGE, page_of
from foundation.staff import staff_page
from giftcards.models import GiftCard
from giftcards.terms import why_not_usable
from loyalty.history import on_the_way
from loyalty.models import PointEntry
from reports.movements import award_lines_of, lines_of, with_parts
from sales.models import Sale

VISITS = pgettext_lazy("client card", "Visits")
SALES = pgettext_lazy("client card", "Sales")
LOYALTY = pgettext_lazy("client card", "Loyalty")
CARDS = gettext_lazy("Gift cards")
CONSENTS = pgettext_lazy("client card", "Consents")


@require_safe
@staff_page(SEE, what=VISITS)
@one_client
def visits(request: HttpRequest, client: Client) -> HttpResponseBase:
    """What is to come, the next one first, and what was, the latest first."""
    mine = visible_bookings(actor_of(request)).filter(
        visit__client=client, visit__hidden_at__isnull=True
    )
    rows = with_booking_parts(mine)
    at, now = _at(request), clock.now()
    coming = [] if at else list(rows.filter(ends_at__gt=now).order_by("starts_at", "pk")[:PAGE])
    page = page_of(rows.filter(ends_at__lte=now), by="starts_at", descending=True, at=at)
    context = {"coming": coming, "page": page, "is_first": not page.previous}
    return _tab(request, client, "visits", context, VISITS)


@require_safe
@staff_page(SEE, what=SALES)
@one_client
def sales(request: HttpRequest, client: Client) -> HttpResponseBase:
    rows = Sale.objects.filter(client=client).select_related("visit")
    page = page_of(rows, by="created_at", descending=True, at=_at(request))
    return _tab(request, client, "sales", {"page": page}, SALES)


@require_safe
@staff_page("loyalty.see_points_report", what=LOYALTY)
@one_client
def loyalty(request: HttpRequest, client: Client) -> HttpResponseBase:
    """Balance, what is on the way, and every movement with what explains it."""
    business = get_business()
    account = getattr(client, "point_account", None)
    mine = PointEntry.objects.filter(account=account) if account else PointEntry.objects.none()
    page = page_of(mine, by="created_at", descending=True, at=_at(request), whole=with_parts)
    context = {
        "page": page,
        "lines": list(lines_of(page.rows, business)),
        "coming": list(award_lines_of(on_the_way(client), business)),
    }
    return _tab(request, client, "loyalty", context, LOYALTY)


@require_safe
@staff_page("giftcards.view_giftcard", what=CARDS)
@one_client
def cards(request: HttpRequest, client: Client) -> HttpResponseBase:
    rows = GiftCard.objects.filter(owner=client).select_related("type")
    page = page_of(rows, by="issued_at", descending=True, at=_at(request))
    now = clock.now()
    shown = [{"card": card, "state": STATES[why_not_usable(card, now)]} for card in page.rows]
    return _tab(request, client, "cards", {"page": page, "shown": shown}, CARDS)


@require_safe
@staff_page(SEE, what=CONSENTS)
@one_client
def consents(request: HttpRequest, client: Client) -> HttpResponseBase:
    """Every decision about messages, with where and when. Nobody changes one."""
    rows = ConsentRecord.objects.filter(client=client).select_related("actor")
    page = page_of(rows, by="recorded_at", descending=True, at=_at(request))
    context = {"page": page, "agrees": has_consent(client.pk)}
    return _tab(request, client, "consents", context, CONSENTS)


def _at(request: HttpRequest) -> str:
    return request.GET.get("at", "")


def _tab(
    request: HttpRequest,
    client: Client,
    name: str,
    context: dict[str, Any],
    title: str | Promise,
) -> HttpResponseBase:
    return card_response(
        request,
        client,
        f"backoffice/client_{name}.html",
        {**context, "tab_title": title},
        here=f"backoffice:client-{name}",
    )
