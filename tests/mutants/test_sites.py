"""No lock, no question of rights and no second look at a row without a mutant."""

from __future__ import annotations

from tests.mutants.code_switch import ROOT
from tests.mutants.kinds import Code
from tests.mutants.listed import MUTANTS
from tests.mutants.second_line import SECOND_LINE
from tests.mutants.sites import APPS, Site, sites, sites_of, touched
from tests.project.test_contract import FLOORS


def switched_off(found: list[Site]) -> set[str]:
    return {site.name for mutant in MUTANTS for site in touched(mutant, found)}


def test_no_app_is_left_out() -> None:
    assert set(APPS) == set(FLOORS)


def test_every_guard_in_code_has_a_mutant_or_a_reason_why_not() -> None:
    found = list(sites())

    missing = {site.name for site in found} - switched_off(found) - set(SECOND_LINE)

    assert sorted(missing) == []


def test_a_second_line_is_there_and_has_no_mutant() -> None:
    found = list(sites())

    assert set(SECOND_LINE) <= {site.name for site in found} - switched_off(found)


def test_no_mutant_switches_two_calls_of_a_lock_off_unsaid() -> None:
    """Off together, one that no test misses hides behind another that one does."""
    found = [site for site in sites() if "lock" in site.word or site.word == "select_for_update"]

    for mutant in MUTANTS:
        if isinstance(mutant.switch, Code) and len(mutant.switch.changes) == 1:
            words = {(site.where, site.word) for site in touched(mutant, found)}
            assert len(words) <= 1, mutant.name


def test_names_of_guards_are_found_where_they_stand() -> None:
    file = ROOT / "foundation" / "locks.py"

    assert [site.name for site in sites_of(file)] == [
        "foundation/locks.py::lock_in_order select_for_update",
        "foundation/locks.py::lock_one select_for_update",
    ]
