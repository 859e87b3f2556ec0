"""/healthz: database, cache and the age of the last sweep, for machines that watch."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from foundation import clock, rates
from loyalty.models import SweepRun

CACHE_PROBE = "healthz"


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when all is well, 503 when something needs a person; the body says what.

    A sweep that never ran is no fault: a new installation has not had its first five minutes.
    """
    parts = {"database": _database(), "cache": _cache(), "sweep": _sweep()}
    healthy = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": healthy, **parts}, status=200 if healthy else 503)


def _database() -> dict[str, Any]:
    """A database that answers and takes no writes (full disk, read-only) is not well (F47)."""
    try:
        rates.hit("healthz", "all", limit=2**31 - 1, seconds=24 * 60 * 60)
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True, "engine": connection.vendor}


def _cache() -> dict[str, Any]:
    """Read back what was written: a lost Redis answers politely, with nothing.

    The clock may be the database's: it is asked inside, or a lost database would be a page.
    """
    try:
        cache.set(CACHE_PROBE, str(clock.now().timestamp()), timeout=60)
        found = cache.get(CACHE_PROBE)
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": found is not None}


def _sweep() -> dict[str, Any]:
    try:
        now = clock.now()
        last = SweepRun.objects.order_by("-started_at").first()
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    if last is None:
        return {"ok": True, "age_seconds": None}
    age = int((now - last.started_at).total_seconds())
    return {"ok": age <= settings.SWEEP_LATE_AFTER, "age_seconds": age}
