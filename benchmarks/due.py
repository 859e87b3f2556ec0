"""P-C3: finding what is due, however many visits there ever were."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from benchmarks.dues import add_due
from benchmarks.house import House, Size, use
from benchmarks.measuring import Result, benchmark, medians, milliseconds, times
from loyalty.sql import due_award_ids
from loyalty.sweep import CHUNK_POSTGRESQL


@benchmark(
    name="P-C3",
    title="finding what is due",
    goal="≤ 2 × the time at 100,000 visits, and ≤ 5 ms when nothing is due",
)
def finding(house: House) -> Iterable[Result]:
    least = use(min(Size.TENTH, house.size))
    few, nothing_few = _seconds(least)
    many, nothing_many = _seconds(use(house.size))
    yield Result(
        "P-C3",
        f"a chunk of {_chunk(house):,} due, {house.size:,} visits against {least.size:,}",
        milliseconds(many),
        milliseconds(few),
        times(many / few),
        "≤ 2 ×",
        many / few <= 2,
        "The two houses are different databases, measured one after the other.",
    )
    yield Result(
        "P-C3",
        f"nothing is due, {house.size:,} visits",
        milliseconds(nothing_many),
        milliseconds(nothing_few),
        times(nothing_many / nothing_few),
        "≤ 5 ms",
        nothing_many <= 0.005,
    )


def _chunk(house: House) -> int:
    return min(CHUNK_POSTGRESQL, house.size // 2)


def _seconds(house: House) -> tuple[float, float]:
    """Finding a chunk of due awards, and finding that nothing is due."""
    chunk = min(_chunk(house), Size.TENTH // 2)
    nothing = medians({"": lambda: due_award_ids(house.now, chunk, [])}, rounds=15)[""]
    with transaction.atomic():
        add_due(chunk, house, 0)
        if len(due_award_ids(house.now, chunk, [])) != chunk:
            raise AssertionError("not all that is due was found")
        found = medians({"": lambda: due_award_ids(house.now, chunk, [])}, rounds=15)[""]
        transaction.set_rollback(True)
    return found, nothing
