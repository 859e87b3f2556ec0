"""Where a form leads back to: only ever a page of this site (reliability T18)."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def own_page(address: str | None) -> str:
    """``address`` when it is a path of this site, else the empty string."""
    if not address or not address.startswith("/"):
        return ""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else ""
