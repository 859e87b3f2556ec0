"""F05 and F51: three days of standstill are caught up with in short transactions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from catalogue.models import Service
from clients.models import Client
from loyalty import sweep
from loyalty.models import Award, PointAccount, PointEntry
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.sending import MARKETING_LIMIT, send_due_messages
from tests.conftest import Clock
from tests.faults.backlog import make_backlog, make_people

pytestmark = pytest.mark.django_db

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


def test_ten_thousand_awards_of_three_days_are_caught_up_with(
    massage: Service, clock: Clock, mailoutbox: list[Any]
) -> None:
    """F05: all of them, oldest first, in chunks; one mail a client, at a capped rate."""
    credit_due_awards()
    make_days(massage, 10_000, clock.now)
    clock.advance(days=10)

    result = credit_due_awards()

    assert (result.credited, result.failed, result.flagged) == (10_000, 0, "long-pause")
    chunk = sweep.CHUNK_POSTGRESQL if connection.vendor == "postgresql" else sweep.CHUNK_SQLITE
    hours = list(PointEntry.objects.order_by("pk").values_list("occurred_at", flat=True))
    chunks = [hours[start : start + chunk] for start in range(0, len(hours), chunk)]
    assert all(max(this) < min(following) for this, following in pairwise(chunks))
    assert set(PointAccount.objects.values_list("balance", flat=True)) == {10_000 // CLIENTS * 60}

    sent = []
    while Message.objects.filter(state="pending").exists():
        sent.append(send_due_messages().sent)
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
