"""A peer in an environment of its own, made by pip from its own requirements, asked over a pipe.

Peers are yardsticks: neither the product nor its tests may need one. What cannot be installed here
(no network, no package) is told in the table and measured elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from benchmarks import databases
from benchmarks.house import say

HERE = Path(__file__).parent / "peers"
PATIENCE = 600  # seconds, for pip


class Missing(Exception):
    """``str()`` says why the peer cannot be had here."""


class Peer:
    """A process that answers each line by a line. Raises RuntimeError when it died."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self._process, self._errors = process, errors

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        send, answer = self._process.stdin, self._process.stdout
        assert send is not None
        assert answer is not None
        try:
            send.write(json.dumps(question) + "\n")
            send.flush()
            line = answer.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the peer died: {self._errors.read_text()[-2000:]}")
        found: dict[str, Any] = json.loads(line)
        return found


def environment() -> Path:
    """The Python of the peers' environment, made once for these requirements. Raises Missing."""
    wanted = HERE / "requirements.txt"
    number = hashlib.sha256(wanted.read_bytes()).hexdigest()[:12]
    folder = Path(sys.prefix) / f"peers-{number}"
    python, made = folder / "bin" / "python", folder / "made"
    if made.exists():
        return python
    say("making the peers' own environment …")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    commands = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, "--require-hashes", "-r", str(wanted)],
    )
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired as slow:
            raise Missing(f"not installed within {PATIENCE} s") from slow
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise Missing(last[-1] if last else f"{command[2]} ended with {done.returncode}")
    made.touch()
    return python


@contextmanager
def peer(name: str, shape: dict[str, Any]) -> Iterator[Peer]:
    """The peer ``name``, with a salon of this ``shape`` in a database of its own on the
    benchmarks' server. Raises Missing."""
    python = environment()
    database = f"{databases.PREFIX}peer_{os.getpid()}"
    address = urlsplit(databases.server())
    errors = Path(sys.prefix) / f"{database}.log"
    databases.create(database)
    try:
        with errors.open("w") as log:
            process = subprocess.Popen(
                [str(python), str(HERE / f"{name}.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=_libpq(address) | {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            )
        try:
            one = Peer(process, errors)
            one.ask(shape | {"database": database})
            yield one
        finally:
            process.kill()
            process.wait()
    finally:
        databases.drop(database)
        errors.unlink()


def _libpq(address: SplitResult) -> dict[str, str]:
    """Where the server is, in the names that libpq reads."""
    told = {
        "PGHOST": address.hostname,
        "PGPORT": address.port and str(address.port),
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
    }
    return {name: value for name, value in told.items() if value}
