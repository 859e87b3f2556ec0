"""All mutants on one database: the clean run first, then one forked process per mutant."""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from tests.mutants import databases
from tests.mutants.code_switch import ListIsStale, needs_a_fresh_import
from tests.mutants.kinds import Code, Mutant
from tests.mutants.trial import PLUGINS, Outcome, load_product, trial

# A mutant without its lock may leave two threads waiting for each other.
MOST_SECONDS = 180
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Result:
    """``killer`` is the test that noticed; empty when none did, and then ``problem`` says so."""

    mutant: Mutant
    killer: str
    problem: str
    seconds: float


@dataclass
class Job:
    """Something to do in a forked process with a database of its own."""

    name: str
    run: Callable[[str, Path], Any]


def in_processes(
    jobs: Sequence[Job],
    slots: Sequence[str],
    database: str,
    folder: Path,
    *,
    most_seconds: int = MOST_SECONDS,
) -> Iterator[tuple[str, Any, float]]:
    """What each job returned, as they end: ``(name, result, seconds)``."""
    waiting, free = list(jobs), list(slots)
    running: dict[int, tuple[Job, str, Any, float, Path]] = {}
    try:
        while waiting or running:
            while waiting and free:
                job, slot = waiting.pop(0), free.pop()
                databases.refresh(database, folder, slot)
                answer = folder / f"{len(waiting)}.json"
                process = FORK.Process(target=_child, args=(job, slot, answer))
                process.start()
                running[process.sentinel] = (job, slot, process, time.monotonic(), answer)
            ended = wait(list(running), timeout=10)
            for sentinel, (job, slot, process, began, answer) in list(running.items()):
                late = time.monotonic() - began > most_seconds
                if sentinel in ended or late:
                    _end(process)
                    del running[sentinel]
                    free.append(slot)
                    yield job.name, _read(answer, late=late), time.monotonic() - began
    finally:
        for _job, _slot, process, _began, _answer in running.values():
            _end(process)


def _child(job: Job, slot: str, answer: Path) -> None:
    os.setsid()
    result = job.run(slot, answer.with_suffix(".log"))
    answer.write_text(json.dumps(result), "utf-8")


def _end(process: Any) -> None:
    if process.is_alive():
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _read(answer: Path, *, late: bool) -> Any:
    log = answer.with_suffix(".log")
    said = log.read_text("utf-8", "replace")[-2000:] if log.exists() else ""
    if answer.exists():
        found = json.loads(answer.read_text("utf-8"))
        if isinstance(found, dict) and found["problem"].startswith("pytest ended"):
            found["problem"] += f": {said}"
        return found
    why = f"nothing after {MOST_SECONDS} s" if late else "the process died"
    return {"passed": [], "failed": [], "problem": f"{why}: {said}"}


def run_campaign(
    database: str, mutants: Sequence[Mutant], *, slots: int, tell: Callable[[Result], None]
) -> list[Result]:
    """Raises RuntimeError when the tests do not even pass with every guard on."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        databases.choose(database, folder)
        here = [mutant for mutant in mutants if database in mutant.databases]
        fresh = [each for each in here if _is_fresh(each)]
        loaded = [each for each in here if each not in fresh]
        maker = [Job("databases", lambda _slot, _log: _make(database, folder, slots))]
        ((_name, names, _seconds),) = in_processes(maker, [""], "none", folder)
        if not isinstance(names, list):
            raise RuntimeError(names["problem"])
        try:
            results = list(_try(fresh, names, database, folder, tell, fresh=True))
            load_product()
            _import_tests(here)
            # What is loaded stays where it is: the forked processes share it unwritten.
            gc.collect()
            gc.freeze()
            broken = _failing_unchanged(here, names, database, folder)
            results = [_judged(result, broken) for result in results]
            results += _try(loaded, names, database, folder, tell, fresh=False, without=broken)
        finally:
            databases.drop(database, names)
    return results


def _make(database: str, folder: Path, slots: int) -> list[str]:
    load_product()
    return databases.make(database, folder, slots)


def _is_fresh(mutant: Mutant) -> bool:
    try:
        return isinstance(mutant.switch, Code) and needs_a_fresh_import(mutant.switch)
    except ListIsStale:
        return False


def _import_tests(mutants: Iterable[Mutant]) -> None:
    """Once, instead of in every forked process."""
    import importlib

    for plugin in PLUGINS:
        importlib.import_module(plugin)
    importlib.import_module("tests.conftest")
    for path in sorted({test.partition("::")[0] for each in mutants for test in each.tests}):
        importlib.import_module("tests." + path.removesuffix(".py").replace("/", "."))


def _failing_unchanged(
    mutants: Iterable[Mutant], slots: Sequence[str], database: str, folder: Path
) -> list[str]:
    """The clean run: tests that fail while nothing is switched off, and so show nothing."""
    by_file: dict[str, set[str]] = {}
    for test in {test for mutant in mutants for test in mutant.tests}:
        by_file.setdefault(test.partition("::")[0], set()).add(test)
    shares: list[list[str]] = [[] for _ in slots]
    for tests in sorted(by_file.values(), key=len, reverse=True):
        min(shares, key=len).extend(sorted(tests))
    jobs = [
        Job(f"clean {number}", _trial_of(None, share, fresh=False))
        for number, share in enumerate(shares)
        if share
    ]
    broken: list[str] = []
    for name, found, _seconds in in_processes(jobs, slots, database, folder, most_seconds=1800):
        if found["problem"]:
            raise RuntimeError(f"{name}: {found['problem']}")
        broken += found["failed"]
    for test in broken:
        print(f"  fails with every guard on: {test}", flush=True)
    return broken


def _judged(result: Result, broken: Sequence[str]) -> Result:
    if result.killer not in broken:
        return result
    return replace(result, killer="", problem=f"{result.killer} fails with every guard on")


def _trial_of(
    switch: Any, tests: Sequence[str], *, fresh: bool, without: Sequence[str] = ()
) -> Callable[[str, Path], Any]:
    def run(slot: str, log: Path) -> Any:
        found = trial(switch, tests, without=without, database=slot, fresh=fresh, log=log)
        return found.as_json()

    return run


def _try(
    mutants: Sequence[Mutant],
    slots: Sequence[str],
    database: str,
    folder: Path,
    tell: Callable[[Result], None],
    *,
    fresh: bool,
    without: Sequence[str] = (),
) -> Iterator[Result]:
    known = {mutant.name: mutant for mutant in mutants}
    jobs = [
        Job(each.name, _trial_of(each.switch, each.tests, fresh=fresh, without=without))
        for each in mutants
    ]
    for name, found, seconds in in_processes(jobs, slots, database, folder):
        outcome = Outcome(**found)
        killer = outcome.failed[0] if outcome.failed and not outcome.problem else ""
        problem = outcome.problem or ("" if killer else "no test noticed")
        result = Result(known[name], killer, problem, seconds)
        tell(result)
        yield result
