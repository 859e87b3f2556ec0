"""``python -m tests.mutants``: switch every guard off, one at a time, and see which test notices.

    python -m tests.mutants [--only NAME] [--database sqlite|postgresql] [--sample] [--jobs 2]

Prints a line per mutant and writes the table of docs/invariants.md (``--check`` leaves the page
alone). Exit code 1 when a mutant survives, or a listed fragment is no longer there.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from fnmatch import fnmatch

from scripts.run_tests import DEFAULT_URL, why_unreachable
from tests.mutants.campaign import FORK, Result, run_campaign
from tests.mutants.kinds import BOTH, POSTGRESQL, Mutant
from tests.mutants.listed import MUTANTS
from tests.mutants.page import write_results


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--only", action="append", default=[], help="a name, or a pattern with *")
    parser.add_argument("--database", choices=BOTH)
    parser.add_argument("--sample", action="store_true", help="the dozen that guard money")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--check", action="store_true", help="do not write the page")
    return parser.parse_args()


def chosen(asked: argparse.Namespace) -> list[Mutant]:
    return [
        mutant
        for mutant in MUTANTS
        if (not asked.sample or mutant.in_sample)
        and (not asked.only or any(fnmatch(mutant.name, each) for each in asked.only))
    ]


def tell(result: Result) -> None:
    said = f"killed by {result.killer}" if result.killer else f"NOT KILLED: {result.problem}"
    print(f"  {result.mutant.name:<44} {result.seconds:5.1f} s  {said}", flush=True)


def run_one(database: str, mutants: list[Mutant], asked: argparse.Namespace) -> bool:
    """In a process of its own: one process can load the product for one database only."""
    print(f"== Mutants on {database}", flush=True)
    began = time.monotonic()
    results = run_campaign(database, mutants, slots=asked.jobs, tell=tell)
    alive = [result.mutant.name for result in results if not result.killer]
    print(
        f"== {len(results)} mutants on {database}: {len(results) - len(alive)} killed,"
        f" {len(alive)} alive, {time.monotonic() - began:.0f} s",
        flush=True,
    )
    for name in alive:
        print(f"   alive: {name}")
    if not asked.check:
        write_results(database, {each.mutant.name: each.killer for each in results})
    return not alive


def _stop(_signal: int, _frame: object) -> None:
    """As an exception, so that databases and folders are cleared away on the way out."""
    sys.exit(1)


def main() -> int:
    signal.signal(signal.SIGTERM, _stop)
    asked = arguments()
    mutants = chosen(asked)
    if not mutants:
        print("No mutant is called so.")
        return 2
    codes = []
    for database in [asked.database] if asked.database else BOTH:
        reason = why_unreachable(DEFAULT_URL) if database == POSTGRESQL else ""
        if reason:
            print(f"== Left out: PostgreSQL ({reason}).")
            codes.append(bool(asked.database))
            continue
        process = FORK.Process(target=_exit_with, args=(database, mutants, asked))
        process.start()
        try:
            process.join()
        finally:
            process.terminate()
            process.join()
        codes.append(process.exitcode != 0)
    return int(any(codes))


def _exit_with(database: str, mutants: list[Mutant], asked: argparse.Namespace) -> None:
    try:
        passed = run_one(database, mutants, asked)
    except RuntimeError as error:
        print(f"== {error}")
        passed = False
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    sys.exit(main())
