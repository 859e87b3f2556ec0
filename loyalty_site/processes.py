"""Several processes that live and die together: what `manage.py demo` runs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 10.0  # seconds that a process has to stop by itself


class ToldToStop(Exception):
    """Ctrl-C, or a signal that means the same."""


class ProcessFailed(Exception):
    """A process ended that should not have; ``tail`` is the end of what it wrote."""

    def __init__(self, name: str, code: int, tail: str) -> None:
        super().__init__(f"{name} stopped with exit code {code}.")
        self.tail = tail


@dataclass
class Household:
    """Starts processes, each in a session of its own, so that Ctrl-C in the terminal reaches
    them in one way only: through ``close``. A context manager; nothing outlives it."""

    environment: Mapping[str, str]
    log_folder: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Household:
        self.log_folder.mkdir(parents=True, exist_ok=True)
        self._before = {number: signal.getsignal(number) for number in STOPPING_SIGNALS}
        for number in STOPPING_SIGNALS:
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *exc: object) -> None:
        for number in STOPPING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        raise ToldToStop

    def run(self, name: str, command: list[str]) -> None:
        """Run to the end, in sight. Raises ProcessFailed."""
        process = subprocess.Popen(command, env=dict(self.environment), start_new_session=True)
        self._running[name] = process
        code = process.wait()
        del self._running[name]
        if code:
            raise ProcessFailed(name, code, "")

    def start(self, name: str, command: list[str]) -> None:
        """Start in the background; what it writes goes to a file."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raises ProcessFailed when one of them has ended."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                raise ProcessFailed(name, code, self._tail(name))

    def watch(self) -> None:
        """Wait until one of them ends, or somebody says stop."""
        while True:
            self.check()
            time.sleep(0.5)

    def close(self) -> None:
        for process in self._running.values():
            _signal_group(process, signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        for process in self._running.values():
            try:
                process.wait(timeout=max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                pass
            # Also when the leader is gone: its own children may not be.
            _signal_group(process, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self.log_folder / f"{name.replace(' ', '-')}.log"

    def _tail(self, name: str) -> str:
        lines = self._log(name).read_text("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-15:])


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass
