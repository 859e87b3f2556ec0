"""The audit audited: with every guard and CHECK off, each lie is found under its own name."""

from __future__ import annotations

import pytest

from foundation.audit import Finding, load_checks
from tests.audit.corruptions import CORRUPTIONS, SECOND_HALVES
from tests.audit.lying import tell
from tests.machine.world import World

pytestmark = pytest.mark.django_db


def run_audit() -> dict[str, Finding]:
    return {name: check() for name, check in load_checks().items()}


def test_every_check_has_its_lie() -> None:
    assert set(CORRUPTIONS) == set(load_checks())


def test_an_honest_salon_raises_no_alarm_and_every_check_looks_at_something(
    honest: World,
) -> None:
    findings = run_audit()

    assert {name: found.violations for name, found in findings.items() if found.violations} == {}
    assert [name for name, found in findings.items() if not found.rows] == []


@pytest.mark.parametrize("name", sorted(CORRUPTIONS))
def test_a_lie_is_found_under_its_own_name(
    salon: World, name: str, request: pytest.FixtureRequest
) -> None:
    # With the CHECKs off there is nothing left to take from this one.
    request.getfixturevalue("honest" if name == "constraints-in-place" else "unguarded")
    tell(CORRUPTIONS[name])

    assert load_checks()[name]().violations


@pytest.mark.parametrize("name", sorted(SECOND_HALVES))
def test_the_other_harm_of_a_check_is_found_alone(unguarded: World, name: str) -> None:
    tell(SECOND_HALVES[name])

    assert load_checks()[name]().violations
