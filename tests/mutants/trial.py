"""One trial: in a process of its own, on a database of its own, a guard off and its tests run."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.code_switch import ROOT, ListIsStale, import_mutated, switch_off
from tests.mutants.kinds import Code, Switch, Together

# A mutant that cannot run at all shows nothing about its guard; nor does one that stumbles over
# itself, which these two show when they come from the product's own lines.
BROKEN = (NameError, ImportError, SyntaxError)
STUMBLED = (TypeError, AttributeError)
OUTSIDE = (ROOT / "tests", ROOT / ".venv")
# Plugins that a forked process would load for nothing are left out.
PLUGINS = ("pytest_django.plugin", "_hypothesis_pytestplugin")
NOT_NEEDED = ("no:cacheprovider", "no:unraisableexception")
PLAIN = ("-q", "--tb=short", "--assert=plain", *(f"-p{name}" for name in (*PLUGINS, *NOT_NEEDED)))


@dataclass
class Outcome:
    """``passed`` and ``failed`` are node ids below ``tests/``; ``problem`` says why the trial
    told nothing."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    problem: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Recorder:
    """The pytest plugin that keeps what became of each test."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.outcome.problem = f"{report.nodeid} could not be collected: {report.longrepr}"

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        report = yield
        name = item.nodeid.removeprefix("tests/")
        if report.failed:
            self.outcome.failed.append(name)
            self.outcome.problem = self.outcome.problem or why_it_tells_nothing(call)
        elif report.when == "call" and report.passed:
            self.outcome.passed.append(name)
        return report


def why_it_tells_nothing(call: pytest.CallInfo[None]) -> str:
    """Why this failure does not show that a test noticed; empty when it does."""
    if call.excinfo is None:
        return ""
    if call.when == "setup":
        return f"nothing was looked at, arranging failed: {call.excinfo.value!r}"
    last = Path(call.excinfo.traceback[-1].path)
    within = last.is_relative_to(ROOT) and not any(map(last.is_relative_to, OUTSIDE))
    if issubclass(call.excinfo.type, (*BROKEN, *STUMBLED) if within else BROKEN):
        return f"the mutant does not run: {call.excinfo.value!r}"
    return ""


def load_product() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings.test")
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import get_resolver

    # Both are loaded at the first request only.
    assert get_resolver().url_patterns
    assert WSGIHandler()


def point_at(database: str) -> None:
    """Every connection of this process goes to ``database``, which is there and migrated."""
    import django.test.utils
    from django.db import connections

    from tests import template

    connections["default"].close()
    connections.settings["default"]["NAME"] = database
    django.test.utils.setup_databases = lambda **_kwargs: []
    django.test.utils.teardown_databases = lambda *_args, **_kwargs: None
    template.copy_template = template.forget_copy = lambda: None


def run_tests(tests: Sequence[str], *, without: Sequence[str], stop_at_first: bool) -> Outcome:
    outcome = Outcome()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    wanted = [f"tests/{test}" for test in tests]
    left_out = [f"--deselect=tests/{test}" for test in without]
    arguments = [*PLAIN, *(["-x"] if stop_at_first else []), *left_out, *wanted]
    code = pytest.main(arguments, plugins=[Recorder(outcome)])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not outcome.problem:
        outcome.problem = f"pytest ended with {code!r}"
    return outcome


@contextlib.contextmanager
def _off(switch: Switch | None, *, fresh: bool) -> Iterator[None]:
    if switch is None:
        yield
    elif isinstance(switch, Together):
        with contextlib.ExitStack() as stack:
            for each in switch.switches:
                stack.enter_context(_off(each, fresh=fresh))
            yield
    elif isinstance(switch, Code):
        if not fresh:
            switch_off(switch)
        yield
    else:
        from tests.mutants.database_switch import switched_off

        with switched_off(switch):
            yield


def trial(
    switch: Switch | None,
    tests: Sequence[str],
    *,
    without: Sequence[str],
    database: str,
    fresh: bool,
    log: Path,
) -> Outcome:
    """Runs in a forked process; what it prints goes to ``log``."""
    with log.open("w", encoding="utf-8") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.chdir(ROOT)
    try:
        if fresh:
            assert isinstance(switch, Code)
            import_mutated(switch)
            load_product()
        point_at(database)
        with _off(switch, fresh=fresh):
            return run_tests(tests, without=without, stop_at_first=switch is not None)
    except ListIsStale as error:
        return Outcome(problem=str(error))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
