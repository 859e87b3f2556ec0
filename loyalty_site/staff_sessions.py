"""Staff are signed out after half an hour without a request, after twelve hours anyway (T20)."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from foundation import clock

STARTED = "staff_session_started"
LAST_SEEN = "staff_session_last_seen"


class StaffSessionMiddleware:
    """Both instants lie in the session as whole seconds of the project's clock. A session that
    has none yet starts now: it was made by signing in a moment ago."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.is_staff:
            self._enforce(request)
        return self.get_response(request)

    def _enforce(self, request: HttpRequest) -> None:
        now = int(clock.now().timestamp())
        started = request.session.get(STARTED, now)
        last_seen = request.session.get(LAST_SEEN, now)
        too_long = now - started > settings.STAFF_SESSION_LENGTH
        too_idle = now - last_seen > settings.STAFF_SESSION_IDLE
        if too_long or too_idle:
            logout(request)
            return
        # Not written on every request: each write is a row in the sessions table.
        if STARTED not in request.session or now - last_seen >= 60:
            request.session[STARTED] = started
            request.session[LAST_SEEN] = now
