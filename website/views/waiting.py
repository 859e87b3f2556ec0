"""Waiting lists: joining one for a full class or for a day, and the page of one's own place, where
an offer is taken (C11, C12).

The link in the mail shows what is offered; only the button takes it, because mail scanners follow
links.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from bookings.availability import is_worked_on
from bookings.errors import AlreadyWaiting, WaitingUnknown
from bookings.lines import Line
from bookings.models import ClassSession, WaitingPlace
from bookings.waiting import (
    find_waiting_place,
    furthest_day,
    is_day_open,
    is_offered,
    is_open,
    places_open_to,
    position_of,
    waiting_token,
)
from business.models import Business
from business.profile import local_today
from catalogue.models import Provider, Service
from catalogue.terms import terms_by_provider
from foundation import clock, rates
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from giftcards.cards import spendable_cards_of
from giftcards.models import GiftCard
from sales.waiting import (
    leave_waiting_list,
    send_link_again,
    take_waiting_place,
    wait_for_day,
    wait_for_session,
)
from website import flow
from website.forms_booking import TimesQuery, read_query
from website.forms_waiting import PlaceForm, WaitingForm
from website.private import secret_address
from website.visitors import (
    business_of,
    ensure_my_client,
    guess_sources,
    my_client,
    my_user,
    private_page,
)
from website.wanted import add_ons_of, also_bookable, read_wanted

_TOLD = "waiting_told"
"""What a guest asked to wait for last, and where the mail went: for the page that says so."""
JOINS_PER_WINDOW, JOIN_WINDOW_SECONDS = 20, 600


def waiting_form(
    request: HttpRequest, data: Any = None, *, session: ClassSession | None
) -> WaitingForm:
    most = min(session.service.places_per_booking, session.places) if session else 1
    before = {} if data is not None else flow.typed_lately(request)
    return WaitingForm(
        data,
        business=business_of(request),
        is_guest=my_user(request) is None,
        most_places=most,
        for_class=session is not None,
        initial=before | before.get("typed", {}) | {"form_token": new_form_token()},
    )


def place_address(place: WaitingPlace) -> str:
    return reverse("website:waiting_place", args=[waiting_token(place)])


def _joined(
    request: HttpRequest, form: WaitingForm, place: WaitingPlace, *, starts_at: dt.datetime | None
) -> HttpResponse:
    """Where joining leads: a client to their place; a guest to the page that says where the mail
    with its link went. That page knows what was typed and nothing else, so that who types an
    address that stands in the line already learns nothing of it."""
    if my_client(request) is not None:
        return redirect(place_address(place))
    request.session[_TOLD] = {
        "email": form.cleaned_data["email"],
        "service": place.service_id,
        "day": place.day.isoformat(),
        "starts_at": starts_at.isoformat() if starts_at else None,
    }
    return redirect("website:waiting_told")


def _who(request: HttpRequest, form: WaitingForm) -> dict[str, Any]:
    """The visitor as the commands take them: the client who is signed in, or a guest."""
    rates.hit(
        "wait", guess_sources(request)[0], limit=JOINS_PER_WINDOW, seconds=JOIN_WINDOW_SECONDS
    )
    client = ensure_my_client(request)
    language = (get_language() or "en").split("-")[0]
    return {
        "client": client,
        "guest": None if client else form.guest(language),
        "automatic": form.cleaned_data["automatic"],
        "form_token": form.cleaned_data["form_token"],
        "actor": my_user(request),
    }


def join_session(request: HttpRequest, found: ClassSession) -> HttpResponse | WaitingForm:
    """Join the line of a session: where it leads, or the form with what is wrong."""
    form = waiting_form(request, request.POST, session=found)
    if not form.is_valid():
        return form
    try:
        place = _once(
            wait_for_session,
            session=found,
            places=form.cleaned_data.get("places") or 1,
            **_who(request, form),
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return form
    return _joined(request, form, place, starts_at=found.starts_at)


def _once(join: Callable[..., WaitingPlace], **fields: Any) -> WaitingPlace:
    """Join, or find the place that a guest's address has already; its holder gets the link."""
    try:
        return join(**fields)
    except AlreadyWaiting as error:
        if error.place is None:
            raise
        send_link_again(place=error.place)
        return error.place


@require_http_methods(["GET", "HEAD", "POST"])
def wait_for_time(request: HttpRequest, slug: str) -> HttpResponse:
    """Wait for a time of a service on a day that has none: ``?day=&with=``."""
    service = flow.offered_service(slug)
    if not flow.is_offered(service):
        return flow.withdrawn(request, service)
    asked = read_query(TimesQuery, request.GET)
    day = asked["day"]
    if service.is_class or day is None:
        return redirect(flow.service_address(service))
    provider = _provider(service, asked["with"])
    business = business_of(request)
    furthest = furthest_day(service, business, clock.now())
    opens_on = day - (furthest - local_today(business)) if day > furthest else None
    form = waiting_form(request, request.POST or None, session=None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                who = _who(request, form)
                place = _once(wait_for_day, service=service, provider=provider, day=day, **who)
                return _joined(request, form, place, starts_at=None)
            except DomainError as error:
                status = error.status
                if opens_on is None:
                    form.add_error(None, str(error))
    wanted = read_wanted(
        service, provider, request.GET, offered=add_ons_of(service), bookable=also_bookable()
    )
    is_over = not is_day_open(service, day, business, clock.now())
    query: list[tuple[str, object]] = [
        ("day", min(day, furthest).isoformat()),
        *wanted.carried,
    ]
    if provider is not None:
        query.append(("with", provider.pk))
    context = {
        "service": service,
        "provider": provider,
        "day": day,
        "form": form,
        "opens_on": opens_on,
        "is_over": is_over,
        "is_closed": not is_over and not is_worked_on(line=Line(service, provider), day=day),
        "asked_for_more": bool(wanted.carried),
        "signed_in": my_user(request),
        "times": f"{reverse('website:book_times', args=[service.slug])}?{urlencode(query)}",
    }
    return render(request, "website/wait_for_time.html", context, status=status)


def _provider(service: Service, wanted: int | None) -> Provider | None:
    if wanted is None:
        return None
    return service.providers.filter(pk=wanted, archived_at__isnull=True).first()


@require_safe
@private_page
def waiting_told(request: HttpRequest) -> HttpResponse:
    """What a guest sees who joined a line: that the link to their place is in their mail."""
    told: dict[str, Any] = request.session.get(_TOLD) or {}
    service = Service.objects.filter(pk=told.get("service")).first()
    if service is None:
        return redirect("website:classes")
    context = {
        "service": service,
        "email": told["email"],
        "day": dt.date.fromisoformat(told["day"]),
        "starts_at": told["starts_at"] and dt.datetime.fromisoformat(told["starts_at"]),
    }
    return render(request, "website/waiting_told.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@secret_address
def waiting_place(request: HttpRequest, token: str) -> HttpResponse:
    """One's own place in line: where one stands, and what is offered until when."""
    try:
        place = find_waiting_place(token)
    except WaitingUnknown:
        return render(request, "website/visit_gone.html", status=404)
    if request.method != "POST":
        return _render_place(request, place)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        return _render_place(request, place, status=422)
    try:
        return _do(request, place, form.cleaned_data)
    except DomainError as error:
        fresh = find_waiting_place(token)
        return _render_place(request, fresh, status=error.status, conflict=str(error))


def _do(request: HttpRequest, place: WaitingPlace, sent: dict[str, Any]) -> HttpResponse:
    actor = my_user(request)
    if sent["action"] == "take":
        visit = take_waiting_place(
            place=place,
            actor=actor,
            card_ids=[card.pk for card in _own_cards(request, place) if _is_chosen(request, card)],
            expected_total_minor=_price(place),
        )
        return redirect(flow.visit_address(request, visit))
    if sent["action"] == "leave":
        place = leave_waiting_list(place=place, actor=actor)
    else:
        place = _again(place, sent["form_token"], request)
    return redirect(place_address(place))


def _again(place: WaitingPlace, form_token: str, request: HttpRequest) -> WaitingPlace:
    """Stay on the list after an offer ran out: at its end."""
    common: dict[str, Any] = {
        "client": place.client,
        "guest": None,
        "automatic": place.automatic,
        "form_token": form_token,
        "actor": my_user(request),
    }
    if place.session is not None:
        return wait_for_session(session=place.session, places=place.places, **common)
    return wait_for_day(service=place.service, provider=place.provider, day=place.day, **common)


def _own_cards(request: HttpRequest, place: WaitingPlace) -> list[GiftCard]:
    """What the holder of the place owns that pays, if it is they who are signed in."""
    client = my_client(request)
    if client is None or client.pk != place.client_id:
        return []
    return list(spendable_cards_of(client))


def _is_chosen(request: HttpRequest, card: GiftCard) -> bool:
    return card.token in request.POST.getlist("card")


def _price(place: WaitingPlace) -> int | None:
    """What the offer costs, in minor units; None while there is no offer of a time."""
    if place.session is not None:
        return place.service.price_minor * place.places
    if place.hold is None or place.hold.provider_id is None:
        return None
    terms = terms_by_provider(place.service).get(place.hold.provider_id)
    return terms.price_minor if terms is not None else None


def _render_place(
    request: HttpRequest, place: WaitingPlace, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    business, now = business_of(request), clock.now()
    session = place.session
    offered = is_offered(place)
    if session is not None:
        can_wait = (
            is_open(session, business, now)
            and places_open_to(session, place.client_id) < place.places
        )
    else:
        can_wait = is_day_open(place.service, place.day, business, now) and is_worked_on(
            line=Line(place.service, place.provider), day=place.day
        )
    starts_at = place.hold.starts_at if place.hold is not None else None
    context = {
        "place": place,
        "session": session,
        "service": place.service,
        "starts_at": session.starts_at if session is not None else starts_at,
        "state": "offered" if offered else _state(place),
        "position": position_of(place),
        "ends_today": offered
        and _local_day(place.offered_until, business) == local_today(business),
        "price_minor": _price(place),
        "cards": _own_cards(request, place) if offered else [],
        "can_wait": can_wait,
        "visit_address": flow.visit_address(request, place.visit) if place.visit else "",
        "form_token": new_form_token(),
        "conflict": conflict,
    }
    return render(request, "website/waiting_place.html", context, status=status)


def _local_day(at: dt.datetime | None, business: Business) -> dt.date | None:
    return at.astimezone(business.zone).date() if at is not None else None


def _state(place: WaitingPlace) -> str:
    """As the page tells it: an offer whose hour has passed has run out, swept or not."""
    if place.session is not None and place.session.cancelled_at is not None:
        return "cancelled"
    return "passed" if place.state == "offered" else str(place.state)
