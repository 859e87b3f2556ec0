"""Addresses in mail, built from the configured base address and never from a request.

A forged Host header would otherwise send somebody else's reset link to an attacker's site
(reliability T19).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings


def site_url(path: str = "/", language: str | None = None) -> str:
    """``path`` (``/account/points/``) on the website, in ``language``.

    The default language has no prefix in the path, the others have theirs (ux 1.1).
    """
    prefix = ""
    if language and language != settings.LANGUAGE_CODE:
        prefix = f"/{language}"
    return f"{settings.BASE_URL.rstrip('/')}{prefix}{path}"


def on_own_site(address: str) -> str:
    """``address`` with its scheme and host replaced by ours; path and query stay."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{settings.BASE_URL.rstrip('/')}{parts.path or '/'}{query}"


def mail_host() -> str:
    """The host name that our Message-IDs and calendar identities end in."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"
