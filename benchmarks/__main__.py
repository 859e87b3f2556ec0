"""``make bench``: every ratio of docs/performance.md, measured in one run.

    .venv/bin/python -m benchmarks --small --keep --only P-C1,P-R1

A missed goal is told and is no failure: this machine may be busy. A wrong result raises.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module

from benchmarks import document, house
from benchmarks.measuring import BENCHMARKS, Result

MODULES = ("credit", "due", "spend", "report", "pages", "exports", "codes", "slots")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--big", action="store_true", help="10 million visits")
    sizes.add_argument("--small", action="store_true", help="10,000 visits, for developing")
    parser.add_argument("--only", default="", metavar="NAME,…", help="these goals only")
    parser.add_argument("--build", action="store_true", help="build and audit, measure nothing")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--keep", action="store_true", help="keep and reuse the databases")
    asked = parser.parse_args()

    house.set_up_django()
    for module in MODULES:
        import_module(f"benchmarks.{module}")
    if asked.list:
        sys.stdout.writelines(f"{b.name}  {b.title}\n" for b in BENCHMARKS.values())
        return 0
    size = house.Size.BIG if asked.big else house.Size.MILLION
    size = house.Size.SMALL if asked.small else size
    wanted = [name for name in asked.only.split(",") if name] or list(BENCHMARKS)
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {list(BENCHMARKS)}")

    try:
        results = _measure(size, [] if asked.build else wanted)
    finally:
        if not asked.keep:
            for each in house.built():
                house.forget(each)
    sys.stdout.write(document.table(results) + "\n")
    return 0


def _measure(size: house.Size, names: list[str]) -> list[Result]:
    if not names:
        house.use(size)
    results: list[Result] = []
    for name in names:
        started = time.monotonic()
        house.say(f"{name}: {BENCHMARKS[name].title} …")
        # Whichever house the one before was looking at.
        needed = house.Size.SMALL if BENCHMARKS[name].own_salon else size
        found = list(BENCHMARKS[name].measure(house.use(needed)))
        # docs/performance.md has a section per benchmark: another name would have none.
        assert {result.name for result in found} == {name}, found
        house.say(document.table(found))
        # A small salon is for developing: its figures are nobody's.
        written = document.write(size, found) if size != house.Size.SMALL else "not written down"
        house.say(f"{name}: measured in {time.monotonic() - started:.0f} s, {written}")
        results.extend(found)
    return results


if __name__ == "__main__":
    sys.exit(main())
