"""Danish and Finnish are complete."""

from __future__ import annotations

import os
import runpy
import shutil
from typing import Any

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

LANGUAGES = [code for code, name in settings.LANGUAGES if code != "en"]
SCRIPT: dict[str, Any] = runpy.run_path(str(settings.BASE_DIR / "scripts" / "messages.py"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    assert SCRIPT["incomplete"](language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogue_is_current(language: str) -> None:
    assert SCRIPT["outdated"](language) == []


@pytest.mark.slow
def test_catalogues_hold_exactly_the_texts_of_the_code() -> None:
    if shutil.which("xgettext") is None:
        assert os.environ.get("CI") != "true", "CI must have gettext"
        pytest.skip("gettext is not installed (on Debian: apt install gettext)")
    assert SCRIPT["stale"](LANGUAGES) == []
