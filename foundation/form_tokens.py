"""One-time form tokens: a double click, a refresh or Back does a thing once (reliability F22)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction

from foundation import clock
from foundation.errors import BadInput, FormAlreadyUsed
from foundation.models import FormUse

TOKEN_LENGTH = 22


def new_form_token() -> str:
    """A token for a form that is about to be shown: 128 random bits."""
    return secrets.token_urlsafe(16)


def content_hash(content: Any) -> str:
    """A hash of what a form asked for; equal content gives an equal hash."""
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def was_used(token: str) -> bool:
    """Whether something was done by this form already; ``once`` knows what."""
    return _could_be_ours(token) and FormUse.objects.filter(token=token).exists()


@contextmanager
def once(*, token: str, purpose: str, content: Any) -> Iterator[FormUse]:
    """Claim ``token`` inside the caller's transaction.

    The row yielded has ``result`` filled when the form was used before: return that result and
    do nothing. Otherwise do the work and set ``result``; it is saved at the end. Two requests at
    once meet on the unique token: the second waits for the first and then sees its result.
    Raises FormAlreadyUsed for the same token with other content, BadInput for a token that we
    cannot have made.
    """
    if not _could_be_ours(token):
        raise BadInput
    digest = content_hash(content)
    use = FormUse(token=token, purpose=purpose, content_hash=digest, created_at=clock.now())
    try:
        with transaction.atomic():
            use.save(force_insert=True)
    except IntegrityError:
        use = FormUse.objects.get(token=token)
        if use.purpose != purpose or use.content_hash != digest:
            raise FormAlreadyUsed from None
        yield use
        return
    yield use
    use.save(update_fields=["result"])


def _could_be_ours(token: str) -> bool:
    return 16 <= len(token) <= 64 and token.replace("-", "").replace("_", "").isalnum()
