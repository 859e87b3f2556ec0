"""The secret address of a provider's calendar feed: a signature, of which nothing is stored.

It is signed over the provider and a number; another number makes another address, and the one
before then leads nowhere, like any that was guessed.
"""

from __future__ import annotations

import hmac

from django.db import transaction

from catalogue.models import Provider
from foundation.crypto import keyed_hash
from foundation.errors import NotAllowed
from foundation.locks import lock_one
from foundation.models import User

_KEY_LENGTH = 32  # hex digits: 128 bits


def feed_token(provider: Provider) -> str:
    """What the address ends in: whose feed it is, and the signature that opens it."""
    return f"{provider.pk}-{_key(provider)}"


def find_feed(token: str) -> Provider | None:
    """Whose feed the address opens; None for every address that opens none, whatever is wrong."""
    number, _, key = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    provider = Provider.objects.filter(pk=int(number)).select_related("user").first()
    if provider is None:
        return None
    fits = hmac.compare_digest(_key(provider).encode(), key.encode(errors="replace"))
    return provider if fits and provider.archived_at is None else None


def may_have_feed(provider: Provider, actor: User) -> bool:
    """Whether ``actor`` may see and renew the address: their own, or who keeps the providers."""
    own = provider.user_id is not None and provider.user_id == actor.pk
    return own or actor.has_perm("catalogue.change_provider")


def renew_feed(*, provider: Provider, actor: User) -> Provider:
    """Give the feed another address; the one before is over at once. Raises NotAllowed."""
    if not may_have_feed(provider, actor):
        raise NotAllowed
    with transaction.atomic():
        # Of two at once each makes a new address, and neither brings one back.
        locked = lock_one(Provider.objects.all(), provider.pk)
        locked.feed_version += 1
        locked.save(update_fields=["feed_version"])
    return locked


def _key(provider: Provider) -> str:
    content = f"{provider.pk}:{provider.feed_version}"
    return keyed_hash(content, purpose="provider-feed")[:_KEY_LENGTH]
