"""``manage.py audit_ledger``: recompute every invariant from the rows and say where they lie."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from foundation.audit import CheckResult, load_checks, run_checks
from foundation.guards import all_guards, missing_guards

# Enough to see what is wrong without drowning the terminal.
SHOWN = 20

VIOLATED, NOT_RUN = 1, 2


class Command(BaseCommand):
    help = (
        "Recompute every ledger, award, card and guard independently of the code that wrote "
        "them. One line per check: name, rows looked at, violations, seconds. "
        "Exit 0 clean, 1 with a violation, 2 if the audit could not run."
    )
    # The audit must also run where the set-up is at fault.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            violations = self._report()
        except Exception as error:
            # Whatever stops it, it must look neither clean nor violated.
            reason = f"{type(error).__name__}: {error}".strip()
            self.stderr.write(self.style.ERROR(f"The audit could not run: {reason}"))
            raise SystemExit(NOT_RUN) from error
        if violations:
            self.stdout.write(self.style.ERROR(f"violations: {violations}"))
            raise SystemExit(VIOLATED)
        self.stdout.write(self.style.SUCCESS("no violations"))

    def _report(self) -> int:
        width = max(map(len, load_checks()))
        self.stdout.write(f"{'check':<{width}} {'rows':>10} {'violations':>11} {'seconds':>8}")
        total = 0
        for result in _all_results():
            bad = len(result.violations)
            total += bad
            style = self.style.ERROR if bad else str
            self.stdout.write(
                style(f"{result.name:<{width}} {result.rows:>10} {bad:>11} {result.seconds:>8.2f}")
            )
            for line in result.violations[:SHOWN]:
                self.stdout.write(f"    {line}")
            if bad > SHOWN:
                self.stdout.write(f"    … and {bad - SHOWN} more")
        return total


def _all_results() -> Iterator[CheckResult]:
    """The guards first: without them the rows below may already have been tampered with."""
    started = time.perf_counter()
    missing = missing_guards()
    yield CheckResult(
        "missing guards",
        len(all_guards()),
        [f"the database lacks {name}" for name in missing],
        time.perf_counter() - started,
    )
    yield from run_checks()
