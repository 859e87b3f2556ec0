"""A process that has loaded what a Celery worker has, and writes one file of every movement.

    .venv/bin/python -m benchmarks.worker bench_1m csv

It says how many MB it held before it began, and the most that it held.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks import databases, house


class Memory(NamedTuple):
    """MB."""

    before: float
    peak: float


def memory_of(salon: house.House, kind: str) -> Memory:
    """Of a new process that writes a file of ``kind``. Raises CalledProcessError."""
    command = [sys.executable, "-m", "benchmarks.worker", salon.name, kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Memory(*json.loads(done.stdout))


def _most_held() -> float:
    """From Linux' own count of this process: what ``getrusage`` tells begins with the parent's."""
    (line,) = (
        line
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    return int(line.split()[1]) / 1024


def main() -> None:
    name, kind = sys.argv[1:]
    house.set_up_django()
    databases.point_django_at(name)
    from django.http import QueryDict

    from foundation import clock
    from loyalty_site.celery import app
    from reports.exports import read_export
    from reports.making import write_export

    app.loader.import_default_modules()
    clock.set_fixed(house.NOW)
    before = _most_held()
    with tempfile.TemporaryFile() as file:
        write_export(read_export("movements", QueryDict("range=all")), kind, file)
    sys.stdout.write(json.dumps(Memory(before, _most_held())))


if __name__ == "__main__":
    main()
