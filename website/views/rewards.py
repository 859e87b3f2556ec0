"""How points work, for everybody (ux C18)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalogue.models import Service
from loyalty.rewards import service_rewards
from loyalty.rules import points_by_service
from website.purse import affordable_first, offers, purse_of
from website.visitors import business_of, features_of, my_client


@require_safe
def rewards(request: HttpRequest) -> HttpResponse:
    """Gone without a trace while loyalty is off."""
    features = features_of(request)
    if not features.loyalty:
        raise Http404
    client = my_client(request)
    earns = points_by_service(features)
    services = Service.objects.offered_online().filter(pk__in=earns).select_related("category")
    context = {
        "purse": purse_of(request, client) if client else None,
        "delay_hours": round(business_of(request).award_delay_minutes / 60),
        "services": [(service, earns[service.pk]) for service in services],
        "booked_by_points": service_rewards(online=True),
        "offers": affordable_first(offers(request, client)),
    }
    return render(request, "website/rewards.html", context)
