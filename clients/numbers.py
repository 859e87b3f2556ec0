"""Phone numbers in what somebody searches for: as people say them, found as they are stored."""

from __future__ import annotations

import re

import phonenumbers

from business.phones import phone_region
from business.profile import get_business

# Digits in groups, as they are read out: 040 100 0212, 040-1000212, +358 (0)40 1000212.
NUMBER = re.compile(r"(?<!\S)[+(]*\d(?:[ ()/.-]*\d)*(?!\S)")
# Of fewer digits nobody can tell whether they are a number.
SHORTEST_NUMBER = 3


def digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def split_numbers(text: str) -> list[tuple[str, ...]]:
    """The words of ``text`` (folded); a phone number is one word, in every way it may be stored.

    >>> split_numbers("anna +358 (0)40-100 0212")
    [('anna',), ('+358401000212',)]
    """
    words: list[tuple[str, ...]] = []
    end = 0
    for match in NUMBER.finditer(text):
        words += [(word,) for word in text[end : match.start()].split()]
        words.append(_ways(match[0]))
        end = match.end()
    return words + [(word,) for word in text[end:].split()]


def _ways(number: str) -> tuple[str, ...]:
    """A number in a row, and if it begins as at home, with the country's code instead of that."""
    if number.startswith("+"):
        number = number.replace("(0)", "")
        return ("+" + digits_of(number),)
    plain = digits_of(number)
    if len(plain) < SHORTEST_NUMBER:
        return (plain,)
    if plain.startswith("00"):
        return (plain, "+" + plain[2:])
    region = phone_region(get_business())
    known = phonenumbers.PhoneMetadata.metadata_for_region(region)
    zero = known.national_prefix if known else None
    if not zero or not plain.startswith(zero):
        return (plain,)
    return (plain, f"+{phonenumbers.country_code_for_region(region)}{plain[len(zero) :]}")
