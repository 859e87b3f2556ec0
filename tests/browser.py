"""A real browser against a live site: phone and desk, light and dark, axe."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.db import connection, connections
from django.test import Client
from django.test.testcases import QuietWSGIRequestHandler

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from foundation.models import User

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1180, "height": 820}}
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def find_chromium() -> str | None:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for the session. Without it the test is skipped, and in CI fails."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = find_chromium()
    if chromium is None:
        message = "no Chromium here: install it (on Debian: apt install chromium)"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_api.sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield instance
        instance.close()


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes a page drops connections; that is no fault."""


@dataclass
class LiveSite:
    url: str
    errors: list[str] = field(default_factory=list)

    def __add__(self, path: str) -> str:
        return self.url + path


@pytest.fixture
def live_site(transactional_db: None) -> Iterator[LiveSite]:
    """The site on a port of its own; on SQLite it serves one request at a time (F52)."""
    from loyalty_site.embedded import one_request_at_a_time

    application: Any = WSGIHandler()
    if connection.vendor == "sqlite":
        application = one_request_at_a_time(application)
    server = _Server(("127.0.0.1", 0), QuietWSGIRequestHandler, connections_override={})
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield LiveSite(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)
    connections.close_all()


@dataclass
class _Watch:
    """What went wrong on the pages of one visitor without anybody looking."""

    host: str
    tolerate: tuple[str, ...]
    faults: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        page.on(
            "console",
            lambda line: self._note(f"console: {line.text}") if line.type == "error" else None,
        )

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc != self.host:
            self._note(f"asked a foreign host: {request.url}")

    def _note(self, text: str) -> None:
        if not any(allowed in text for allowed in self.tolerate):
            self.faults.append(text)


class Visitors:
    """``page_at("phone", scheme="dark", locale="da-DK", user=alice)`` → a page of a visitor of its
    own: own cookies, own size, no movement.

    ``tolerate``: parts of console lines that are expected, such as "status of 409". Everything
    else on the console, and any request to another host, fails the test at its end.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._opened: list[tuple[BrowserContext, _Watch]] = []

    def __call__(
        self,
        size: str = "phone",
        *,
        scheme: str = "light",
        locale: str = "en-GB",
        user: User | None = None,
        tolerate: tuple[str, ...] = (),
        **options: Any,
    ) -> Page:
        context = self._browser.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            has_touch=size == "phone",
            reduced_motion="reduce",
            color_scheme=scheme,  # type: ignore[arg-type]
            locale=locale,
            base_url=self._url,
            **options,
        )
        context.set_default_timeout(10_000)
        watch = _Watch(urlsplit(self._url).netloc, tolerate)
        watch.attach(context)
        if user is not None:
            context.add_cookies([session_cookie(user, self._url)])
        self._opened.append((context, watch))
        return context.new_page()

    def take_faults(self) -> list[str]:
        """What went wrong so far; once told, it does not fail the test any more."""
        found = [fault for _, watch in self._opened for fault in watch.faults]
        for _, watch in self._opened:
            watch.faults.clear()
        return found

    def close(self) -> None:
        for context, _ in self._opened:
            context.close()


@pytest.fixture
def page_at(browser: Browser, live_site: LiveSite) -> Iterator[Visitors]:
    visitors = Visitors(browser, live_site.url)
    yield visitors
    visitors.close()
    faults = visitors.take_faults()
    assert not faults, "the browser complained:\n" + "\n".join(faults)


def session_cookie(user: User, url: str) -> Any:
    """The cookie of a session in which ``user`` has signed in."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }


def _axe_script() -> str:
    import axe_playwright_python

    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """``axe(page)``: no violation of WCAG 2.2 AA or of axe's best practices on this page.

    ``exclude``: selectors of parts that are not ours. ``disable``: ids of rules, with a reason
    beside the call. ``only``: ids of the rules to ask, instead of all.
    """
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    script = _axe_script()

    def check(
        page: Page,
        *,
        exclude: tuple[str, ...] = (),
        disable: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
    ) -> None:
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(script)
        asked = {"type": "rule", "values": only} if only else {"type": "tag", "values": AXE_TAGS}
        found = page.evaluate(
            """async ([runOnly, exclude, disable]) => {
                const rules = Object.fromEntries(disable.map((id) => [id, { enabled: false }]));
                const context = exclude.length
                    ? { exclude: exclude.map((each) => [each]) } : document;
                const answer = await axe.run(context, {
                    runOnly, rules, resultTypes: ['violations'],
                });
                return answer.violations.map((one) => ({
                    id: one.id, help: one.help,
                    nodes: one.nodes.slice(0, 5).map((node) => node.html.slice(0, 200)
                        + ' — ' + (node.failureSummary || '').replace(/\\s+/g, ' ').slice(0, 300)),
                }));
            }""",
            [asked, list(exclude), list(disable)],
        )
        lines = [f"{one['id']}: {one['help']}\n    " + "\n    ".join(one["nodes"]) for one in found]
        assert not found, f"axe on {page.url}:\n" + "\n".join(lines)

    return check
