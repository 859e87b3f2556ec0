from __future__ import annotations

import pytest
from django.utils.translation import override

from foundation.translated import Translated, text_in


class Thing:
    name = Translated("name")

    def __init__(self, en: str = "", da: str = "", fi: str = "") -> None:
        self.name_en, self.name_da, self.name_fi = en, da, fi


@pytest.mark.parametrize(
    ("active", "texts", "shown"),
    [
        ("da", {"en": "Cut", "da": "Klip", "fi": "Leikkuu"}, "Klip"),
        ("en-gb", {"en": "Cut", "da": "Klip"}, "Cut"),
        ("fi", {"en": "Cut", "da": "Klip"}, "Cut"),
        ("en", {"da": "Klip", "fi": "Leikkuu"}, "Klip"),
        ("en", {"fi": "Leikkuu"}, "Leikkuu"),
        ("da", {}, ""),
    ],
)
def test_translated_reads_the_active_language_then_falls_back(active, texts, shown):
    with override(active):
        assert Thing(**texts).name == shown


def test_translated_falls_back_to_the_default_language_first(settings):
    settings.LANGUAGE_CODE = "fi"
    with override("da"):
        assert Thing(en="Cut", fi="Leikkuu").name == "Leikkuu"


def test_translated_without_an_active_language_uses_the_default():
    with override(None):
        assert Thing(en="Cut", da="Klip").name == "Cut"


def test_text_in_reads_one_language_whatever_is_active():
    with override("fi"):
        assert text_in(Thing(en="Cut", da="Klip", fi="Leikkuu"), "name", "da") == "Klip"
