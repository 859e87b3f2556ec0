"""Folding of names for search and sorting.

SQLite's ``LIKE`` and ``lower()`` know only ASCII, and the two databases order letters
differently; both read a folded column instead, written by the command that writes the name.
"""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "ð": "d", "þ": "th", "ł": "l"})


def fold(text: str) -> str:
    """``text`` in lower case, without accents and without runs of white space.

    >>> fold("  Märta  ØSTERGÅRD ")
    'marta ostergard'
    """
    # Taken apart first: ǿ is an ø with an accent, and some capitals appear only then.
    lowered = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", lowered)
    plain = "".join(ch for ch in decomposed if not unicodedata.combining(ch))
    return " ".join(plain.translate(_LETTERS).split())
