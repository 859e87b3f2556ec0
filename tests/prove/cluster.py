"""A PostgreSQL cluster of the suite's own, in a folder of its own, that may be stopped as hard as
a power cut would: nobody else's server is harmed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from loyalty_site.settings.databases import postgres_options

PATIENCE = 60  # seconds for one command of the server
NEEDED = ("initdb", "pg_ctl", "postgres")
# Whom a superuser becomes: PostgreSQL refuses to run as root.
UNPRIVILEGED = ("postgres", "nobody")


def find_programs() -> Path | None:
    """The folder of the server's programs, the newest first; None where there is none."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name)
    )
    if shutil.which("pg_config"):
        asked = subprocess.run(
            ["pg_config", "--bindir"], capture_output=True, text=True, check=False
        )
        folders.append(Path(asked.stdout.strip()))
    return next((each for each in folders if all((each / name).exists() for name in NEEDED)), None)


class Cluster:
    """A context manager; in the end it is stopped and its folder is gone."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder / "cluster"
        self._programs = programs
        self._user = self._other_user()

    @property
    def database(self) -> dict[str, Any]:
        """For ``settings.DATABASES``. A socket in the folder: no port that others could take."""
        return {
            "HOST": str(self.folder),
            "PORT": "5432",
            "USER": "prover",
            "PASSWORD": "",
            "NAME": "postgres",
            # What was answered must outlive the stop: the tests' own commits do not wait for it.
            "OPTIONS": postgres_options(),
        }

    def __enter__(self) -> Cluster:
        self.folder.mkdir()
        if self._user:
            shutil.chown(self.folder, self._user)
        self._call("initdb", "-U", "prover", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call("pg_ctl", "stop", "-m", "immediate", "-w", check=False)
        shutil.rmtree(self.folder)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses= -c max_connections=40"
        self._call("pg_ctl", "start", "-w", "-o", options, "-l", str(self.folder / "server.log"))

    def stop_immediately(self) -> None:
        """As a crash: no checkpoint, no goodbye; what was committed lies in the write-ahead log."""
        self._call("pg_ctl", "stop", "-m", "immediate", "-w")

    def _call(self, program: str, *arguments: str, check: bool = True) -> None:
        done = subprocess.run(
            [str(self._programs / program), "-D", str(self.folder / "data"), *arguments],
            cwd=self.folder,
            user=self._user,
            stdin=subprocess.DEVNULL,
            # Not a pipe: the server inherits it and would keep it open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)} ended with {done.returncode}")

    def _other_user(self) -> str | None:
        if os.getuid() != 0:
            return None
        known = {each.pw_name for each in pwd.getpwall()}
        return next(name for name in UNPRIVILEGED if name in known)
