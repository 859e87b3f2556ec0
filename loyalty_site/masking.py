"""Keeps secrets out of the log (T03, T30)."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "•••"

SECRET_NAMES = re.compile(
    r"(?i)(password|passwd|secret|token|pepper|authorization|cookie|csrf|session|api_?key"
    r"|encryption_?key|(^|_)code$|gift_?code|login_?code)"
)
# Four groups of four, as gift card codes are written, or in one word, as they are compared; the
# last four stay, as everywhere else.
GIFT_CODE = re.compile(
    r"\b(?:(?:[0-9A-Za-z]{4}[-‐‑‒–—−]){3}|(?=[0-9]*[A-Z])(?=[A-Z]*[0-9])[0-9A-HJKMNP-TV-Z]{12})"
    r"([0-9A-Za-z]{4})\b"
)
# PostgreSQL prints the whole row that a constraint refused, and the value that was there already.
REFUSED_ROW = re.compile(r"(DETAIL:  ).*")
# Addresses that open something by themselves: a stop or consent link, a card, a draft, a place in
# line, a calendar feed, a reset.
SECRET_ADDRESS = re.compile(r"(/(?:m|c|g|d|w|calendar|key|confirm-email)/)[^\s/?#]{8,}")
# What stands behind the question mark: manage keys, and what staff search for, which is names.
QUERY = re.compile(r"^((?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) [^\s?]*\?).*", re.DOTALL)


def _masked(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value  # a status code, an error's number, a duration
    if SECRET_NAMES.search(name):
        return MASK
    if isinstance(value, str):
        value = REFUSED_ROW.sub(rf"\1{MASK}", GIFT_CODE.sub(rf"{MASK}-\1", value))
        return QUERY.sub(rf"\1{MASK}", SECRET_ADDRESS.sub(rf"\1{MASK}", value))
    if isinstance(value, Mapping):
        return {key: _masked(str(key), each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked("", each) for each in value]
    return value


def mask_secrets(
    logger: Any, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A structlog processor: masks by the name of a field, and codes wherever they stand.

    It runs after the traceback was written out (without local variables), so that the words of an
    exception are masked too."""
    return {
        name: value if name in {"level", "logger", "timestamp"} else _masked(name, value)
        for name, value in event.items()
    }
