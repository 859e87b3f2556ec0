"""The table of mutants in docs/invariants.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.mutants.code_switch import ROOT
from tests.mutants.kinds import BOTH, Code, Mutant
from tests.mutants.listed import MUTANTS

PAGE = ROOT / "docs" / "invariants.md"
HEADING = "## Guards switched off, one at a time"
ELSEWHERE, ALIVE = "–", "**alive**"
HEAD = ("| Guard | What is off | SQLite | PostgreSQL |", "| --- | --- | --- | --- |")


@dataclass
class Row:
    """``killers`` by database, as the page shows them."""

    name: str
    off: str
    killers: dict[str, str]

    def line(self) -> str:
        cells = (f"`{self.name}`", self.off, *(self.killers[each] for each in BOTH))
        return f"| {' | '.join(cells)} |"


def rows_of(text: str) -> dict[str, Row]:
    """The table as it stands in ``text``."""
    _before, _heading, table = text.partition(HEADING)
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 4:
            name = cells[0].strip("`")
            found[name] = Row(name, cells[1], dict(zip(BOTH, cells[2:], strict=True)))
    return found


def where(mutant: Mutant) -> str:
    paths = dict.fromkeys(each.path for each in mutant.switches if isinstance(each, Code))
    return mutant.off + "".join(f" (`{path}`)" for path in paths)


def _shown(killer: str) -> str:
    return f"`{killer.partition('[')[0]}`" if killer else ALIVE


def write_results(database: str, killers: Mapping[str, str]) -> None:
    """Put ``killers`` (by mutant; empty when it lived) into the page, the rest as it was."""
    text = PAGE.read_text("utf-8")
    known = rows_of(text)
    rows = []
    for mutant in MUTANTS:
        row = known.get(mutant.name) or Row(mutant.name, "", dict.fromkeys(BOTH, ALIVE))
        row.off = where(mutant)
        for each in BOTH:
            if each not in mutant.databases:
                row.killers[each] = ELSEWHERE
            elif each == database and mutant.name in killers:
                row.killers[each] = _shown(killers[mutant.name])
            elif row.killers[each] == ELSEWHERE:
                row.killers[each] = ALIVE
        rows.append(row.line())
    before, heading, after = text.partition(HEADING)
    words = after.partition(HEAD[0])[0]
    PAGE.write_text(before + heading + words + "\n".join([*HEAD, *rows]) + "\n", "utf-8")
