"""docs/invariants.md audited: each of its rows is broken, and seen by a check that the row names,
or says why no row of the database can show it."""

from __future__ import annotations

import re

import pytest

from foundation.audit import load_checks
from tests.audit.breaches import BREACHES, CANNOT_SHOW, Breach
from tests.audit.corruptions import CORRUPTIONS, Lie
from tests.audit.lying import tell
from tests.machine.world import World
from tests.project.test_invariants import rows

pytestmark = pytest.mark.django_db


def check_of(breach: Breach) -> str:
    return breach if isinstance(breach, str) else breach[0]


def lie_of(breach: Breach) -> Lie:
    return CORRUPTIONS[breach] if isinstance(breach, str) else breach[1:]


def breaches_of(row: dict[str, str]) -> tuple[Breach, ...]:
    found = [its for words, its in BREACHES.items() if row["holds"].startswith(words)]
    return found[0] if len(found) == 1 else ()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["holds"][:40])
def test_a_row_names_the_checks_that_see_it_broken_or_says_why_none_can(
    row: dict[str, str],
) -> None:
    named = set(re.findall(r"`([^`]+)`", row["audit"]))

    assert named == {check_of(breach) for breach in breaches_of(row)}
    assert named or row["audit"].startswith(CANNOT_SHOW)


def test_no_breach_is_of_a_row_that_is_not_there() -> None:
    holds = [row["holds"] for row in rows()]

    assert [w for w in BREACHES if sum(each.startswith(w) for each in holds) != 1] == []


@pytest.mark.parametrize(
    ("words", "breach"),
    [(words, breach) for words, its in BREACHES.items() for breach in its],
    ids=lambda value: value[:40] if isinstance(value, str) else check_of(value),
)
def test_a_broken_invariant_is_seen(unguarded: World, words: str, breach: Breach) -> None:
    tell(lie_of(breach))

    assert load_checks()[check_of(breach)]().violations
