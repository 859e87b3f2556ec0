"""`manage.py demo` starts everything, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from loyalty_site.demo_accounts import DEMO_ACCOUNTS
from loyalty_site.management.commands.demo import answers
from loyalty_site.processes import Household, ProcessFailed

pytestmark = [pytest.mark.slow, pytest.mark.once, pytest.mark.long]

WAIT = 240.0  # seconds for the first start, demo data included, on a slow machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path) -> dict[str, str]:
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return plain | {"DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"}


def demo(folder: Path, port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def living(folder: Path) -> dict[int, str]:
    """Command lines of the processes whose environment names this data folder, by id."""
    mark = f"DATA_DIR={folder}".encode()
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                found[int(entry.name)] = line
        except OSError:
            continue
    return {number: line for number, line in found.items() if line}


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    seen = ""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        line = process.stdout.readline()
        if not line:
            break
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} was not said:\n{seen}")


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def test_demo_answers_and_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    process = demo(tmp_path, port)
    with ended(process):
        said = read_until(process, "Ctrl-C stops everything")
        assert f"http://127.0.0.1:{port}/admin/" in said
        for account in DEMO_ACCOUNTS:
            assert account.email in said
        assert answers("127.0.0.1", port)
        running = " ".join(living(tmp_path).values())
        assert all(part in running for part in ("gunicorn", " worker ", " beat "))

        second = demo(tmp_path, free_port())
        assert second.wait(timeout=60) == 1
        assert second.stdout is not None
        assert "already running" in second.stdout.read()

        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    assert living(tmp_path) == {}

    again = demo(tmp_path, port)
    with ended(again):
        read_until(again, "Ctrl-C stops everything")
        (worker,) = (pid for pid, line in living(tmp_path).items() if " worker " in line)
        os.kill(worker, signal.SIGKILL)
        assert again.wait(timeout=60) == 1
        assert again.stdout is not None
        assert "worker stopped with exit code" in again.stdout.read()
    assert living(tmp_path) == {}


def test_busy_port_is_a_sentence_and_not_a_traceback(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = demo(tmp_path, port)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"make demo PORT={port + 1}" in said
    assert "Traceback" not in said


def test_household_stops_those_that_do_not_want_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(99)"
    monkeypatch.setattr("loyalty_site.processes.PATIENCE", 0.5)
    with Household(environment(tmp_path), tmp_path) as household:
        household.start("stubborn", [sys.executable, "-c", stubborn])
        time.sleep(0.5)
        assert len(living(tmp_path)) == 1
    assert living(tmp_path) == {}


def test_household_tells_what_the_one_that_fell_said_last(tmp_path: Path) -> None:
    with Household(environment(tmp_path), tmp_path) as household:
        household.start("web", [sys.executable, "-c", "print('no disk left'); raise SystemExit(3)"])
        with pytest.raises(ProcessFailed, match="web stopped with exit code 3") as caught:
            household.watch()
    assert caught.value.tail == "no disk left"
