"""How many inputs each part sends at least on PostgreSQL; a part that sends fewer fails.

On SQLite each part sends every tenth: the two differ in what a column takes (NUL, surrogates,
long numbers), and that is what the sample keeps an eye on.
"""

from __future__ import annotations

from tests.conftest import on_postgres

ALL_TOGETHER = 15_000
AT_LEAST = {
    "forms of a guest": 1_000,
    "forms of a client": 1_800,
    "forms of steps": 250,
    "forms of the panel": 1_800,
    "forms of the desk": 200,
    "forms that book at the desk": 200,
    "addresses of the website": 3_000,
    "addresses of the panel, from outside": 8_000,
    "addresses of the panel, from inside": 900,
    "addresses of nobody": 100,
}


def step() -> int:
    return 1 if on_postgres() else 10


def enough(part: str, count: int) -> None:
    assert count >= AT_LEAST[part] // step() // (1 if on_postgres() else 2), (part, count)
