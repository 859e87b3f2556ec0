from __future__ import annotations

import pytest
from django.db import connection

from foundation import audit
from foundation.audit import Finding, check, load_checks, run_checks, sql_check
from foundation.models import User


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> dict[str, audit.Check]:
    """A register of this test's own."""
    load_checks()
    empty: dict[str, audit.Check] = {}
    monkeypatch.setattr(audit, "_checks", empty)
    return empty


def test_check_registers_under_its_name(register):
    @check("sound")
    def sound() -> Finding:
        return Finding(3)

    assert register == {"sound": sound}


@pytest.mark.django_db
def test_sql_check_counts_rows_and_writes_a_line_per_violation():
    User.objects.create_user("a@example.test")
    bad = User.objects.create_user("b@example.test", is_staff=True)
    true = "true" if connection.vendor == "postgresql" else "1"
    sql_check(
        "no-staff",
        rows="SELECT count(*) FROM foundation_user",
        violations=f"SELECT id, email FROM foundation_user WHERE is_staff = {true}",
        line="login {0} ({1}) is staff",
    )

    (result,) = run_checks()

    assert (result.name, result.rows) == ("no-staff", 2)
    assert result.violations == [f"login {bad.pk} (b@example.test) is staff"]
    assert result.seconds >= 0


def test_run_checks_goes_by_name():
    for name in ("b", "c", "a"):
        check(name)(Finding)

    assert [result.name for result in run_checks()] == ["a", "b", "c"]
