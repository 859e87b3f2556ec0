"""P-C1, P-C2, P-C5: the real sweep, guards on, against one statement and against a loop."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
from django.db import transaction

from benchmarks.databases import django_on_sqlite
from benchmarks.dues import add_due
from benchmarks.house import House, Size, audit, copies_of, copy_of, use
from benchmarks.measuring import (
    Result,
    benchmark,
    milliseconds,
    peak_memory_of,
    seconds_of,
    times,
)
from benchmarks.sqlite import copy_to_sqlite, credit_in_three_statements
from benchmarks.statements import CREDIT_AT_ONCE, LEFT_BEHIND
from clients.consents import has_consent
from foundation.locks import lock_one
from ledger.posting import post
from loyalty.models import Award, AwardState, PointAccount, PointEntry, PointKind
from loyalty.sweep import credit_due_awards
from notifications.outbox import queue_message

ROUNDS = 3
LOOPED = 500


@benchmark(
    name="P-C1",
    title="crediting what is due, through the real sweep, guards on",
    goal="≤ 1.3 × one set-based statement that does the same, ≥ 40 × faster than a loop of rows",
)
def credit(house: House) -> Iterable[Result]:
    many = house.size.clients // 2
    swept, stated = [], []
    house = _writable(house)
    with copies_of(house, 2) as (ours, yardstick):
        for turn in range(ROUNDS):
            for each in (ours, yardstick):
                each.enter()
                add_due(many, house, turn)
            # Turn by turn the other way round, so that a busy minute hits both.
            for way in ("ours", "yardstick") if turn % 2 else ("yardstick", "ours"):
                if way == "ours":
                    ours.enter()
                    swept.append(seconds_of(lambda: _sweep(many)))
                else:
                    stated.append(seconds_of(lambda: _credit_at_once(yardstick, many)))
            _same_left_behind(ours, yardstick)
        ours.enter()
        add_due(LOOPED, house, ROUNDS)
        looped = seconds_of(_loop) / LOOPED
        audit()
    sweep, statement = statistics.median(swept), statistics.median(stated)
    yield Result(
        "P-C1",
        f"{many:,} due of {house.size:,}, against one statement",
        f"{milliseconds(sweep)} ({many / sweep:,.0f} a second)",
        milliseconds(statement),
        times(sweep / statement),
        "≤ 1.3 ×",
        sweep / statement <= 1.3,
        "Both write entries, balances, awards and messages, and commit; the sweep also takes its "
        "locks first, a chunk at a time. What they leave "
        "behind is compared row by row, and audited.",
    )
    per_row = sweep / many
    yield Result(
        "P-C1",
        f"per award, against a loop of the ORM over {LOOPED}",
        milliseconds(per_row),
        milliseconds(looped),
        f"{times(looped / per_row)} faster",
        "≥ 40 ×",
        looped / per_row >= 40,
    )


@benchmark(
    name="P-C2",
    title="a long standstill against a short one",
    goal="≤ 1.2 × per award, and ≤ 10 MB more memory",
)
def standstill(house: House) -> Iterable[Result]:
    house = _writable(house)
    few, many = house.size.clients // 2, int(house.size)
    with copy_of(house):
        add_due(few, house, 0)
        short: list[tuple[float, float]] = []
        seconds_short = seconds_of(lambda: short.append(peak_memory_of(lambda: _sweep(few))))
        add_due(many, house, 1)
        long: list[tuple[float, float]] = []
        seconds_long = seconds_of(lambda: long.append(peak_memory_of(lambda: _sweep(many))))
    ratio = (seconds_long / many) / (seconds_short / few)
    yield Result(
        "P-C2",
        f"per award, {many:,} due against {few:,}",
        milliseconds(seconds_long / many),
        milliseconds(seconds_short / few),
        times(ratio),
        "≤ 1.2 ×",
        ratio <= 1.2,
    )
    more = long[0][0] - short[0][0]
    yield Result(
        "P-C2",
        f"peak memory, {many:,} due against {few:,}",
        f"{long[0][0]:.0f} MB",
        f"{short[0][0]:.0f} MB",
        f"{more:+.0f} MB",
        "≤ +10 MB",
        more <= 10,
    )


@benchmark(
    name="P-C5",
    title="the same sweep on SQLite",
    goal="≤ 3 × its own three-statement way",
)
def on_sqlite(house: House) -> Iterable[Result]:
    small = use(min(house.size, Size.TENTH))
    many = small.size.clients // 2
    swept, stated = [], []
    with tempfile.TemporaryDirectory() as folder, copy_of(small):
        add_due(many, small, 0)
        source = Path(folder) / "house.sqlite3"
        copy_to_sqlite(source)
        for _turn in range(ROUNDS):
            ours, yardstick = Path(folder) / "ours.sqlite3", Path(folder) / "yardstick.sqlite3"
            for path in (ours, yardstick):
                path.write_bytes(source.read_bytes())
            with django_on_sqlite(yardstick):
                stated.append(seconds_of(lambda: credit_in_three_statements(small.now, many)))
            with django_on_sqlite(ours):
                swept.append(seconds_of(lambda: _sweep(many)))
        with django_on_sqlite(ours):
            audit()
    sweep, statements = statistics.median(swept), statistics.median(stated)
    yield Result(
        "P-C5",
        f"{many:,} due of {small.size:,}, on a file with synchronous=FULL",
        f"{milliseconds(sweep)} ({many / sweep:,.0f} a second)",
        milliseconds(statements),
        times(sweep / statements),
        "≤ 3 ×",
        sweep / statements <= 3,
        "The three statements write entries, balances and awards in one transaction; the sweep "
        "writes the messages as well, and lets go of the file's one lock after each chunk.",
    )


def _writable(house: House) -> House:
    """Copies of ten million rows would take the disk; the goals speak of one million."""
    return use(min(house.size, Size.MILLION))


def _sweep(expected: int) -> None:
    result = credit_due_awards()
    if (result.credited, result.failed) != (expected, 0):
        raise AssertionError(f"{expected} were due, and the sweep did {result}")


def _credit_at_once(house: House, expected: int) -> None:
    with psycopg.connect(house.dsn, cursor_factory=psycopg.ClientCursor) as raw:
        raw.execute(CREDIT_AT_ONCE, {"now": house.now})


def _same_left_behind(ours: House, yardstick: House) -> None:
    left: list[list[Any]] = []
    for house in (ours, yardstick):
        with psycopg.connect(house.dsn) as raw:
            left.append([raw.execute(q, {"now": house.now}).fetchone() for q in LEFT_BEHIND])
    if left[0] != left[1]:
        raise AssertionError(f"the sweep left {left[0]}, the statement {left[1]}")


def _loop() -> None:
    """What a programmer writes first: an award, a transaction."""
    now = House(Size.SMALL, "").now
    due = Award.objects.filter(state=AwardState.PROMISED, due_at__lte=now).order_by("due_at", "pk")
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            award = lock_one(Award.objects.select_related("booking"), pk)
            account = lock_one(PointAccount.objects.select_related("client"), award.account_id)
            award.earn_entry = post(
                PointEntry,
                account,
                account_field="account",
                kind=PointKind.EARN,
                amount=award.points,
                key=f"award:{award.pk}:earn",
                occurred_at=award.due_at,
                rule=award.rule,
                base=award.base,
                rate=award.rate,
                service_id=award.booking.service_id,
                provider_id=award.booking.provider_id,
                booking=award.booking,
            )
            award.state, award.settled_at = AwardState.CREDITED, now
            award.save()
            if has_consent(account.client_id):
                queue_message(
                    kind="points_added",
                    client=account.client,
                    subjects={"award": award.pk},
                    dedupe_key=f"award:{award.pk}:told",
                )
