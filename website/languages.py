"""The languages of the website, each under its own name."""

from __future__ import annotations

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import get_language_info


def own_names() -> list[tuple[str, str]]:
    """``[("en", "English"), ("da", "Dansk"), ("fi", "Suomi")]``"""
    return [
        (code, capfirst(get_language_info(code)["name_local"]))
        for code, _name in settings.LANGUAGES
    ]
