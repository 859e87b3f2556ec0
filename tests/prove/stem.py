"""The process from which a run's children are forked: Django loaded, no threads, and a session of
its own, so that whoever started it can end all of it at once.

    python -m tests.prove.stem TASK.json        writes result.json beside it
"""

from __future__ import annotations

import ctypes
import json
import signal
import sys
import time
from importlib import import_module
from pathlib import Path
from types import FrameType

import django
from django.conf import settings

SCENARIOS = {
    "sweeps": "sweeping",
    "buying": "buying",
    "visits": "visiting",
    "cluster": "stopping",
}


PR_SET_PDEATHSIG = 1  # Linux: <linux/prctl.h>


def end_with_parent() -> None:
    """Whoever started this run and is gone can clean nothing up: end it in an orderly way."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit("the test that started this run is gone")

    signal.signal(signal.SIGTERM, end)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main() -> None:
    end_with_parent()
    path = Path(sys.argv[1])
    asked = json.loads(path.read_text())
    settings.DATABASES["default"].update(asked["database"])
    django.setup()
    from tests.prove.ground import Task
    from tests.prove.postman import Postman

    task = Task(**asked)
    scenario = import_module(f"tests.prove.{SCENARIOS[task.scenario]}")
    started = time.monotonic()
    # Forked first: the children must not inherit what the mail server holds.
    with Postman(Path(task.folder)) as postman:
        postman.wait_until_open()
        result = scenario.run(task, postman)
    result["seconds"] = round(time.monotonic() - started, 1)
    path.with_name("result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
