"""The list: every guard of the product."""

from __future__ import annotations

from tests.mutants.kinds import no_doubles
from tests.mutants.listed import (
    audit,
    cards,
    database,
    files,
    locks,
    messages,
    panel,
    people,
    points,
    visits,
    website,
)

MUTANTS = no_doubles(
    (
        *database.MUTANTS,
        *audit.MUTANTS,
        *locks.MUTANTS,
        *points.MUTANTS,
        *cards.MUTANTS,
        *visits.MUTANTS,
        *people.MUTANTS,
        *files.MUTANTS,
        *messages.MUTANTS,
        *website.MUTANTS,
        *panel.MUTANTS,
    )
)
