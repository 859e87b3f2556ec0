"""Keyed hashes to find secrets by, and authenticated encryption to show them again.

A stolen dump holds neither: the pepper and the encryption keys are settings outside the
database (reliability T04). ``FIELD_ENCRYPTION_KEYS`` lists Fernet keys, the newest first; older
ones stay readable until the rows are written again.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UnreadableSecret(Exception):
    """No configured key opens this value: a key was dropped, or the row was tampered with."""


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text behind ``token``. Raises UnreadableSecret."""
    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret("no key opens this value") from error


def keyed_hash(value: str, *, purpose: str) -> str:
    """HMAC-SHA-256 of ``value`` in hex; ``purpose`` keeps one use apart from another."""
    message = f"{purpose}\0{value}".encode()
    return hmac.new(settings.CODE_HASH_PEPPER.encode(), message, hashlib.sha256).hexdigest()
