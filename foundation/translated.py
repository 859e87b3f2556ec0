"""Texts that the business writes, in every language of the product: a column per language.

See docs/adr/0002. A model declares ``name_en``, ``name_da`` and ``name_fi`` with ``text_columns``
and reads the right one through ``name = Translated("name")``.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import get_language

LANGUAGE_CODES = ("en", "da", "fi")


class Translated:
    """The active language's text, else the default language's, else the first that is there."""

    def __init__(self, field: str) -> None:
        self.field = field

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return self.read(instance, get_language())

    def read(self, instance: Any, language: str | None) -> str:
        """The text in ``language`` with the same fallbacks."""
        active = (language or settings.LANGUAGE_CODE).split("-")[0]
        for code in (active, settings.LANGUAGE_CODE.split("-")[0], *LANGUAGE_CODES):
            text = getattr(instance, f"{self.field}_{code}", "")
            if text:
                return text
        return ""


def text_in(instance: Any, field: str, language: str) -> str:
    """``field`` of ``instance`` in ``language``, falling back as Translated does."""
    return Translated(field).read(instance, language)
