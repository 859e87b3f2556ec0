"""One address that joins the line of a day in several tabs at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from bookings.models import WaitingPlace
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales import waiting
from sales.visits import Guest
from sales.waiting import wait_for_day
from tests.concurrency.contests import flat, kinds
from tests.concurrency.racing import CONNECTIONS, PATIENCE, TIMES, lost, race, race_in_rounds
from tests.concurrency.watching import count_deadlocks
from tests.factories import ClientFactory, ProviderFactory, ServiceFactory, book

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

FRIDAY = dt.date(2025, 11, 7)
TEN = dt.datetime(2025, 11, 7, 8, tzinfo=dt.UTC)  # in Helsinki


@pytest.fixture
def massage(db: None) -> Service:
    """One person, who works for an hour on Friday and has that hour booked."""
    aino = ProviderFactory()
    aino.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    service = ServiceFactory(providers=[aino])
    book(ClientFactory(), service, TEN)
    return service


def joiner(service: Service, email: str) -> Callable[[], WaitingPlace]:
    """A tab of its own: its form has a token of its own."""
    return lambda: wait_for_day(
        client=None,
        guest=Guest("Greta", "Gade", email, "+358401234567", "en"),
        service=service,
        provider=None,
        day=FRIDAY,
        form_token=new_form_token(),
        actor=None,
    )


def test_one_address_stands_once_in_the_line_of_a_day(massage: Service) -> None:
    def plan(number: int) -> list[Callable[[], Any]]:
        spellings = (f"greta{number}@example.test", f"Greta{number}@Example.test")
        return [joiner(massage, spellings[each % 2]) for each in range(CONNECTIONS)]

    rounds = 20 * TIMES
    deadlocks = count_deadlocks()

    outcomes = race_in_rounds(plan, rounds)

    assert count_deadlocks() == deadlocks
    assert kinds(flat(outcomes)) == {
        "WaitingPlace": rounds,
        "AlreadyWaiting": (CONNECTIONS - 1) * rounds,
    }
    assert WaitingPlace.objects.count() == rounds
    # Who was refused left no record of a client behind.
    assert Client.objects.filter(email__istartswith="greta").count() == rounds


def test_without_the_lock_one_address_stands_twice(massage: Service) -> None:
    both_looked = threading.Barrier(2)
    join = waiting._join

    def join_when_both_looked(*args: Any, **fields: Any) -> WaitingPlace:
        both_looked.wait(PATIENCE)
        return join(*args, **fields)

    with (
        mock.patch.object(waiting, "lock_lines_of_days"),
        mock.patch.object(waiting, "_join", join_when_both_looked),
    ):
        results = race(*[joiner(massage, "greta@example.test")] * 2)

    assert lost(results) == []
    assert WaitingPlace.objects.filter(client__email="greta@example.test").count() == 2
