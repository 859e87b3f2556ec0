"""A provider's calendar feed: its secret address to copy, and a button that renews it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from backoffice.base import actor_of
from catalogue.feeds import feed_token, may_have_feed, renew_feed
from catalogue.models import Provider
from foundation.models import User
from foundation.staff import refusal, staff_page, staff_response
from notifications.links import site_url

TITLE = gettext_lazy("Calendar feed")
# Every role has it; whose feed it may be is asked of the provider itself.
PERMISSION = "bookings.view_booking"


def feed_of(user: User) -> Provider | None:
    """The provider that ``user`` is, while on offer."""
    return Provider.objects.filter(user=user, archived_at__isnull=True).first()


@require_safe
@staff_page(PERMISSION, what=TITLE)
def own_feed(request: HttpRequest) -> HttpResponseBase:
    """One's own address; a login that no provider belongs to is told so."""
    return _page(request, feed_of(actor_of(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(PERMISSION, what=TITLE)
def provider_feed(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The address of one provider: for themselves, and for who keeps the providers."""
    provider = get_object_or_404(Provider, pk=pk, archived_at__isnull=True)
    actor = actor_of(request)
    if not may_have_feed(provider, actor):
        return refusal(request, permission="catalogue.change_provider", what=TITLE)
    if request.method == "POST":
        renew_feed(provider=provider, actor=actor)
        messages.success(request, _("The calendar has a new address. The old one is over."))
        return redirect("backoffice:provider-feed", provider.pk)
    return _page(request, provider)


def _page(request: HttpRequest, provider: Provider | None) -> HttpResponseBase:
    address = site_url(f"/calendar/{feed_token(provider)}.ics") if provider is not None else ""
    context = {"provider": provider, "address": address}
    return staff_response(request, "backoffice/feed.html", context, title=TITLE)
