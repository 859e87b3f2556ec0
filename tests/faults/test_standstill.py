"""F05 and F51: three days of standstill are caught up with in short transactions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from celery.beat import PersistentScheduler
from django.db import connection

from catalogue.models import Service
from clients.models import Client
from foundation import clock as project_clock
from loyalty import sweep
from loyalty.models import Award, PointAccount, PointEntry, SweepRun
from loyalty.sweep import credit_due_awards
from loyalty_site.celery import app
from notifications.models import Message
from notifications.sending import MARKETING_LIMIT, send_due_messages
from tests.conftest import Clock
from tests.factories import EarningRuleFactory, ProviderFactory, turn_on
from tests.faults.backlog import make_backlog, make_people

pytestmark = pytest.mark.django_db

SWEEP, SENDER = "loyalty.tasks.credit_due_awards", "notifications.tasks.send_due_messages"
CLIENTS, AGREED = 200, 65  # how many of them want to hear of points


def make_days(service: Service, many: int, first: dt.datetime) -> None:
    """``many`` visits of two hundred clients, a minute after each other."""
    make_backlog(make_people(CLIENTS, AGREED, first), service, many, first)


@contextmanager
def statements_watched() -> Iterator[list[str]]:
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


@pytest.fixture
def beat(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], AbstractContextManager[PersistentScheduler]]]:
    """Starts Celery's beat with its real schedule and its notes of the last time, and what it
    nudges happens at once, in this process. It reads the hour from the standing clock."""
    monkeypatch.setattr(app, "now", project_clock.now)
    app.loader.import_default_modules()

    @contextmanager
    def started() -> Iterator[PersistentScheduler]:
        notes = str(tmp_path / "beat-schedule")
        scheduler = PersistentScheduler(app=app, schedule_filename=notes)
        try:
            yield scheduler
        finally:
            scheduler.close()

    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield started
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


def nudge(scheduler: PersistentScheduler) -> list[str]:
    """Whatever beat finds due now, in the order in which it did it."""
    done: list[str] = []
    send = scheduler.apply_async

    def note(entry: Any, *args: Any, **more: Any) -> Any:
        done.append(entry.task)
        return send(entry, *args, **more)

    with patch.object(scheduler, "apply_async", note):
        while scheduler.tick() == 0:
            continue
    return done


def make_three_days(first: dt.datetime) -> int:
    """Ten thousand visits of two hundred clients with three providers; all due within 72 hours."""
    people = make_people(CLIENTS, AGREED, first)
    for number, many in enumerate((3_400, 3_400, 3_200)):
        rule = EarningRuleFactory(service__providers=[ProviderFactory()], points=60)
        # A few seconds apart, so that there is one order in which they fall due.
        make_backlog(people, rule.service, many, first + dt.timedelta(seconds=5 * number))
    return 10_000


def test_ten_thousand_awards_of_three_days_are_caught_up_with(
    clock: Clock,
    mailoutbox: list[Any],
    beat: Callable[[], AbstractContextManager[PersistentScheduler]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F05: beat stood still for three days. Its first nudge credits all of them, oldest first, in
    chunks; one mail a client, at a capped rate."""
    # What is asked for at once is sorted by account: that all would be the oldest.
    monkeypatch.setattr(sweep, "CHUNKS_AT_ONCE", 1)
    turn_on("loyalty")
    with beat() as scheduler:
        clock.advance(hours=1)
        assert SWEEP in nudge(scheduler)
    many = make_three_days(clock.now)
    clock.advance(days=3)
    assert Award.objects.filter(state="promised", due_at__lte=clock.now).count() == many

    sent = []
    with beat() as scheduler:
        woken = nudge(scheduler)
        sent.append(len(mailoutbox))
        # Hundreds of nudges were missed, and each task is nudged once.
        assert sorted(woken) == sorted(set(woken))
        assert {SWEEP, SENDER} <= set(woken)
        run = SweepRun.objects.latest("pk")
        assert (run.credited, run.failed, run.flagged) == (many, 0, "long-pause")
        while Message.objects.filter(state="pending").exists():
            clock.advance(seconds=30)
            assert SENDER in nudge(scheduler)
            sent.append(len(mailoutbox) - sum(sent))

    chunk = sweep.CHUNK_POSTGRESQL if connection.vendor == "postgresql" else sweep.CHUNK_SQLITE
    hours = list(PointEntry.objects.order_by("pk").values_list("occurred_at", flat=True))
    chunks = [hours[start : start + chunk] for start in range(0, len(hours), chunk)]
    assert all(max(this) < min(following) for this, following in pairwise(chunks))
    assert set(PointAccount.objects.values_list("balance", flat=True)) == {many // CLIENTS * 60}
    assert max(sent) == MARKETING_LIMIT
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(
        Client.objects.filter(consent_records__granted=True).values_list("email", flat=True)
    )


def test_no_mail_leaves_while_more_of_a_client_is_due(
    massage: Service, clock: Clock, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """F05: the sender runs beside a catch-up that has only begun."""
    make_days(massage, CLIENTS * 2, clock.now)
    clock.advance(days=3)
    some = list(Award.objects.order_by("due_at").values_list("due_at", flat=True))[CLIENTS - 1]
    credit_due_awards(at=some)

    assert send_due_messages().sent == 0
    credit_due_awards()
    while Message.objects.filter(state="pending").exists():
        send_due_messages()

    assert len(mailoutbox) == AGREED


def test_each_transaction_of_a_sweep_is_one_chunk(massage: Service, clock: Clock) -> None:
    """F51: what a write transaction does is bounded in rows and in statements. 500 rows take a
    few tenths of a second on SQLite on a slow machine."""
    make_days(massage, 1_300, clock.now)
    clock.advance(days=3)
    many: list[int] = []
    settle = "UPDATE loyalty_award SET state = 'credited'"

    def count(execute: Any, sql: str, params: Any, batch: bool, context: Any) -> Any:
        answer = execute(sql, params, batch, context)
        if settle in sql:
            many.append(context["cursor"].rowcount)
        return answer

    with connection.execute_wrapper(count), statements_watched() as seen:
        credit_due_awards(chunk=sweep.CHUNK_SQLITE)

    assert sweep.CHUNK_SQLITE <= 500
    assert many == [500, 500, 300]
    begins = [at for at, sql in enumerate(seen) if sql.startswith("SAVEPOINT")]
    ends = [at for at, sql in enumerate(seen) if sql.startswith("RELEASE SAVEPOINT")]
    assert max(end - begin for begin, end in zip(begins, ends, strict=True)) < 40
    assert not [sql for sql in seen if re.match(r"(?i)(begin|commit)", sql)]
