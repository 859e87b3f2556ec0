"""A provider's calendar feed, fetched by calendar programs (no session, no sign-in)."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import override
from django.views.decorators.http import require_safe

from catalogue.feeds import find_feed
from foundation.rates import hit
from sales.provider_feed import provider_calendar
from website.visitors import business_of, guess_sources

# A salon's programs share one address on the network, and each asks every few minutes.
LIMIT, WINDOW = 120, 10 * 60
FRESH_FOR = 5 * 60


@require_safe
def provider_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The calendar behind a secret address; every other address is simply not there."""
    hit("provider-feed", guess_sources(request)[0], limit=LIMIT, seconds=WINDOW)
    provider = find_feed(token)
    if provider is None:
        raise Http404
    language = provider.user.language if provider.user is not None else ""
    with override(language or settings.LANGUAGE_CODE):
        content = provider_calendar(provider, business_of(request))
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.headers["Cache-Control"] = f"private, max-age={FRESH_FOR}"
    response.headers["X-Robots-Tag"] = "noindex"
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response
