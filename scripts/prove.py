"""`make prove`: kills and stops in full, on SQLite and on PostgreSQL, and one table of what came.

    python -m scripts.prove [--kills 300] [--stops 12] [--seed NUMBER] [--only sqlite|postgresql]

TEST_DATABASE_URL names the PostgreSQL server, as for `make test`. The exit code is not zero when
anything was lost, doubled or left out.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.run_tests import DEFAULT_URL, ROOT, why_unreachable
from tests.prove.harm import HARM, INSIDE

NAMES = {
    "test_sweeps_killed_again_and_again_credit_and_tell_once": "sweeps killed",
    "test_exchanges_killed_again_and_again_buy_each_card_once": "cards by points, killed",
    "test_visits_killed_again_and_again_are_whole_and_where_they_were_put": (
        "booking and moving, killed"
    ),
    "test_sweeps_without_a_transaction_credit_twice": "control: sweeps taken apart",
    "test_exchanges_without_a_transaction_take_points_twice": "control: exchange taken apart",
    "test_visits_without_a_transaction_are_left_in_halves": "control: visits taken apart",
    "test_what_is_taken_apart_and_not_killed_does_no_harm[sweeps]": "apart, not killed: sweeps",
    "test_what_is_taken_apart_and_not_killed_does_no_harm[buying]": "apart, not killed: exchange",
    "test_what_is_taken_apart_and_not_killed_does_no_harm[visits]": "apart, not killed: visits",
    "test_server_stopped_under_load_loses_and_doubles_nothing": "server stopped under load",
}
# Letters of which nobody can say whether they left: no harm, and not to be passed over.
COLUMNS = (
    "engine",
    "run",
    "ends",
    "inside",
    "things",
    "letters",
    *HARM,
    "undecided",
    "audit",
    "seconds",
)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="make prove")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--stops", type=int, default=12)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    return parser.parse_args()


def run(environment: dict[str, str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "tests/prove"]
    return not subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def row_of(result: dict[str, Any]) -> list[str]:
    """One line of the table; ``ends`` are processes killed, or stops of the server."""
    ended = result.get("stopped") or result.get("killed") or {}
    is_apart = NAMES[result["test"]].startswith(("control", "apart"))
    cells = {
        "engine": result["engine"],
        "run": NAMES[result["test"]],
        "ends": result.get("stops") or sum(ended.values()),
        "inside": sum(ended.get(phase, 0) for phase in INSIDE),
        # Its guards are off by intent.
        "audit": "–" if is_apart else len(result["audit"]),
    }
    return [str(cells.get(name, result.get(name, "–"))) for name in COLUMNS]


def harmed(result: dict[str, Any]) -> list[str]:
    """What this run must not show; a control must show that something is there twice or halved."""
    if NAMES[result["test"]].startswith("control"):
        shown = result["doubles"] + result.get("halves", 0)
        return [] if shown else ["nothing double, nothing halved: the control is blind"]
    found = [f"{name} {result[name]}" for name in HARM if result[name]]
    undecided = result["undecided"] - handed_over(result)
    if undecided > 0:
        found.append(f"undecided {undecided} more than there were ends while handing over")
    if NAMES[result["test"]].startswith("apart"):
        return found
    return found + ([f"audit {len(result['audit'])}"] if result["audit"] else [])


def handed_over(result: dict[str, Any]) -> int:
    ended = result.get("stopped") or result.get("killed") or {}
    return int(ended.get("handing_over", 0))


def print_table(rows: list[list[str]]) -> None:
    table = [list(COLUMNS), *rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(COLUMNS))]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print(
        "A control must show something double or lost, every other run nothing. undecided: letters"
        " whose sender ended while it handed them over, never more than such ends."
    )


def main() -> int:
    options = asked()
    url = os.environ.get("TEST_DATABASE_URL") or DEFAULT_URL
    plain = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    engines = {"sqlite": plain, "postgresql": plain | {"TEST_DATABASE_URL": url}}
    reason = "" if options.only == "sqlite" else why_unreachable(url)
    if reason:
        print(f"PostgreSQL cannot be used ({reason}): its half is left out, which is a failure.")
        del engines["postgresql"]
    print(f"Seed {options.seed}: --seed {options.seed} repeats the random moments.", flush=True)
    good = not reason
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "results.jsonl"
        book.touch()
        for engine, environment in engines.items():
            if options.only in (None, engine):
                good &= run(
                    environment
                    | {
                        # What cannot run there has failed, not been skipped.
                        "CI": "true",
                        "PROVE_KILLS": str(options.kills),
                        "PROVE_STOPS": str(options.stops),
                        "PROVE_SEED": str(options.seed),
                        "PROVE_RESULTS": str(book),
                    }
                )
        results = [json.loads(line) for line in book.read_text().splitlines()]
    print_table([row_of(result) for result in results])
    for result in results:
        for harm in harmed(result):
            good = False
            print(f"{result['engine']}, {NAMES[result['test']]}: {harm}")
    print("Proved." if good else "NOT proved: see above.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
