"""F52: a cursor that the garbage collector finalises in the wrong thread, and the two cures.

Seen in the product before it served one request at a time. Reproduced on the bare driver: no
server, no sleep. Thread A leaves an unfinished cursor in a reference cycle and waits for the write
lock; the driver's mutex of A's connection is held while it waits. Thread B has the write lock,
its garbage collector meets A's cursor, and now waits for that mutex: neither goes on until A's
patience is over. What A then reads is its own error or, where B's reset of the cursor comes between
A's failure and the driver's look at the connection's last error, nothing: A takes its transaction
for begun.
"""

from __future__ import annotations

import ast
import gc
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from loyalty_site.embedded import one_request_at_a_time
from tests.project.test_contract import FLOORS

PATIENCE = 1.0  # seconds that A waits for the write lock
NEVER_BEGAN = {"database is locked", "cannot commit - no transaction is active"}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "shop.sqlite3"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE card (id INTEGER PRIMARY KEY)")
        db.executemany("INSERT INTO card VALUES (?)", [(number,) for number in range(100)])
    return file


@pytest.fixture
def no_collection() -> Iterator[None]:
    """The garbage collector runs when the test says so, and through what the test leaves alone: a
    run of thousands of tests leaves enough to be busy with for A's whole patience."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


class Loop:
    """Keeps what it holds until the garbage collector comes by."""

    def __init__(self, held: Any) -> None:
        self.held = held
        self.me = self


def open_shop(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=PATIENCE, isolation_level=None, check_same_thread=False)


def read_one(db: sqlite3.Connection, *, closed: bool) -> None:
    """Read the first of many rows, and leave the cursor to the garbage collector."""
    cursor = db.execute("SELECT id FROM card")
    cursor.fetchone()
    if closed:
        cursor.close()
    Loop(cursor)


def run_a_and_b(file: Path, *, closed: bool) -> str:
    """What became of A, who waits for the write lock while B collects garbage."""
    b_holds, a_waits = threading.Event(), threading.Event()

    def a() -> str:
        db = open_shop(file)
        try:
            read_one(db, closed=closed)
            assert b_holds.wait(10)
            # Called inside the statement: from here on A's connection is locked by its own wait.
            db.set_trace_callback(lambda sql: a_waits.set())
            db.execute("BEGIN IMMEDIATE")
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            return str(error)
        finally:
            db.close()
        return "done"

    def b() -> None:
        db = open_shop(file)
        db.execute("BEGIN IMMEDIATE")
        b_holds.set()
        assert a_waits.wait(10)
        gc.collect()
        db.execute("COMMIT")
        db.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(a), pool.submit(b)
        second.result(timeout=30)
        return first.result(timeout=30)


def test_a_cursor_left_to_the_collector_stalls_both_threads(
    shop: Path, no_collection: None
) -> None:
    """The fault: B did nothing but collect garbage, and A still lost its whole patience."""
    assert run_a_and_b(shop, closed=False) in NEVER_BEGAN


def test_a_closed_cursor_stalls_nobody(shop: Path, no_collection: None) -> None:
    assert run_a_and_b(shop, closed=True) == "done"


def test_one_request_at_a_time_stalls_nobody(shop: Path, no_collection: None) -> None:
    """The cure for cursors that somebody else's code leaves open."""
    both_came = threading.Barrier(2)

    def request(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        db = open_shop(shop)
        read_one(db, closed=False)
        db.execute("BEGIN IMMEDIATE")
        gc.collect()
        db.execute("COMMIT")
        db.close()
        return [b"done"]

    serve = one_request_at_a_time(request)

    def come() -> bytes:
        both_came.wait(10)
        return b"".join(serve({}, None))

    with ThreadPoolExecutor(2) as pool:
        answers = [pool.submit(come) for _ in range(2)]
        assert [answer.result(timeout=30) for answer in answers] == [b"done", b"done"]


def product_files() -> list[Path]:
    folders = [Path(settings.BASE_DIR) / name for name in FLOORS]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def cursors_outside_with(source: str) -> list[int]:
    """Lines that open a cursor which no ``with`` closes."""
    tree = ast.parse(source)
    closed = {
        id(item.context_expr)
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for item in node.items
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"cursor", "chunked_cursor"}
        and id(node) not in closed
    ]


def test_every_raw_cursor_of_the_product_is_closed_by_a_with() -> None:
    found = {
        str(path): lines
        for path in product_files()
        if (lines := cursors_outside_with(path.read_text("utf-8")))
    }
    assert found == {}


def test_a_cursor_without_a_with_would_be_found() -> None:
    assert cursors_outside_with("c = connection.cursor()\nwith connection.cursor() as d: pass") == [
        1
    ]
