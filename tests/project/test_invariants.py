"""docs/invariants.md says what the database, the audit and the tests really hold."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from foundation.audit import load_checks
from foundation.guards import all_guards
from tests.project.test_contract import FLOORS

PAGE = Path(settings.BASE_DIR) / "docs" / "invariants.md"
COLUMNS = ("holds", "database", "audit", "command", "tests")


def rows() -> list[dict[str, str]]:
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
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
