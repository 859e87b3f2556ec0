"""The product's own web server on a port of this machine, and visitors who send it rival forms."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from django.conf import settings
from django.db import connection
from django.test import Client as Browser

from foundation.models import User
from tests.project.production import production_environment

HOST = "salon.example"
START_UP = 60.0  # seconds
PATIENCE = 60.0  # seconds, for one answer

# What the settings of production call the cookies that the tests' settings name otherwise.
SESSION_COOKIE = "__Host-session"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def web_command(port: int) -> list[str]:
    """The command of docker-compose.yml, on another port."""
    compose = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text("utf-8"))
    program, *rest = compose["services"]["web"]["command"]
    here = [f"127.0.0.1:{port}" if each == "0.0.0.0:8000" else each for each in rest]
    assert here != rest
    return [sys.executable, "-m", program, *here]


def environment_of(folder: Path) -> dict[str, str]:
    """Production settings, on the tests' database and with the tests' keys: what a test arranges
    (codes of gift cards, signed-in sessions) the server must be able to read."""
    database = connection.settings_dict
    at = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}"
    return production_environment(
        DATABASE_URL=f"postgres://{at}/{database['NAME']}",
        DATA_DIR=str(folder),
        STATIC_ROOT=str(folder / "static"),
        SECRET_KEY=settings.SECRET_KEY,
        FIELD_ENCRYPTION_KEYS=",".join(settings.FIELD_ENCRYPTION_KEYS),
        CODE_HASH_PEPPER=PEPPER,
        ALLAUTH_TRUSTED_PROXY_COUNT="1",
        LOG_LEVEL="WARNING",
    )


# Production refuses the tests' own pepper as too short.
PEPPER = "only for the tests, and long enough for production"


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The web service of docker-compose.yml: two processes of eight threads."""
    environment = environment_of(folder)
    quiet = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(quiet, cwd=settings.BASE_DIR, env=environment, check=True)
    port, log = free_port(), folder / "web.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            web_command(port),
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(port, log)
    try:
        _wait_until_it_answers(site, server)
        yield site
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait_until_it_answers(site: Site, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_UP
    while time.monotonic() < end:
        assert server.poll() is None, site.said()
        try:
            if site.visitor().get("/healthz").status:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(site.said())


@dataclass
class Answer:
    """One answer of the server. ``place`` is where it leads, of a redirect."""

    status: int
    place: str
    body: str

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400


@dataclass
class Site:
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]

    def visitor(self, user: User | None = None) -> Visitor:
        """Somebody with a session of their own, signed in as ``user`` if one is given."""
        visitor = Visitor(self)
        if user is not None:
            browser = Browser()
            browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            visitor.cookies[SESSION_COOKIE] = browser.cookies[settings.SESSION_COOKIE_NAME].value
        return visitor


@dataclass
class Visitor:
    """A browser's cookies, behind a proxy that speaks https for it."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def form(self, path: str, holding: str = "csrfmiddlewaretoken") -> dict[str, str]:
        """What the form of that page which has a field ``holding`` would send."""
        answer = self.get(path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body[:500]}"
        found = [fields for fields in forms_of(answer.body) if holding in fields]
        assert found, f"{path} has no form with {holding}"
        return found[0]

    def token(self, path: str) -> dict[str, str]:
        """The field that protects a form against other sites, and its cookie."""
        return {"csrfmiddlewaretoken": self.form(path)["csrfmiddlewaretoken"]}

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        return self._ask("POST", path, data)

    def press(self, path: str, **data: Any) -> Press:
        return Press(self, path, data)

    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "Host": HOST,
            "Cookie": cookies,
            "Origin": f"https://{HOST}",
            "Referer": f"https://{HOST}/",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
        }

    def _ask(self, method: str, path: str, data: dict[str, Any] | None) -> Answer:
        wire = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=PATIENCE)
        try:
            answer, cookies = send(wire, method, path, self.headers(), data)
        finally:
            wire.close()
        self.cookies |= cookies
        return answer


@dataclass
class Press:
    """A form filled in and not sent yet."""

    visitor: Visitor
    path: str
    data: dict[str, Any]


def send(
    wire: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: dict[str, str],
    data: dict[str, Any] | None,
) -> tuple[Answer, dict[str, str]]:
    """One request; its answer, and the cookies that came with it."""
    body = None if data is None else urlencode(data, doseq=True)
    if body is not None:
        headers = headers | {"Content-Type": "application/x-www-form-urlencoded"}
    wire.request(method, path, body, headers)
    response = wire.getresponse()
    text = response.read().decode(errors="replace")
    cookies: SimpleCookie = SimpleCookie()
    for line in response.headers.get_all("Set-Cookie") or []:
        cookies.load(line)
    values = {name: morsel.value for name, morsel in cookies.items()}
    return Answer(response.status, response.headers.get("Location", ""), text), values


def send_together(presses: Sequence[Press]) -> list[Answer]:
    """Each press on a connection of its own, opened before and let go by one barrier."""
    start = threading.Barrier(len(presses))
    answers: list[Any] = [None] * len(presses)

    def run(index: int, press: Press) -> None:
        wire = http.client.HTTPConnection("127.0.0.1", press.visitor.site.port, timeout=PATIENCE)
        try:
            headers = press.visitor.headers()
            wire.connect()
            start.wait(PATIENCE)
            answers[index], _ = send(wire, "POST", press.path, headers, press.data)
        except Exception as error:  # noqa: BLE001 — told below, in the test's own thread
            answers[index] = error
        finally:
            wire.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(presses)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
        assert not thread.is_alive(), "no answer came"
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


class _Forms(HTMLParser):
    """The fields of each form of a page, as a browser would send them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self._open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = {}
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and values.get("name"):
            if values.get("type") in ("checkbox", "radio") and "checked" not in values:
                return
            self._open[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(page: str) -> list[dict[str, str]]:
    parser = _Forms()
    parser.feed(page)
    return parser.forms
