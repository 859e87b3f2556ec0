"""Noticing a slip in an e-mail address: a hint that can be taken or left, never an error (C6)."""

from __future__ import annotations

from difflib import get_close_matches

# Where most private addresses of our three languages live.
WELL_KNOWN = (
    "gmail.com",
    "hotmail.com",
    "hotmail.dk",
    "hotmail.fi",
    "icloud.com",
    "live.dk",
    "live.fi",
    "luukku.com",
    "outlook.com",
    "outlook.dk",
    "yahoo.com",
    "yahoo.dk",
)
# Two of the shorter names are this alike by themselves, so it must be stricter than their likeness.
_ALIKE = 0.85


def likelier_address(email: str) -> str:
    """``greta@gmail.com`` for ``greta@gmial.com``; "" where nothing suggests a slip."""
    name, _at, host = email.strip().rpartition("@")
    host = host.lower()
    if not name or host in WELL_KNOWN:
        return ""
    near = get_close_matches(host, WELL_KNOWN, n=1, cutoff=_ALIKE)
    return f"{name}@{near[0]}" if near else ""
