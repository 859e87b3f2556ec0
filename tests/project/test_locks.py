"""Row locks must not stand in the way of rows that merely point at them."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

CODE = [
    path
    for path in Path(settings.BASE_DIR).rglob("*.py")
    if not {".venv", "tests", "migrations", "var"} & set(path.relative_to(settings.BASE_DIR).parts)
]


def test_every_row_lock_is_for_no_key_update() -> None:
    """A plain FOR UPDATE waits for the KEY SHARE of a foreign key and deadlocks across our order
    (foundation/locks.py)."""
    plain = [
        f"{path.name}: {call}"
        for path in CODE
        for call in re.findall(r"select_for_update\([^\n]*", path.read_text(encoding="utf-8"))
        if "no_key=True" not in call
    ]
    raw = [
        path.name
        for path in CODE
        if re.search(r"FOR UPDATE[ \"']", path.read_text(encoding="utf-8"))
        and path.name == "sql.py"
    ]
    assert (plain, raw) == ([], [])
