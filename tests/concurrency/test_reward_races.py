"""Rewards booked at two desks at once: one balance, a first time that is only one, one return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from unittest import mock

import pytest

from bookings.lines import Line
from bookings.models import Source, Visit
from catalogue.models import Provider
from clients.models import Client
from foundation.form_tokens import new_form_token
from loyalty.errors import InsufficientPoints
from loyalty.models import PointEntry, PointKind, Reward
from loyalty.points import balance_of
from sales import visits
from sales.errors import RewardNotNow
from sales.rewards import Wanted
from sales.visits import book_visit, cancel_visit
from tests.concurrency.contests import violations
from tests.concurrency.racing import CONNECTIONS, Operation, lost, race, won
from tests.factories import (
    ProviderFactory,
    ServiceFactory,
    ServiceRewardFactory,
    give_points,
    turn_on,
)

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

AT = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)  # Wednesday, 10:00 in Helsinki
COST = 400


@pytest.fixture
def people(db: None) -> list[Provider]:
    """One for each racer: nobody waits for another's provider."""
    return [ProviderFactory() for _ in range(CONNECTIONS)]


@pytest.fixture
def reward(people: list[Provider]) -> Reward:
    turn_on("loyalty")
    made: Reward = ServiceRewardFactory(service=ServiceFactory(providers=people), points=COST)
    return made


Booker = Callable[[Provider], Operation]


@pytest.fixture
def booker(alice: Client, reward: Reward) -> Booker:
    assert reward.service is not None
    service = reward.service

    def book(provider: Provider) -> Operation:
        token = new_form_token()
        return lambda: book_visit(
            client=alice,
            guest=None,
            lines=[Line(service, provider)],
            starts_at=AT,
            source=Source.DESK,
            form_token=token,
            actor=None,
            rewards={0: Wanted(reward, COST)},
        )

    return book


def test_one_balance_two_desks(alice: Client, people: list[Provider], booker: Booker) -> None:
    give_points(alice, 3 * COST + 399)

    outcomes = race(*map(booker, people))

    assert len(won(outcomes)) == Visit.objects.count() == 3
    assert {type(error) for error in lost(outcomes)} == {InsufficientPoints}
    assert (balance_of(alice), violations()) == (399, [])


def test_a_first_time_is_one(
    alice: Client, people: list[Provider], reward: Reward, booker: Booker
) -> None:
    give_points(alice, CONNECTIONS * COST)
    Reward.objects.update(first_time_only=True)

    outcomes = race(*map(booker, people))

    assert len(won(outcomes)) == Visit.objects.count() == 1
    assert {type(error) for error in lost(outcomes)} == {RewardNotNow}
    assert violations() == []


def test_without_the_clients_lock_a_first_time_is_many(
    alice: Client, people: list[Provider], reward: Reward, booker: Booker
) -> None:
    give_points(alice, CONNECTIONS * COST)
    Reward.objects.update(first_time_only=True)

    with mock.patch.object(visits, "lock_client", lambda pk: Client.objects.get(pk=pk)):
        outcomes = race(*map(booker, people))

    assert len(won(outcomes)) > 1


def test_cancelled_by_sixteen_it_returns_once(
    alice: Client, people: list[Provider], booker: Booker
) -> None:
    give_points(alice, COST)
    visit: Visit = booker(people[0])()

    race(*[lambda: cancel_visit(visit=visit, actor=None)] * CONNECTIONS)

    returned = PointEntry.objects.filter(kind=PointKind.RETURN)
    assert (returned.count(), balance_of(alice), violations()) == (1, COST, [])
