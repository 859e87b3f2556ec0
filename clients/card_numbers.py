"""Loyalty card numbers: typed, scanned or made here, one for each client who has a card.

A number names a client and opens nothing: it finds them at the desk, like a name does.
"""

from __future__ import annotations

import re
import secrets

from django.db import IntegrityError

from clients.errors import CardNumberOdd
from clients.models import Client
from foundation.locks import violated_constraint

# What a scanner types, of whatever card: short numbers that a shop gave out by hand, and long ones.
FORM = re.compile(r"[0-9A-Z]{4,20}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015]")


def card_number_of(text: str) -> str:
    """``text`` as a card number is kept, without spaces and hyphens and in capitals; empty if it
    cannot be one.

    >>> card_number_of("2 000-123 ab")
    '2000123AB'
    """
    number = _BETWEEN.sub("", text).upper()
    return number if FORM.fullmatch(number) else ""


def grouped_card_number(number: str) -> str:
    """In groups of four, as it is read out.

    >>> grouped_card_number("2000123456789")
    '2000 1234 5678 9'
    """
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))


def read_card_number(text: str) -> str:
    """What staff typed; nothing stays nothing. Raises CardNumberOdd."""
    number = card_number_of(text)
    if text.strip() and not number:
        raise CardNumberOdd
    return number


def new_card_number() -> str:
    """Thirteen digits with which no product is marked, the last one a check on the others.

    GS1 General Specifications, 2.1.11.1: numbers that begin with 2 are each shop's own; 7.9.1: the
    check digit. Any bar code reader reads them as an EAN-13.
    """
    digits = [2, *(secrets.randbelow(10) for _ in range(11))]
    weighed = sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return "".join(map(str, [*digits, -weighed % 10]))


def is_card_number(text: str) -> bool:
    """Whether ``text`` is the number of somebody's loyalty card."""
    number = card_number_of(text)
    return bool(number) and Client.objects.filter(card_number=number).exists()


def is_taken(error: IntegrityError) -> bool:
    """Whether the database refused a number because another client has it."""
    name = violated_constraint(error)
    return "client_card_number_once" in name or "clients_client.card_number" in name
