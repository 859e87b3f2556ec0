"""The model stays plain: short, and without a line of what it checks."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

MODEL = Path(__file__).with_name("model.py")
MOST_LINES = 300


def test_the_model_is_short() -> None:
    assert len(MODEL.read_text("utf-8").splitlines()) <= MOST_LINES


def test_the_model_stands_on_the_standard_library_alone() -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(MODEL.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}

    assert imported <= sys.stdlib_module_names
