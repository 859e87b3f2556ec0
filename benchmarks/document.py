"""The table of results, on the terminal and as docs/performance.md."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import django
import psycopg
from django.db import connection

from benchmarks.house import Size
from benchmarks.measuring import BENCHMARKS, Result

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """# Performance, measured

Written by `make bench` (`make bench ARGS=--big` for ten million visits and movements); do not
edit. Each line compares the product with a yardstick in one run, turn by
turn, because absolute times change from machine to machine and ratios hardly do. **missed** marks a
goal that was not reached here; the note says why.

"""


def verdict(result: Result) -> str:
    return {True: "met", False: "**missed**", None: ""}[result.met]


def table(results: list[Result]) -> str:
    """Aligned columns for the terminal; the notes below."""
    head = ("goal", "work", "ours", "yardstick", "ratio", "aim", "")
    rows = [head] + [
        (r.name, r.what, r.ours, r.yardstick, r.ratio, r.goal, verdict(r).strip("*"))
        for r in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines + [f"{r.name}: {r.note}" for r in results if r.note])


def write(size: Size, results: list[Result]) -> str:
    """Write docs/performance.md; its path."""
    text = _HEAD + _setting(size)
    for benchmark in BENCHMARKS.values():
        mine = [result for result in results if result.name == benchmark.name]
        if not mine:
            continue
        text += f"\n## {benchmark.name}: {benchmark.title}\n\n"
        text += f"Aim: {benchmark.goal}.\n\n" if benchmark.goal else ""
        text += (
            "| work | ours | yardstick | ratio | aim | |\n| --- | --- | --- | --- | --- | --- |\n"
        )
        for r in mine:
            cells = (r.what, r.ours, r.yardstick, r.ratio, r.goal, verdict(r))
            text += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
        notes = list(dict.fromkeys(result.note for result in mine if result.note))
        text += "".join(f"\n{note}\n" for note in notes)
    path = ROOT / "docs" / "performance.md"
    path.write_text(text)
    return str(path.relative_to(ROOT))


def _setting(size: Size) -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0].split()[0]
    lines = (
        f"| commit | {commit or 'none'}, as it lay there |",
        f"| data | {size:,} visits, bookings and awards, {size.clients:,} clients, three years |",
        f"| processors | {os.cpu_count()} |",
        (
            f"| versions | Python {platform.python_version()}, Django {django.get_version()},"
            f" psycopg {psycopg.__version__}, PostgreSQL {server} |"
        ),
    )
    return "| measured on | |\n| --- | --- |\n" + "\n".join(lines) + "\n"
