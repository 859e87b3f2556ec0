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

from foundation import constraints


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


# --- what every table declares -----------------------------------------------------------------


@check("constraints-in-place")
def constraints_are_in_place() -> Finding:
    """Every CHECK and unique key of the models is in the database, and says the same."""
    declared = len(constraints.declared_checks()) + len(constraints.declared_keys())
    lacking = constraints.lacking()
    return Finding(declared, [f"the database lacks {name} as it is declared" for name in lacking])


@check("rows-obey-checks")
def rows_obey_checks() -> Finding:
    """The rows themselves: a CHECK that was off for a minute has let something in."""
    return Finding(
        constraints.count_rows(),
        [
            f"row {pk} of {table} breaks {name}"
            for name, table, pk in constraints.rows_that_break_a_check()
        ],
    )


@check("keys-are-unique")
def keys_are_unique() -> Finding:
    return Finding(
        constraints.count_rows(),
        [
            f"{many} rows share one value of {name}, the first is {pk}"
            for name, pk, many in constraints.keys_that_stand_twice()
        ],
    )
