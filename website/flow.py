"""The thread through the booking steps: whose draft it is, and where it ended.

A draft is a hold of ``bookings``. Its token stands in the address, and what was typed so far (a
name, a phone number) hangs on it, so the token alone opens nothing: the draft must have been
begun in this browser session or by this login (reliability T08).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.errors import HoldGone, VisitUnknown
from bookings.holds import booked_ref, find_hold, held_places, is_live, save_details
from bookings.lines import wanted_lines
from bookings.models import Hold, Visit
from bookings.visits import find_visit, manage_key
from catalogue.models import Provider, Service
from foundation import clock
from foundation.writing import write_day_time
from website.drafted import draft_lines
from website.forms_booking import GUEST_FIELDS
from website.private import secret_address, to_sign_in
from website.visitors import business_of, features_of, my_client, my_user
from website.wanted import add_ons_of, carried_by

_HOLDS = "holds"
_REPLACED = "replaced_holds"
# The steps of a draft in whose form a person types who is coming.
_TYPED_IN = ("book_details", "book_keep")
# A session remembers this many drafts: more than anybody has open, and no growing row.
_KEPT = 10
# What of a draft is about who is coming, and for how long the next one may begin with it.
_ABOUT_WHO = (*GUEST_FIELDS, "note", "news")
_TYPED_LATELY = dt.timedelta(hours=1)


def remember_hold(request: HttpRequest, hold: Hold, *, replacing: Hold | None = None) -> None:
    """That this visitor began ``hold``, and which draft of theirs it took the place of. Where it
    took none's, it begins with who is coming as they typed it for another service or class."""
    typed = typed_lately(request) if replacing is None else {}
    if typed:
        save_details(hold=hold, details=typed)
    tokens = [token for token in request.session.get(_HOLDS, []) if token != hold.token]
    request.session[_HOLDS] = [*tokens, hold.token][-_KEPT:]
    if replacing is not None:
        replaced = request.session.get(_REPLACED, {}) | {replacing.token: hold.token}
        request.session[_REPLACED] = dict(list(replaced.items())[-_KEPT:])


def typed_lately(request: HttpRequest) -> dict[str, Any]:
    """Who is coming, from the draft that this visitor left last: another service, another class or
    a waiting list asks none of it twice. Nothing of a draft that was booked, and nothing older:
    somebody else may sit at the same browser then."""
    tokens = request.session.get(_HOLDS, [])[-1:]
    hold = Hold.objects.filter(token__in=tokens).first()
    user = my_user(request)
    if hold is None or hold.user_id != (user.pk if user else None) or booked_ref(hold):
        return {}
    if hold.created_at < clock.now() - _TYPED_LATELY:
        return {}
    found = _about_who(hold.details)
    unchecked = _about_who(hold.details.get("typed", {}))
    return found | ({"typed": unchecked} if unchecked else {})


def _about_who(details: dict[str, Any]) -> dict[str, Any]:
    return {name: details[name] for name in _ABOUT_WHO if name in details}


def newest_token(request: HttpRequest, token: str) -> str:
    """The draft that a draft became when its time was chosen anew, perhaps in another tab."""
    replaced = request.session.get(_REPLACED, {})
    for _each in range(_KEPT):
        token = replaced.get(token, token)
    return str(token)


def my_hold(request: HttpRequest, token: str) -> Hold:
    """The draft ``token``, expired or not. Raises HoldGone for a missing and for another's."""
    hold = find_hold(token)
    user = my_user(request)
    if token in request.session.get(_HOLDS, []):
        return hold
    if user is not None and hold.user_id == user.pk:
        return hold
    raise HoldGone


def latest_hold(request: HttpRequest, service: Service) -> Hold | None:
    """The time of ``service`` that this visitor keeps now: who comes Back sees it as free."""
    tokens = request.session.get(_HOLDS, [])
    if not tokens:
        return None
    held = Hold.objects.filter(token__in=tokens, service=service, session=None)
    hold = held.order_by("-created_at", "-pk").first()
    return hold if hold is not None and is_live(hold) and not booked_ref(hold) else None


def is_expired(hold: Hold) -> bool:
    """Whether the time is no longer kept. A place in a class is never kept, only its details."""
    return hold.session_id is None and not is_live(hold)


DraftView = Callable[[HttpRequest, Hold], HttpResponse]


def draft_page(view: DraftView) -> Callable[..., HttpResponse]:
    """A step of a draft, for the visitor who began it. One that was booked leads to its visit,
    so Back and a second press land on the first result (reliability F22). One whose time was chosen
    anew leads on to that. One that belongs to a login asks a visitor who is signed out to sign in,
    and goes on where it was."""

    @wraps(view)
    def wrapped(request: HttpRequest, token: str) -> HttpResponse:
        newest = newest_token(request, token)
        try:
            hold = my_hold(request, newest)
            if not booked_ref(hold):
                return view(request, hold) if newest == token else _lead_on(request, hold, view)
        except HoldGone:
            return _ended(request, newest)
        return _to_visit(request, booked_ref(hold))

    return secret_address(wrapped)


def _lead_on(request: HttpRequest, hold: Hold, view: DraftView) -> HttpResponse:
    """From a page of a draft that ``hold`` replaced: what was typed there is kept in ``hold``.
    Nothing else is done, because the page showed another time."""
    when = write_day_time(hold.starts_at, business_of(request).zone)
    text = _("You have chosen another time since: %(when)s. Look at it before you book.")
    messages.warning(request, text % {"when": when})
    step = request.resolver_match.url_name if request.resolver_match else ""
    is_htmx = bool(getattr(request, "htmx", None))
    if request.method == "POST" and step in _TYPED_IN:
        response = view(request, hold)
        if not is_htmx:
            return response
    typing = step == "book_details" or (step == "book_keep" and "form_token" not in request.POST)
    page = reverse(f"website:{'book_details' if typing else 'book_review'}", args=[hold.token])
    return HttpResponse(headers={"HX-Redirect": page}) if is_htmx else redirect(page)


def _to_visit(request: HttpRequest, ref: str) -> HttpResponse:
    """The visit that a draft became, or that staff deleted it since."""
    try:
        visit = find_visit(ref)
    except VisitUnknown:
        return render(request, "website/book_deleted.html", status=410)
    return redirect(visit_address(request, visit))


def _ended(request: HttpRequest, token: str) -> HttpResponse:
    """The draft is not there, is another's, or was booked by a request that overtook this one."""
    try:
        ref = booked_ref(my_hold(request, token))
    except HoldGone:
        ref = ""
    if ref:
        return _to_visit(request, ref)
    if _waits_for_its_login(request, token):
        return to_sign_in(request, _page_of_draft(request, token))
    return render(request, "website/book_gone.html", status=404)


def _waits_for_its_login(request: HttpRequest, token: str) -> bool:
    """Whether the draft is a login's and nobody is signed in: their session may have ended."""
    if my_user(request) is not None or not features_of(request).client_login:
        return False
    try:
        return find_hold(token).user_id is not None
    except HoldGone:
        return False


def _page_of_draft(request: HttpRequest, token: str) -> str:
    """The step that was open; of the addresses that only take forms, the review."""
    match = request.resolver_match
    step = "book_details" if match and match.url_name == "book_details" else "book_review"
    return reverse(f"website:{step}", args=[token])


def visit_address(request: HttpRequest, visit: Visit, name: str = "website:visit") -> str:
    """Where this visitor sees the visit: its owner by signing in, a guest by the signed key."""
    address = reverse(name, args=[visit.ref])
    client = my_client(request)
    if client is not None and client.pk == visit.client_id:
        return address
    return f"{address}?{urlencode({'k': manage_key(visit)})}"


def offered_service(slug: str) -> Service:
    """The service at an address, withdrawn or not: the page of a withdrawn one answers 410."""
    service = Service.objects.select_related("category").filter(slug=slug).first()
    if service is None:
        raise Http404
    return service


def is_offered(service: Service) -> bool:
    return service.online and service.archived_at is None


def withdrawn(request: HttpRequest, service: Service) -> HttpResponse:
    """410 with what is like it."""
    others = Service.objects.offered_online().filter(category=service.category)
    similar = [(other.name, service_address(other)) for other in others[:3]]
    return render(request, "410.html", {"similar": similar}, status=410)


def service_address(service: Service) -> str:
    name = "website:class" if service.is_class else "website:service"
    return reverse(name, args=[service.slug])


def providers_of(service: Service) -> list[Provider]:
    working: QuerySet[Provider] = service.providers.filter(archived_at__isnull=True)
    return list(working)


@dataclass(frozen=True)
class Steps:
    """ "Step 3 of 5". The provider step is left out where one person does the service and nothing
    goes on top of it."""

    step: int
    of: int


def steps_of(name: str, *, is_class: bool, provider_count: int, add_ons: bool = False) -> Steps:
    if is_class:
        names = ["session", "details", "review"]
    elif provider_count == 1 and not add_ons:
        names = ["service", "times", "details", "review"]
    else:
        names = ["service", "provider", "times", "details", "review"]
    return Steps(names.index(name) + 1, len(names))


def draft_context(request: HttpRequest, hold: Hold, step: str) -> dict[str, Any]:
    """What the details and review pages both show about a draft."""
    providers = [] if hold.session_id else providers_of(hold.service)
    has_add_ons = not hold.session_id and bool(add_ons_of(hold.service))
    lines = [] if hold.session_id else draft_lines(hold)
    chosen = None if hold.any_provider else hold.provider_id
    return {
        "hold": hold,
        "service": hold.service,
        "places": held_places(hold),
        "lines": lines,
        "carried": [] if hold.session_id else carried_by(wanted_lines(hold)),
        "price_minor": sum(line.total_minor for line in lines)
        if lines
        else hold.service.price_minor * held_places(hold),
        "changes": _changes(
            request, hold, chosen, can_change_provider=len(providers) > 1 or has_add_ons
        ),
        "with": chosen,
        "draft": hold.token,
        "expired": is_expired(hold),
        "step": steps_of(
            step,
            is_class=hold.session_id is not None,
            provider_count=len(providers),
            add_ons=has_add_ons,
        ),
    }


def _changes(
    request: HttpRequest, hold: Hold, chosen: int | None, *, can_change_provider: bool
) -> dict[str, str]:
    """Where the Change links of a draft lead; a place in a class has none of its own."""
    if hold.session_id is not None:
        return {}
    lines = wanted_lines(hold)
    day = hold.starts_at.astimezone(business_of(request).zone).date()
    query: list[tuple[str, object]] = [
        ("draft", hold.token),
        *carried_by(lines),
        ("day", day.isoformat()),
    ]
    changes: dict[str, str] = {}
    times = reverse("website:book_times", args=[hold.service.slug])
    if can_change_provider:
        address = reverse("website:book_service", args=[hold.service.slug])
        changes["provider"] = f"{address}?{urlencode(query)}"
        if chosen:
            query.append(("with", chosen))
    changes["time"] = f"{times}?{urlencode(query)}"
    if len(lines) > 1:
        # Each line has a Change link of its own there.
        changes["provider"] = changes["time"]
    return changes
