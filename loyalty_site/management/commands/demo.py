"""`manage.py demo`: the whole house from one command, on SQLite and without another server."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from loyalty_site.demo_accounts import DEMO_ACCOUNTS
from loyalty_site.processes import Household, ProcessFailed, ToldToStop

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 — compared with, not bound by default
START_TIMEOUT = 60.0  # seconds until the site must have answered


class Command(BaseCommand):
    help = "Migrate, load the demo data, and run the site, a worker and beat until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0: the local network too")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        refuse_a_busy_port(host, port)
        with (
            only_demo_of_this_data(),
            Household(child_environment(host, port), settings.DATA_DIR / "logs") as household,
        ):
            try:
                self._prepare(household)
                self._start(household, host, port)
                self._wait_until_it_answers(household, host, port)
                self._greet(host, port)
                household.watch()
            except ToldToStop:
                self.stdout.write("\nStopping ...")
            except ProcessFailed as failure:
                raise CommandError(f"{failure}\n{failure.tail}".strip()) from failure
        self.stdout.write("Everything is stopped. The data stays for the next time.")

    def _prepare(self, household: Household) -> None:
        self.stdout.write("Bringing the database up to date ...")
        self.stdout.flush()
        household.run("migrate", manage("migrate", "--verbosity", "1"))
        self.stdout.write("Looking after the demo data ...")
        self.stdout.flush()
        household.run("seed_demo", manage("seed_demo"))

    def _start(self, household: Household, host: str, port: int) -> None:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        household.start("web", web_command(address))
        household.start("worker", worker_command())
        household.start("beat", beat_command())

    def _wait_until_it_answers(self, household: Household, host: str, port: int) -> None:
        self.stdout.write("Waiting for the site to answer ", ending="")
        end = time.monotonic() + START_TIMEOUT
        while not answers(own_address(host), port):
            if time.monotonic() > end:
                raise CommandError(
                    f"The site did not answer within {START_TIMEOUT:.0f} seconds. "
                    f"See {settings.DATA_DIR / 'logs' / 'web.log'}."
                )
            household.check()
            self.stdout.write(".", ending="")
            self.stdout.flush()
            time.sleep(0.5)
        self.stdout.write("")

    def _greet(self, host: str, port: int) -> None:
        shown = local_network_address() if host in EVERYWHERE else host
        base = f"http://{shown}:{port}"
        width = max(len(account.email) for account in DEMO_ACCOUNTS)
        lines = [
            "",
            f"  The website:      {base}/",
            f"  The admin panel:  {base}/admin/",
            "",
            "  Sign in as",
            *(
                f"    {account.email:<{width}}  {account.password}  ({account.role})"
                for account in DEMO_ACCOUNTS
            ),
            "",
            f"  Mail is written to {settings.EMAIL_FILE_PATH}",
            f"  Logs are in {settings.DATA_DIR / 'logs'}",
            "  Ctrl-C stops everything.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]


def web_command(address: str) -> list[str]:
    """Threads wait for bytes; the application runs in one at a time (loyalty_site/embedded.py)."""
    return [
        *(sys.executable, "-m", "gunicorn", "loyalty_site.wsgi:application"),
        *("--bind", address, "--workers", "2", "--worker-class", "gthread", "--threads", "8"),
        *("--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
    ]


def worker_command() -> list[str]:
    """No threads on SQLite: the pool is the process itself (reliability.md, trap 10)."""
    return [
        *(sys.executable, "-m", "celery", "-A", "loyalty_site", "worker", "--pool", "solo"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"),
    ]


def beat_command() -> list[str]:
    return [
        *(sys.executable, "-m", "celery", "-A", "loyalty_site", "beat"),
        *("--loglevel", "WARNING", "--pidfile", ""),
    ]


def child_environment(host: str, port: int) -> dict[str, str]:
    """Pages as in production (no debug pages), cookies as plain http needs them."""
    shown = local_network_address() if host in EVERYWHERE else host
    environment = dict(os.environ, DEBUG="false", DEMO="true")
    environment["BASE_URL"] = f"http://{shown}:{port}"
    if host in EVERYWHERE:
        environment["ALLOWED_HOSTS"] = "*"
    elif host not in settings.ALLOWED_HOSTS:
        environment["ALLOWED_HOSTS"] = ",".join([*settings.ALLOWED_HOSTS, host])
    return environment


def own_address(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104


def local_network_address() -> str:
    """This machine's address as others in the network see it. Connecting a datagram socket
    sends nothing; it only asks which address would be used."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def refuse_a_busy_port(host: str, port: int) -> None:
    """Raises CommandError with a sentence that says what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CommandError(
                f"The demo cannot listen on {host}, port {port} ({error}). "
                f"Another program may have it. Choose another port: make demo PORT={port + 1}"
            ) from error


@contextmanager
def only_demo_of_this_data() -> Iterator[None]:
    """Two demos on one data folder would be two beats and a surprise at the first Ctrl-C."""
    path = settings.DATA_DIR / "demo.lock"
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CommandError(
                f"A demo is already running on the data in {settings.DATA_DIR}. Stop it first, "
                "or give this one a folder of its own: DATA_DIR=/some/folder make demo"
            ) from error
        yield


def answers(host: str, port: int) -> bool:
    """True when the site is up and its database answers. A late sweep is no reason to wait: the
    first one comes with the worker."""
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=5) as response:
            body = response.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError:
        return False
    try:
        return bool(json.loads(body)["database"]["ok"])
    except (ValueError, KeyError, TypeError):
        return False
