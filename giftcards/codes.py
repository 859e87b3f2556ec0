"""Codes of gift cards: 80 random bits, written so that people can read them out.

Sixteen characters of Crockford's alphabet (no I, L, O, U). At 1.7 million guesses an hour against
ten thousand live cards, 38 bits are found every day and 80 bits never (reliability trap 16). A
code is bearer money: it never stands in an address, a log or a task's arguments.
"""

from __future__ import annotations

import secrets

from foundation.crypto import keyed_hash

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16

# What folds to nothing is looked up as this: no code holds a U, and the work stays the same.
NO_CODE = "U" * LENGTH

_LOOSE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_LONGEST_INPUT = 64


def new_code() -> str:
    """A fresh code in four groups, like ``7K3M-9QXA-02TB-WHZN``."""
    return group_code("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def fold_code(text: str) -> str | None:
    """The sixteen characters meant by ``text``, or None when it cannot be a code.

    Case, spaces and dashes of any kind do not matter; O reads as 0, I and L as 1.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    plain = "".join("-" if ch in "‐‑‒–—−" else ch for ch in " ".join(text.split()))
    folded = plain.upper().translate(_LOOSE)
    if len(folded) != LENGTH or not set(folded) <= set(ALPHABET):
        return None
    return folded


def group_code(folded: str) -> str:
    """``folded`` as it is printed: four groups of four."""
    return "-".join(folded[start : start + 4] for start in range(0, LENGTH, 4))


def hash_code(folded: str) -> str:
    """What a card is found by: a keyed hash whose key is not in the database (T04)."""
    return keyed_hash(folded, purpose="gift-card")
