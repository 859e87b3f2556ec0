"""Unfold's words are translated: by Django's catalogues or by being in ours."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import django
import unfold

from backoffice.unfold_strings import NOT_SHOWN, SHOWN

UNFOLD = Path(unfold.__file__).parent
TAG = re.compile(r"""\{%\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""")
CALL = re.compile(r"""_\((?:"([^"]*)"|'([^']*)')\)""")


def _sources(suffix: str) -> list[Path]:
    """Without contrib: of it the panel has only Unfold's filters and form fields installed."""
    return [path for path in UNFOLD.rglob(f"*{suffix}") if "contrib" not in path.parts]


def _of_templates() -> set[str]:
    found: set[str] = set()
    for path in _sources(".html"):
        if "unfold_crispy" in path.parts:
            continue
        text = path.read_text("utf-8")
        parts = [*TAG.findall(text)]
        for tag in re.findall(r"\{[%{].*?[%}]\}", text, re.DOTALL):
            parts += CALL.findall(tag)
        found |= {double or single for double, single in parts}
    return found


def _of_code() -> set[str]:
    found: set[str] = set()
    for path in _sources(".py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id == "_" and isinstance(first, ast.Constant):
                    found.add(str(first.value))
    return found


def _by_django(language: str) -> set[str]:
    found: set[str] = set()
    pattern = f"locale/{language}/LC_MESSAGES/django.mo"
    for path in Path(django.__file__).parent.rglob(pattern):
        with path.open("rb") as file:
            keys = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            found |= {key if isinstance(key, str) else key[0] for key in keys}
    return found


def test_every_word_of_unfold_is_in_a_catalogue_or_known_not_to_be_shown() -> None:
    words = _of_templates() | _of_code()
    untranslated = words - (_by_django("da") & _by_django("fi"))

    assert untranslated - {*SHOWN, *NOT_SHOWN} == set()
    assert {*SHOWN, *NOT_SHOWN} - untranslated == set()
