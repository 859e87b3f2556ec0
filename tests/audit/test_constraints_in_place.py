"""A CHECK or a unique key that somebody took off or loosened by hand is missed by its name."""

from __future__ import annotations

import pytest
from django.db import connection

from foundation import constraints
from foundation.audit import load_checks
from tests.audit.corruptions import without_constraints
from tests.audit.lying import tell

pytestmark = pytest.mark.django_db

CHECK, CHECKED = "business_award_delay", "business_business"
KEY, KEYED = "award_one_live_per_booking", "loyalty_award"


def missed() -> list[str]:
    prefix, suffix = "the database lacks ", " as it is declared"
    lines = load_checks()["constraints-in-place"]().violations
    return [line.removeprefix(prefix).removesuffix(suffix) for line in lines]


def do(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def write_check(condition: str, *, validated: bool = True) -> None:
    """Put ``condition`` in the place of the declared one, as whoever owns the database can."""
    if connection.vendor == "sqlite":
        declared = next(each.sql for each in constraints.declared_checks() if each.name == CHECK)
        text = f'CONSTRAINT "{CHECK}" CHECK'
        new = f"{text} ({condition})" if condition else "CHECK (1)"
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA writable_schema = ON")
            cursor.execute(
                "UPDATE sqlite_master SET sql = replace(sql, %s, %s) WHERE name = %s",
                [f"{text} {declared}", new, CHECKED],
            )
            cursor.execute("PRAGMA writable_schema = OFF")
        return
    do(f"ALTER TABLE {CHECKED} DROP CONSTRAINT {CHECK}")
    if condition:
        late = "" if validated else " NOT VALID"
        do(f"ALTER TABLE {CHECKED} ADD CONSTRAINT {CHECK} CHECK ({condition}){late}")


def test_nothing_is_missed_and_much_is_declared() -> None:
    finding = load_checks()["constraints-in-place"]()

    assert finding.violations == []
    checks, keys = constraints.declared_checks(), constraints.declared_keys()
    assert finding.rows == len(checks) + len(keys)
    assert min(len(checks), len(keys)) > 40


def test_a_check_that_was_dropped_is_missed() -> None:
    write_check("")

    assert missed() == [CHECK]


def test_a_check_that_was_loosened_is_missed() -> None:
    write_check('"award_delay_minutes" BETWEEN 5 AND 230')

    assert missed() == [CHECK]


@pytest.mark.postgres_only
def test_a_check_that_says_the_same_in_other_words_is_there() -> None:
    write_check("award_delay_minutes >= 180 AND award_delay_minutes <= 230")

    assert missed() == []


@pytest.mark.postgres_only
def test_a_check_that_old_rows_need_not_obey_is_missed() -> None:
    write_check("award_delay_minutes BETWEEN 180 AND 230", validated=False)

    assert missed() == [CHECK]


def test_a_key_that_was_dropped_is_missed() -> None:
    do(f"DROP INDEX {KEY}")

    assert missed() == [KEY]


def test_a_key_that_binds_fewer_rows_is_missed() -> None:
    do(f"DROP INDEX {KEY}")
    do(f"CREATE UNIQUE INDEX {KEY} ON {KEYED} (booking_id) WHERE state = 'credited'")

    assert missed() == [KEY]


def test_a_key_of_more_columns_is_missed() -> None:
    do(f"DROP INDEX {KEY}")
    do(f"CREATE UNIQUE INDEX {KEY} ON {KEYED} (booking_id, state) WHERE state = 'credited'")

    assert missed() == [KEY]


def test_the_keys_of_a_table_written_anew_are_missed_one_by_one() -> None:
    tell(without_constraints("foundation_ratecounter"))

    assert "rate_counter_one" in missed()


def test_the_unique_column_of_a_table_written_anew_is_missed() -> None:
    tell(without_constraints("foundation_formuse"))

    assert "foundation_formuse.token" in missed()
