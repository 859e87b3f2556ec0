"""Folding of names for search and sorting.

SQLite's ``LIKE`` and ``lower()`` know only ASCII, and the two databases order letters
differently; both read a folded column instead, written by the command that writes the name.
"""

from __future__ import annotations

import re
import unicodedata

from django.db.models import Q

# What a trigram is made of: three letters or digits in a row.
_TRIGRAM = re.compile(r"[^\W_]{3}")
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


def has_word(column: str, word: str) -> Q:
    """``word`` (folded) in the folded text ``column``: any part of it, or if it has no three
    letters in a row, the beginning of a word.

    A trigram index knows where words begin and what three letters they hold; of the letters
    "bo" somewhere inside it knows nothing, and every row would be read.
    """
    if _TRIGRAM.search(word):
        return Q(**{f"{column}__contains": word})
    return Q(**{f"{column}__startswith": word}) | Q(**{f"{column}__contains": f" {word}"})
