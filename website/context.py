"""What every page of the website has at hand: the business, the switches, who is looking.

Nothing is read before a template asks for it, so the admin panel pays nothing, and error pages
that are shown before the session was looked at work too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from loyalty.points import balance_of
from website.languages import own_names
from website.theme import theme_of
from website.visitors import business_of, features_of, my_client


class LanguageLink(NamedTuple):
    """This page in another language; ``name`` is in that language itself."""

    code: str
    name: str
    link: str
    current: bool


def site(request: HttpRequest) -> dict[str, Any]:
    """The context processor of the website.

    ``my_client`` and ``my_points`` may be None, which a lazy object cannot be: templates call
    them. Queries: at most one each for business, switches, client and points.
    """
    return {
        "business": SimpleLazyObject(lambda: business_of(request)),
        "features": SimpleLazyObject(lambda: features_of(request)),
        "theme": theme_of(request),
        "my_client": lambda: my_client(request),
        "my_points": _points(request),
        "language_links": lambda: language_links(request),
        "legal_links": legal_links,
        # Whole addresses come from here: the Host header is the visitor's word (T19), and asking
        # for a wrong one would break the very page that refuses it.
        "base_url": settings.BASE_URL,
    }


def _points(request: HttpRequest) -> Callable[[], int | None]:
    """Spendable points; None for a stranger and while nothing can be earned or spent."""

    @cache
    def points() -> int | None:
        client = my_client(request)
        if client is None or not features_of(request).loyalty:
            return None
        return balance_of(client)

    return points


def language_links(request: HttpRequest) -> list[LanguageLink]:
    """This page in every language; a page that is not there leads to the front page."""
    here = request.get_full_path() if getattr(request, "resolver_match", None) else None
    current = get_language()
    return [
        LanguageLink(code, name, _in_language(here, code), code == current)
        for code, name in own_names()
    ]


def _in_language(path: str | None, code: str) -> str:
    if path is not None:
        return translate_url(path, code)
    with override(code):
        return reverse("website:home")


def legal_links() -> list[tuple[str, str]]:
    return [
        (_("Contact"), reverse("website:contact")),
        (_("Terms"), reverse("website:terms")),
        (_("Privacy"), reverse("website:privacy")),
        (_("Accessibility"), reverse("website:accessibility")),
    ]
