"""Sessions in the database, asked only for keys that could be one.

Django takes any cookie of eight characters for a key. PostgreSQL refuses a NUL in a text, and a
visitor with a broken cookie would see a fault instead of the page.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore


class SessionStore(DatabaseStore):
    def _validate_session_key(self, key: Any) -> bool:
        is_long: bool = super()._validate_session_key(key)  # type: ignore[misc]
        return is_long and key.isascii() and key.isalnum()
