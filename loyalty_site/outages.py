"""The page for a request that failed: "in a moment" when the database is away, full or read-only
(F09, F47), and the plain error page otherwise.

It is Django's handler for errors, and not a middleware, because the first read of a request
happens in the middlewares themselves (session, switches), whose errors no other middleware sees.
"""

from __future__ import annotations

import sys

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from foundation.outages import is_busy, is_outage

RETRY_AFTER = 30  # seconds: the time in which a worker, too, has found the database again


def answer_failure(request: HttpRequest) -> HttpResponse:
    """Called inside the ``except`` block of the failed request."""
    error = sys.exception()
    if not (is_outage(error) or is_busy(error)):
        return server_error(request)
    # The middlewares outside would ask the database again who this is.
    request.user = AnonymousUser()
    # Without the request: its context processors read the database.
    page = render_to_string("503.html")
    headers = {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}
    return HttpResponse(page, status=503, headers=headers)
