"""The clients that a search found, as staff see them: the owner of the card first."""

from __future__ import annotations

from django.db.models import QuerySet

from clients.card_numbers import card_number_of
from clients.models import Client


def first_found(found: QuerySet[Client], text: str, many: int) -> list[Client]:
    """The first ``many`` of ``found``, before all others whose loyalty card has the number
    ``text``: a short number is part of many a phone number too, and its owner would be lost."""
    number = card_number_of(text)
    owner = list(found.filter(card_number=number)) if number else []
    others = found.exclude(pk__in=[each.pk for each in owner]) if owner else found
    return [*owner, *others[: many - len(owner)]]
