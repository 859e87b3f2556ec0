"""Refusals that any page may meet, said in one way."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.errors import TooManyAttempts


class RefusalsMiddleware:
    """A limit that was passed becomes the page that says how long to wait (429)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, TooManyAttempts):
            return None
        context = {"retry_minutes": error.params["minutes"]}
        response = render(request, "429.html", context, status=429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
