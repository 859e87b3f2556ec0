"""Registering benchmarks, and measuring two ways of one work against each other."""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from benchmarks.house import House


@dataclass(frozen=True)
class Result:
    """One line of the table. ``ours``, ``yardstick`` and ``ratio`` are written with their units;
    ``met`` is None where no goal was set; ``note`` says why a goal is missed."""

    name: str
    what: str
    ours: str
    yardstick: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    note: str = ""


Measure = Callable[["House"], Iterable[Result]]


@dataclass(frozen=True)
class Benchmark:
    name: str
    title: str
    goal: str
    measure: Measure
    # It builds the salon it asks about: the house of any size will do to begin with.
    own_salon: bool = False


BENCHMARKS: dict[str, Benchmark] = {}


def benchmark(
    *, name: str, title: str, goal: str, own_salon: bool = False
) -> Callable[[Measure], Measure]:
    """Register a measurement under the ``name`` of its goal; a name is used once."""

    def register(measure: Measure) -> Measure:
        if name in BENCHMARKS:
            raise ValueError(f"two benchmarks are called {name}")
        BENCHMARKS[name] = Benchmark(name, title, goal, measure, own_salon)
        return measure

    return register


def seconds_of(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def interleave(
    ours: Callable[[], Any], yardstick: Callable[[], Any], rounds: int = 5
) -> tuple[float, float]:
    """The median seconds of both, run alternately, so that a busy minute hits both alike."""
    first: list[float] = []
    second: list[float] = []
    for turn in range(rounds):
        # Whoever comes second finds the rows in memory: they take turns in that too.
        order = ((ours, first), (yardstick, second))
        for work, times in order if turn % 2 == 0 else reversed(order):
            times.append(seconds_of(work))
    return statistics.median(first), statistics.median(second)


def medians(works: dict[str, Callable[[], Any]], rounds: int = 5) -> dict[str, float]:
    """As ``interleave``, for any number of ways: the median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds):
        names = list(works)
        for name in names if turn % 2 == 0 else reversed(names):
            times[name].append(seconds_of(works[name]))
    return {name: statistics.median(each) for name, each in times.items()}


def peak_memory_of(work: Callable[[], Any]) -> tuple[float, float]:
    """Run ``work`` in a child process: its peak memory in MB, and by how much ``work`` raised it.

    The child is forked, so it begins with what is loaded here; Django's connections are closed
    first. Raises RuntimeError when the work fails there.
    """
    from django.db import connections

    connections.close_all()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measured, args=(work, sender))
    child.start()
    sender.close()
    try:
        before, after, error = receiver.recv()
    except EOFError:
        before, after, error = 0, 0, "the child died"
    child.join()
    if error:
        raise RuntimeError(error)
    return after / 1024, (after - before) / 1024


def _measured(work: Callable[[], Any], sender: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        work()
        error = ""
    except Exception as caught:  # noqa: BLE001 - told to the parent, whatever it was
        error = f"{type(caught).__name__}: {caught}"
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send((before, after, error))
    sender.close()


def milliseconds(seconds: float) -> str:
    """``0.21 ms``, ``14 ms`` or ``3.20 s``: two or three digits that mean something."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.2f} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def times(ratio: float) -> str:
    return f"{ratio:.2f} ×" if ratio < 10 else f"{ratio:.0f} ×"
