"""P-R1 to P-R3, P-P4: spending points and reading a balance."""

from __future__ import annotations

import multiprocessing
import random
import re
import secrets
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection, connections, transaction
from django.db.models import Sum

from benchmarks import databases
from benchmarks.house import NOW, House, Size, audit, copy_of, use
from benchmarks.measuring import Result, benchmark, interleave, medians, milliseconds, times
from benchmarks.statements import RAW_SPENDING
from clients.models import Client
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCardType
from loyalty.models import PointAccount, PointEntry, PointKind, Reward
from loyalty.points import balance_of, spend_points
from sales.exchange import exchange_points_for_card

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

ACTS, EXCHANGES, AT_ONCE, SECONDS = 100, 20, 8, 4.0
# Spending without a card is half an exchange: one check of the audit must say so.
HALF = ("points-spent-bought-something",)

Act = Callable[[int], None]


@benchmark(
    name="P-R1",
    title="spending points, one connection",
    goal="≤ 1.5 × the four raw statements by psycopg, ≥ 3 × faster than the plain ORM",
)
def alone(house: House) -> Iterable[Result]:
    with copy_of(use(min(house.size, Size.MILLION))) as copy:
        clients = _clients(copy)
        with psycopg.connect(copy.dsn) as raw:
            found = medians(
                {
                    "ours": partial(_many, clients, _spender()),
                    "raw": partial(_many, clients, _raw_spender(raw)),
                    "orm": partial(_many, clients, _orm_spend),
                    "exchange": partial(_many, clients, _exchanger(), EXCHANGES),
                },
                rounds=5,
            )
        audit(without=HALF)
    ours, raw_one, orm = (found[name] / ACTS for name in ("ours", "raw", "orm"))
    exchange = found["exchange"] / EXCHANGES
    yield Result(
        "P-R1",
        "spend_points in its transaction, against psycopg",
        milliseconds(ours),
        milliseconds(raw_one),
        times(ours / raw_one),
        "≤ 1.5 ×",
        ours / raw_one <= 1.5,
    )
    yield Result(
        "P-R1",
        "the same against the plain ORM",
        milliseconds(ours),
        milliseconds(orm),
        f"{times(orm / ours)} faster",
        "≥ 3 ×",
        orm / ours >= 3,
        "The plain ORM locks the account, looks the key up, saves the entry and the account; its "
        "COMMIT waits for the disk and runs the deferred guards as ours does.",
    )
    yield Result(
        "P-R1",
        "the whole exchange: token, points, card, sale, message",
        milliseconds(exchange),
        milliseconds(raw_one),
        times(exchange / raw_one),
    )


@benchmark(
    name="P-R2",
    title=f"{AT_ONCE} connections spend from one account",
    goal="≥ 0.8 × raw FOR UPDATE; no error, no deadlock",
)
def one_account(house: House) -> Iterable[Result]:
    with copy_of(use(min(house.size, Size.MILLION))) as copy:
        hot = [copy.hot_client_id]
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM loyalty_pointaccount WHERE client_id = %s", hot)
            before = cursor.fetchone()[0]
        ours: list[float] = []
        raw: list[float] = []
        acts = 0
        for turn in range(2):
            ways: list[tuple[list[float], Callable[[], Act]]]
            ways = [(ours, _spender), (raw, partial(_raw_on, copy))]
            for rates, make in ways if turn else reversed(ways):
                done = _at_once(hot, make)
                acts += done
                rates.append(done / SECONDS)
        left = PointAccount.objects.get(client_id=copy.hot_client_id).balance
        if before - left != acts:
            raise AssertionError(f"{acts} points were spent, and {before - left} are gone")
        audit(without=HALF)
    ratio = statistics.median(ours) / statistics.median(raw)
    yield Result(
        "P-R2",
        f"{AT_ONCE} processes, one account, errors: 0",
        f"{statistics.median(ours):,.0f} a second",
        f"{statistics.median(raw):,.0f} a second",
        times(ratio),
        "≥ 0.8 ×",
        ratio >= 0.8,
        "Any error of any process would have raised, and every point is accounted for.",
    )


@benchmark(
    name="P-R3",
    title=f"{AT_ONCE} connections spend from many accounts",
    goal="≥ 0.4 × pgbench TPC-B",
)
def spread(house: House) -> Iterable[Result]:
    pgbench = _pgbench()
    if pgbench is None:
        yield Result("P-R3", "pgbench is not installed here", "", goal="≥ 0.4 ×")
        return
    with copy_of(use(min(house.size, Size.MILLION))) as copy:
        clients = _clients(copy)
        name = f"{copy.name}_pgbench"
        databases.create(name)
        try:
            address = databases.address_of(name)
            _run(pgbench, "-i", "-q", "-s", "10", address)
            ours, tpc_b, raw = [], [], []
            for _turn in range(2):
                ours.append(_at_once(clients, _spender) / SECONDS)
                load = ["-n", "-c", str(AT_ONCE), "-j", "2", "-T", f"{SECONDS:.0f}", address]
                tpc_b.append(float(re.findall(r"tps = ([\d.]+)", _run(pgbench, *load))[0]))
                raw.append(_at_once(clients, partial(_raw_on, copy)) / SECONDS)
            audit(without=HALF)
            _strip()
            bare = [_at_once(clients, _spender) / SECONDS for _turn in range(2)]
        finally:
            databases.drop(name)
    mine = statistics.median(ours)
    for what, yardstick, aim in (
        (f"{AT_ONCE} processes, many accounts, against pgbench", statistics.median(tpc_b), 0.4),
        ("the same against the raw statements", statistics.median(raw), None),
    ):
        yield Result(
            "P-R3",
            what,
            f"{mine:,.0f} a second",
            f"{yardstick:,.0f} a second",
            times(mine / yardstick),
            f"≥ {aim} ×" if aim else "",
            mine / yardstick >= aim if aim else None,
            "pgbench's tables have no secondary indexes, keys or guards; the raw statements "
            "write to the same tables as ours.",
        )
    yield Result(
        "P-R3",
        "what guards, foreign keys and secondary indexes cost: ours without them",
        f"{statistics.median(bare):,.0f} a second",
        f"{mine:,.0f} a second",
        times(statistics.median(bare) / mine),
    )


@benchmark(name="P-P4", title="a balance on a page", goal="one cached column")
def balance(house: House) -> Iterable[Result]:
    hot = Client.objects.get(pk=house.hot_client_id)
    account = PointAccount.objects.get(client=hot)
    entries = PointEntry.objects.filter(account=account)
    if entries.aggregate(total=Sum("amount"))["total"] != balance_of(hot):
        raise AssertionError("the cached balance is not the sum of the entries")
    cached, summed = interleave(
        lambda: balance_of(hot), lambda: entries.aggregate(total=Sum("amount")), rounds=9
    )
    yield Result(
        "P-P4",
        f"balance of the hot client, {entries.count():,} entries, against their sum",
        milliseconds(cached),
        milliseconds(summed),
        f"{times(summed / cached)} faster",
        "one cached column",
        True,
    )


def _strip() -> None:
    """Leave the tables of spending as bare as pgbench's: the copy is thrown away."""
    with connection.cursor() as cursor:
        for table in ("loyalty_pointentry", "loyalty_pointaccount"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(
            "SELECT indexrelid::regclass::text FROM pg_index"
            " WHERE indrelid = 'loyalty_pointentry'::regclass AND NOT indisunique"
        )
        cursor.execute("; ".join(f"DROP INDEX {row[0]}" for row in cursor.fetchall()))


def _clients(house: House) -> list[int]:
    """Clients with points enough for every round, in an order of chance."""
    rich = PointAccount.objects.filter(balance__gte=4_000).exclude(client=house.hot_client_id)
    ids = list(rich.order_by("pk").values_list("client_id", flat=True))
    random.Random(1).shuffle(ids)
    return ids


def _many(clients: list[int], act: Act, acts: int = ACTS) -> None:
    start = secrets.randbelow(len(clients))
    for number in range(acts):
        act(clients[(start + number) % len(clients)])


def _spender() -> Act:
    reward = Reward.objects.get(pk=1)

    def spend(client_id: int) -> None:
        with transaction.atomic():
            spend_points(
                client=Client(pk=client_id),
                reward=reward,
                points=1,
                key=f"form:{new_form_token()}:spend",
                actor=None,
            )

    return spend


def _raw_spender(raw: psycopg.Connection[Any]) -> Act:
    lock, look, append, move = RAW_SPENDING

    def spend(client_id: int) -> None:
        key = f"form:{new_form_token()}:spend"
        with raw.transaction(), raw.cursor() as cursor:
            row = cursor.execute(lock, [client_id]).fetchone()
            used = cursor.execute(look, [key]).fetchone()
            if row is None or row[1] < 1 or used:
                raise AssertionError("the yardstick has no points to spend")
            account, left, last = row
            cursor.execute(append, [account, last + 1, left - 1, key, NOW, NOW])
            cursor.execute(move, [left - 1, last + 1, account])

    return spend


def _raw_on(house: House) -> Act:
    return _raw_spender(psycopg.connect(house.dsn))


def _orm_spend(client_id: int) -> None:
    key = f"form:{new_form_token()}:spend"
    with transaction.atomic():
        reward = Reward.objects.get(pk=1)
        client = Client.objects.get(pk=client_id)
        account = PointAccount.objects.select_for_update(no_key=True).get(client=client)
        if PointEntry.objects.filter(key=key).exists() or account.balance < 1:
            raise AssertionError("the plain ORM has no points to spend")
        account.balance -= 1
        account.last_sequence += 1
        entry = PointEntry(
            account=account,
            sequence=account.last_sequence,
            kind=PointKind.SPEND,
            amount=-1,
            balance_after=account.balance,
            key=key,
            occurred_at=NOW,
            created_at=NOW,
            reward=reward,
        )
        entry.save()
        account.save()


def _exchanger() -> Act:
    card_type = GiftCardType.objects.get(reward=1)

    def exchange(client_id: int) -> None:
        exchange_points_for_card(
            client=Client.objects.get(pk=client_id),
            card_type=card_type,
            form_token=new_form_token(),
            actor=None,
        )

    return exchange


# --- many at once ------------------------------------------------------------------------------


def _at_once(clients: list[int], make: Callable[[], Act]) -> int:
    """Acts done in ``SECONDS`` by ``AT_ONCE`` processes. Raises when one of them met an error."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(AT_ONCE)
    answers: Queue[int | str] = context.Queue()
    workers = [
        context.Process(
            target=_work, args=(clients[number::AT_ONCE] or clients, make, barrier, answers)
        )
        for number in range(AT_ONCE)
    ]
    for worker in workers:
        worker.start()
    told = [answers.get(timeout=120) for _worker in workers]
    for worker in workers:
        worker.join()
    errors = [answer for answer in told if isinstance(answer, str)]
    if errors:
        raise AssertionError(f"{len(errors)} of {AT_ONCE} failed: {errors[0]}")
    return sum(answer for answer in told if isinstance(answer, int))


def _work(clients: list[int], make: Callable[[], Act], barrier: Any, answers: Any) -> None:
    try:
        act = make()
        act(clients[0])
        barrier.wait(timeout=60)
        until = time.perf_counter() + SECONDS
        done = 1
        for number in _forever(len(clients)):
            if time.perf_counter() >= until:
                break
            act(clients[number])
            done += 1
        answers.put(done)
    except Exception as error:  # noqa: BLE001 - told to the parent, whatever it was
        barrier.abort()
        answers.put(f"{type(error).__name__}: {error}")


def _forever(length: int) -> Iterator[int]:
    return (number % length for number in count(1))


def _pgbench() -> str | None:
    found = shutil.which("pgbench")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    return found or (str(installed[-1]) if installed else None)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
