"""What every test stands on: the clock, the reset, the marks, the browser."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from foundation import clock as project_clock
from tests import template
from tests.browser import axe, browser, live_site, page_at  # noqa: F401 — fixtures
from tests.emptying import empty_the_database, remember_fresh_rows

# Playwright's synchronous interface runs an event loop in the main thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = ["tests.personas"]

IN_CI = os.environ.get("CI", "").lower() == "true"


# --- the database, and its reset after a test that commits -------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """A SQLite file is put there by ``copy_template``."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_from_template(
    django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    with django_db_blocker.unblock():
        template.copy_template()
    yield
    template.forget_copy()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_from_template: None, django_db_setup: None, django_db_blocker: Any
) -> None:
    """Stands in for pytest-django's, which makes the database."""
    with django_db_blocker.unblock():
        remember_fresh_rows()


TransactionTestCase._fixture_teardown = lambda self: empty_the_database()  # type: ignore[method-assign]


# --- the clock --------------------------------------------------------------------------------


class Clock:
    """The fixed clock of a test, for every thread of the process."""

    START = dt.datetime(2025, 11, 4, 9, 0, tzinfo=dt.UTC)  # a Tuesday

    def __init__(self) -> None:
        self.move_to(self.START)

    @property
    def now(self) -> dt.datetime:
        return self._now

    def move_to(self, instant: dt.datetime) -> dt.datetime:
        assert instant.tzinfo is not None, "an instant has a time zone"
        self._now = instant.astimezone(dt.UTC)
        project_clock.set_fixed(self._now)
        return self._now

    def advance(self, **by: float) -> dt.datetime:
        """``advance(hours=3, minutes=5)``: elapsed time, whatever the salon's wall clock does."""
        return self.move_to(self._now + dt.timedelta(**by))


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    """Every test begins on Tuesday 4 November 2025, 09:00 UTC, and time stands still."""
    fixed = Clock()
    yield fixed
    project_clock.set_fixed(None)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A test that fails in another language must not leave it to those behind it."""
    yield
    translation.activate(settings.LANGUAGE_CODE)


# --- marks ------------------------------------------------------------------------------------


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("ONCE_IS_DONE"):
        # `make test` ran them on SQLite a minute ago, and the database is nothing to them.
        again = [item for item in items if item.get_closest_marker("once")]
        config.hook.pytest_deselected(items=again)
        items[:] = [item for item in items if item not in set(again)]
    # `make test` hands files out whole and in this order: a long one begun last would leave the
    # other workers with nothing to do. What sorts equal keeps its place.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if on_postgres():
        return
    reason = "needs two writers at once, and SQLite has one: runs on PostgreSQL (make test)"
    for item in items:
        if item.get_closest_marker("postgres_only"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """With CI=true a journey, and on PostgreSQL a race test, that was skipped has failed."""
    report = yield
    must_run = item.get_closest_marker("journey") or (
        item.get_closest_marker("postgres_only") and on_postgres()
    )
    if IN_CI and report.skipped and must_run and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test wants known of its run even when it passed: the seed of a random one."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "told" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(value)
