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
from benchmarks.measuring import BENCHMARKS, Benchmark, Result

ROOT = Path(__file__).resolve().parent.parent

_HEAD = """# Performance, measured

Written by `make bench` (`make bench ARGS=--big` for ten million visits and movements), a section
as soon as it is measured; do not edit. Each line compares the product with a yardstick in one run,
turn by turn, because absolute times change from machine to machine and ratios hardly do. **missed**
marks a goal that was not reached here; the note says why.
"""
_NOT_YET = "Not measured yet: "


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
    """Write the sections of ``results`` in docs/performance.md anew; its path. The others stay as
    they were measured last."""
    path = ROOT / "docs" / "performance.md"
    _head, *sections = path.read_text().split("\n## ") if path.exists() else [""]
    kept = {section.partition(":")[0]: section.rstrip() for section in sections}
    measured = {result.name for result in results}
    names = list(BENCHMARKS)
    missing = [name for name in names if name not in measured and name not in kept]
    text = _HEAD + (f"\n{_NOT_YET}{', '.join(missing)}.\n" if missing else "")
    for name in names:
        if name in measured:
            mine = [result for result in results if result.name == name]
            text += f"\n## {_section(BENCHMARKS[name], size, mine)}"
        elif name in kept:
            text += f"\n## {kept[name]}\n"
    path.write_text(text)
    return str(path.relative_to(ROOT))


def _section(benchmark: Benchmark, size: Size, results: list[Result]) -> str:
    data = "A salon of its own"
    if not benchmark.own_salon:
        data = f"{size:,} visits, bookings and awards of {size.clients:,} clients in three years"
    text = f"{benchmark.name}: {benchmark.title}\n\n{data}. {_setting()}\n\n"
    text += f"Aim: {benchmark.goal}.\n\n" if benchmark.goal else ""
    text += "| work | ours | yardstick | ratio | aim | |\n| --- | --- | --- | --- | --- | --- |\n"
    for r in results:
        cells = (r.what, r.ours, r.yardstick, r.ratio, r.goal, verdict(r))
        text += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    notes = list(dict.fromkeys(result.note for result in results if result.note))
    return text + "".join(f"\n{note}\n" for note in notes)


def _setting() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0].split()[0]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"Commit {commit or 'none'}, as it lay there; {os.cpu_count()} processors, load"
        f" {os.getloadavg()[0]:.1f} at the end; Python {platform.python_version()}, Django"
        f" {django.get_version()}, psycopg {psycopg.__version__}, PostgreSQL {server}."
    )
