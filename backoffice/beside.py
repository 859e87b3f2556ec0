"""Pages of one booking shown beside the calendar (ux S3): the same addresses, without the frame.

The calendar's script asks for them with htmx into its ``aside``; anybody else gets the page.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise

from foundation.staff import staff_response

PANEL = "booking-panel"


def is_beside(request: HttpRequest) -> bool:
    return request.headers.get("HX-Target") == PANEL


def page_or_beside(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    title: str | Promise,
    status: int = 200,
) -> TemplateResponse:
    """``template`` in the panel's frame, or alone for the ``aside``; it extends ``frame``."""
    beside = is_beside(request)
    frame = "backoffice/calendar_beside.html" if beside else "backoffice/page.html"
    context = {"frame": frame, "is_beside": beside, **context}
    response = staff_response(request, template, context, title=title, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
