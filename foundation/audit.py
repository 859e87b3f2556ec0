"""The register of audit checks: every app's ``audit.py`` adds its own, by name.

A check recomputes an invariant from the rows themselves, never from the code that wrote them,
and yields one line per violation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module

from django.apps import apps
from django.db import connection
from django.utils.module_loading import module_has_submodule


@dataclass
class Finding:
    """What one check saw: ``rows`` looked at, one text per violation."""

    rows: int = 0
    violations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class CheckResult:
    name: str
    rows: int
    violations: list[str]
    seconds: float


Check = Callable[[], Finding]
_checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Register an audit check under a stable ``name`` (docs/invariants.md lists them)."""

    def register(function: Check) -> Check:
        _checks[name] = function
        return function

    return register


def sql_check(name: str, *, rows: str, violations: str, line: str) -> None:
    """Register a check made of two statements that both databases understand.

    ``rows`` counts what is looked at; ``violations`` selects the bad rows, whose columns fill
    ``line`` by position.
    """

    def run() -> Finding:
        with connection.cursor() as cursor:
            cursor.execute(rows)
            count = cursor.fetchone()[0]
            cursor.execute(violations)
            return Finding(count, [line.format(*row) for row in cursor.fetchall()])

    _checks[name] = run


def load_checks() -> dict[str, Check]:
    """All registered checks, every app's ``audit`` module imported first."""
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "audit"):
            import_module(f"{config.name}.audit")
    return dict(_checks)


def run_checks() -> Iterator[CheckResult]:
    """Run every check in the order of its name."""
    for name, function in sorted(load_checks().items()):
        started = time.perf_counter()
        finding = function()
        yield CheckResult(name, finding.rows, finding.violations, time.perf_counter() - started)
