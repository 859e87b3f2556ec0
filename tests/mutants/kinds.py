"""What a mutant is: one guard, the way to switch it off, and the tests that must notice.

The work tree is never edited. A database guard is taken off the runner's own database; a code
guard is a fragment of a source file, replaced when the module is loaded or in its functions. The
fragment must occur exactly once, so that the list notices when code moves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SQLITE, POSTGRESQL = "sqlite", "postgresql"
BOTH = (SQLITE, POSTGRESQL)


@dataclass(frozen=True)
class Code:
    """Each ``(old, new)`` of ``changes`` is done once in ``path``: Python, or a template."""

    path: str
    changes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Constraint:
    """A constraint of ``Meta.constraints``, by its name."""

    name: str


@dataclass(frozen=True)
class UniqueField:
    """The unique key of one column. ``model`` is a label like ``sales.Payment``."""

    model: str
    field: str


@dataclass(frozen=True)
class Trigger:
    """A guard of the manifest (``<app>/guards.py``), by its name."""

    name: str


@dataclass(frozen=True)
class AuditCheck:
    """A check of ``audit_ledger`` that finds nothing any more."""

    name: str


@dataclass(frozen=True)
class Together:
    """A guard and the one that stands behind it, for a second line of defence: off alone, nobody
    could tell."""

    switches: tuple[Code | Constraint | UniqueField | Trigger | AuditCheck, ...]


Switch = Code | Constraint | UniqueField | Trigger | AuditCheck | Together


@dataclass(frozen=True)
class Mutant:
    """``off`` says in words what is switched off; ``tests`` are below ``tests/``."""

    name: str
    off: str
    switch: Switch
    tests: tuple[str, ...]
    databases: tuple[str, ...] = BOTH
    in_sample: bool = False

    @property
    def switches(self) -> tuple[Switch, ...]:
        return self.switch.switches if isinstance(self.switch, Together) else (self.switch,)


def code(
    name: str,
    off: str,
    path: str,
    old: str,
    new: str,
    *tests: str,
    also: tuple[tuple[str, str], ...] = (),
    databases: tuple[str, ...] = BOTH,
    in_sample: bool = False,
) -> Mutant:
    """``old`` in ``path`` becomes ``new``, and what stands in ``also`` with it."""
    switch = Code(path, ((old, new), *also))
    return Mutant(name, off, switch, tests, databases, in_sample)


def no_doubles(mutants: Iterable[Mutant]) -> tuple[Mutant, ...]:
    found: dict[str, Mutant] = {}
    for mutant in mutants:
        if mutant.name in found:
            raise ValueError(f"two mutants are called {mutant.name}")
        found[mutant.name] = mutant
    return tuple(found.values())
