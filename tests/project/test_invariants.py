"""docs/invariants.md says what the database, the audit and the tests really hold."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import Model

from foundation.audit import load_checks
from foundation.guards import all_guards
from tests.mutants.code_switch import mutated_source
from tests.mutants.kinds import (
    BOTH,
    AuditCheck,
    Code,
    Constraint,
    Mutant,
    Switch,
    Trigger,
    UniqueField,
)
from tests.mutants.listed import MUTANTS
from tests.mutants.page import ELSEWHERE, HEADING, rows_of, where
from tests.project.test_contract import FLOORS

PAGE = Path(settings.BASE_DIR) / "docs" / "invariants.md"
COLUMNS = ("holds", "database", "audit", "command", "tests")


def rows() -> list[dict[str, str]]:
    text = PAGE.read_text("utf-8").partition(HEADING)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        dict(zip(COLUMNS, cells, strict=True))
        for cells in found
        if cells[0] != "What always holds" and not set(cells[0]) <= {"-"}
    ]


def named(column: str) -> set[str]:
    return {name for row in rows() for name in re.findall(r"`([^`]+)`", row[column])}


def test_every_constraint_and_guard_stands_there_and_no_other() -> None:
    constraints = {
        each.name
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for each in model._meta.constraints
    }

    assert named("database") == constraints | {guard.name for guard in all_guards()}


def test_every_check_of_the_audit_stands_there_and_no_other() -> None:
    assert named("audit") == set(load_checks())


@pytest.mark.parametrize("name", sorted(named("command")))
def test_the_command_exists(name: str) -> None:
    module, _, function = name.rpartition(".")

    assert hasattr(import_module(module), function)


@pytest.mark.parametrize("name", sorted(named("tests")))
def test_the_test_exists(name: str) -> None:
    path, _, function = name.partition("::")

    source = (Path(settings.BASE_DIR) / "tests" / path).read_text("utf-8")
    assert re.search(rf"^def {function}\(", source, re.M)


def test_every_invariant_is_held_and_shown() -> None:
    for row in rows():
        assert row["database"], row["holds"]
        assert row["command"], row["holds"]
        assert row["tests"], row["holds"]


# --- guards switched off ----------------------------------------------------------------------


def switched(kind: type[Switch]) -> set[str]:
    return {
        str(getattr(switch, "name", ""))
        for mutant in MUTANTS
        for switch in mutant.switches
        if isinstance(switch, kind)
    }


def own_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOORS]


def test_every_constraint_is_switched_off_once() -> None:
    assert switched(Constraint) == {
        each.name for model in own_models() for each in model._meta.constraints
    }


def test_every_guard_of_the_manifest_is_switched_off_once() -> None:
    assert switched(Trigger) == {guard.name for guard in all_guards()}


def test_every_check_of_the_audit_is_switched_off_once() -> None:
    assert switched(AuditCheck) == set(load_checks())


def test_every_unique_column_is_switched_off_once() -> None:
    listed = {
        f"{each.model}.{each.field}"
        for mutant in MUTANTS
        for each in mutant.switches
        if isinstance(each, UniqueField)
    }

    assert listed == {
        f"{model._meta.label}.{field.name}"
        for model in own_models()
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    }


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_names_code_and_tests_that_are_there(mutant: Mutant) -> None:
    for switch in mutant.switches:
        if isinstance(switch, Code):
            mutated_source(switch)
    for name in mutant.tests:
        path, _, function = name.partition("::")
        source = (Path(settings.BASE_DIR) / "tests" / path).read_text("utf-8")
        function = function.partition("[")[0]
        assert not function or re.search(rf"^def {function}\(", source, re.M), name


def test_the_page_tells_what_killed_each_mutant() -> None:
    told = rows_of(PAGE.read_text("utf-8"))

    assert list(told) == [mutant.name for mutant in MUTANTS], "run make mutants"
    for mutant in MUTANTS:
        row = told[mutant.name]
        assert row.off == where(mutant)
        for database in BOTH:
            killer = row.killers[database]
            if database not in mutant.databases:
                assert killer == ELSEWHERE
            else:
                assert is_listed(killer.strip("`"), mutant), f"{mutant.name} lives on {database}"


def is_listed(killer: str, mutant: Mutant) -> bool:
    """A mutant may name a whole file: any test of it kills."""
    named = {test.partition("[")[0] for test in mutant.tests}
    return killer in named or killer.partition("::")[0] in named
