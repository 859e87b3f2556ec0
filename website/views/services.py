"""Services and prices, and the page of one service (C2, C3)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from business.profile import local_today
from catalogue.models import Category, Service, ServiceKind
from catalogue.terms import terms_by_provider
from foundation.names import fold
from loyalty.rules import points_by_service
from website import flow, openings
from website.forms_booking import SearchQuery, read_query
from website.prices import Price, prices_of
from website.visitors import business_of, features_of, wants_fragment

SEARCH_FROM = 13


@dataclass(frozen=True)
class Offer:
    """One line of the price list."""

    service: Service
    href: str
    points: int | None
    price: Price


@dataclass
class Group:
    category: Category
    offers: list[Offer]


def offers(request: HttpRequest, *, booking: bool, draft: str = "") -> list[Offer]:
    """Every appointment that can be booked online, in the order of the list. What is chosen takes
    the place of ``draft``."""
    points = points_by_service(features_of(request))
    services = (
        Service.objects.offered_online()
        .of_kind(ServiceKind.APPOINTMENT)
        .select_related("category")
        .order_by("category__position", "category_id", "position", "pk")
    )
    name = "website:book_service" if booking else "website:service"
    prices = prices_of(services)
    query = f"?{urlencode({'draft': draft})}" if booking and draft else ""
    return [
        Offer(
            service,
            reverse(name, args=[service.slug]) + query,
            points.get(service.pk),
            prices[service.pk],
        )
        for service in services
    ]


def _matching(found: list[Offer], text: str) -> list[Offer]:
    words = fold(text).split()
    return [
        offer
        for offer in found
        if all(word in fold(f"{offer.service.name} {offer.service.summary}") for word in words)
    ]


def _grouped(found: list[Offer]) -> list[Group]:
    groups: list[Group] = []
    for offer in found:
        if not groups or groups[-1].category != offer.service.category:
            groups.append(Group(offer.service.category, []))
        groups[-1].offers.append(offer)
    return groups


@require_safe
def service_list(request: HttpRequest, *, booking: bool = False) -> HttpResponse:
    """The same list browses at /services/ and begins a booking at /book/."""
    asked = read_query(SearchQuery, request.GET)
    text, draft = asked["q"] or "", asked["draft"] or ""
    everything = offers(request, booking=booking, draft=draft)
    found = _matching(everything, text) if text else everything
    context = {
        "groups": _grouped(found),
        "count": len(found),
        "booking": booking,
        "text": text,
        "draft": draft,
        "searchable": len(everything) >= SEARCH_FROM,
        "any_offered": bool(everything),
    }
    if wants_fragment(request, "services"):
        return render(request, "website/services_list.html", context)
    return render(request, "website/services.html", context)


@require_safe
def service(request: HttpRequest, slug: str) -> HttpResponse:
    """One service, for deciding and for search engines."""
    shown = flow.offered_service(slug)
    if not flow.is_offered(shown):
        return flow.withdrawn(request, shown)
    if shown.is_class:
        return redirect("website:class", shown.slug)
    terms = terms_by_provider(shown)
    context = {
        "service": shown,
        "providers": [(each, terms[each.pk]) for each in flow.providers_of(shown)],
        "price": prices_of([shown])[shown.pk],
        "earn": points_by_service(features_of(request)).get(shown.pk),
    }
    return render(request, "website/service.html", context)


@require_safe
def next_times(request: HttpRequest, slug: str) -> HttpResponse:
    """The next three free times, fetched after the page is painted."""
    shown = flow.offered_service(slug)
    if not flow.is_offered(shown) or shown.is_class:
        return flow.withdrawn(request, shown)
    today = local_today(business_of(request))
    slots = openings.first_slots(shown, today, count=3)
    return render(request, "website/service_times.html", {"service": shown, "slots": slots})
