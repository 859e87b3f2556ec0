"""Whether everything is whole again after a fault."""

from __future__ import annotations

from io import StringIO

from django.core.management import call_command


def audit_is_clean() -> bool:
    """Every invariant, recomputed from the rows; the report goes with a failure."""
    report = StringIO()
    try:
        call_command("audit_ledger", stdout=report)
    except SystemExit as ended:
        raise AssertionError(report.getvalue()) from ended
    return True
