"""Signed links that stop marketing messages without signing in (ux C26, reliability T28).

The token names the client and nothing else; it cannot be made without the secret key, and it does
not expire: an old mail must still be a way out. The page behind it belongs to the website.
"""

from __future__ import annotations

from django.core import signing

from notifications.errors import BadStopLink
from notifications.links import site_url

_SALT = "notifications.stop"


def make_stop_token(client_id: int) -> str:
    return signing.Signer(salt=_SALT).sign_object([client_id])


def read_stop_token(token: str) -> int:
    """The id of the client who wants to stop. Raises BadStopLink."""
    try:
        (client_id,) = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise BadStopLink from None
    if not isinstance(client_id, int):
        raise BadStopLink
    return client_id


def stop_url(client_id: int, language: str | None = None) -> str:
    """The address of the page, which also answers a mail program's one-click POST."""
    return site_url(f"/m/{make_stop_token(client_id)}/", language)
