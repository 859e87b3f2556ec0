"""Who is looking at the website, and what every page needs to know: read once per request."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import wraps
from typing import Any, TypeVar, cast

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse

from business.features import get_features
from business.models import Business, Features
from business.profile import get_business
from clients.models import Client
from clients.people import client_for_user
from foundation.models import User

View = Callable[..., HttpResponse]
T = TypeVar("T")


def _once_per_request(request: HttpRequest, key: str, read: Callable[[], T]) -> T:
    memory = getattr(request, "visitor_memory", None)
    if memory is None:
        memory = {}
        cast("Any", request).visitor_memory = memory
    if key not in memory:
        memory[key] = read()
    return memory[key]


def business_of(request: HttpRequest) -> Business:
    return _once_per_request(request, "business", get_business)


def features_of(request: HttpRequest) -> Features:
    """The switches as this visitor meets them: who is left out of the programme meets no
    loyalty, as if it were off."""

    def read() -> Features:
        features, client = _switches_of(request), my_client(request)
        if client is not None and client.left_out_at is not None:
            features = copy(features)
            features.loyalty = False
        return features

    return _once_per_request(request, "features", read)


def _switches_of(request: HttpRequest) -> Features:
    return _once_per_request(request, "switches", get_features)


def my_user(request: HttpRequest) -> User | None:
    """Who is signed in on the website; nobody while the feature client login is off."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not _switches_of(request).client_login:
        return None
    return cast("User", user)


def my_client(request: HttpRequest) -> Client | None:
    """The client record of whoever is signed in, without making one: staff who never booked
    have none. Every page about somebody's own things starts here (reliability T08)."""

    def read() -> Client | None:
        user = my_user(request)
        return Client.objects.filter(user=user).first() if user else None

    return _once_per_request(request, "client", read)


def ensure_my_client(request: HttpRequest) -> Client | None:
    """As ``my_client``, but a login's record is made at its first need. For POSTs."""
    client = my_client(request)
    user = my_user(request)
    if client is None and user is not None:
        client = client_for_user(user)
        cast("Any", request).visitor_memory["client"] = client
    return client


def guess_sources(request: HttpRequest) -> list[str]:
    """Who a try at a gift card code counts against: the address, and the account or session.

    The address is counted from the trusted proxies, so that a forged X-Forwarded-For does not
    open a fresh allowance (reliability T01, T22).
    """
    try:
        address = get_adapter().get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        # All of them share one allowance: an address nobody can tell is never "unlimited".
        address = "unknown"
    sources = [f"address:{address}"]
    if request.user.is_authenticated:
        sources.append(f"user:{request.user.pk}")
    elif request.session.session_key:
        sources.append(f"session:{request.session.session_key}")
    return sources


def private_page(view: View) -> View:
    """A page about one person: kept by no cache and listed by no search engine (T26)."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "no-store, private"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return wrapped


def wants_fragment(request: HttpRequest, target: str) -> bool:
    """Whether htmx asks for this part of the page only, and not for Back's whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and htmx.target == target and not htmx.history_restore_request
