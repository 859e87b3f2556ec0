"""The model stays plain: short, and without a line of what it checks."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

FILES = sorted(Path(__file__).with_name("model").glob("*.py"))
# Of one file, and of all together.
MOST_LINES, MOST_IN_ALL = 300, 700


def test_the_model_is_short() -> None:
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in FILES}

    assert [name for name, many in lines.items() if many > MOST_LINES] == []
    assert 0 < sum(lines.values()) <= MOST_IN_ALL


def test_the_model_stands_on_the_standard_library_alone() -> None:
    imported: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
            elif isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}

    own = {name for name in imported if name.startswith("tests.machine.model.")}
    assert {name.partition(".")[0] for name in imported - own} <= sys.stdlib_module_names
