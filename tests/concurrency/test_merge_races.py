"""Two records merged: twice at once, both ways at once, against booking and against the sweep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from bookings.models import Visit
from clients.errors import ClientJoined
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.joining import gather_points
from loyalty.models import Award, AwardState, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales import handing_over
from sales.merging import merge_clients
from sales.visits import cancel_visit
from tests.concurrency.contests import contest, flat, rounds_of, violations
from tests.concurrency.racing import CONNECTIONS, PATIENCE, Operation, lost, race, won
from tests.concurrency.test_join_races import _unlocked, book_day  # noqa: F401 — a fixture
from tests.conftest import Clock
from tests.factories import ClientFactory, UserFactory, give_card, give_points

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

Booker = Callable[[Client, int], Visit]


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def pair(book_day: Booker) -> tuple[Client, Client]:  # noqa: F811 — the fixture
    """Two records without a login, with 40 and 300 points and a card each."""
    first, second = ClientFactory(first_name="Greta"), ClientFactory(first_name="Greta")
    give_points(first, 40)
    give_points(second, 300)
    for each in (first, second):
        give_card(each)
    return first, second


def merger(source: Client, target: Client, boss: User, token: str = "") -> Operation:
    return lambda: merge_clients(
        source=source, target=target, form_token=token or new_form_token(), actor=boss
    )


def test_one_form_sent_many_times_at_once_merges_once(
    pair: tuple[Client, Client], boss: User
) -> None:
    first, second = pair

    token = new_form_token()

    results = race(*[merger(first, second, boss, token)] * CONNECTIONS)

    assert results == [second] * CONNECTIONS
    assert PointEntry.objects.filter(kind="transfer").count() == 2
    assert balance_of(second) == 340
    assert violations() == []


def test_two_forms_at_once_merge_once(pair: tuple[Client, Client], boss: User) -> None:
    first, second = pair

    results = race(*[merger(first, second, boss) for _ in range(CONNECTIONS)])

    assert won(results) == [second]
    assert {type(error) for error in lost(results)} == {ClientJoined}
    assert balance_of(second) == 340
    assert violations() == []


def test_both_ways_at_once_one_of_them_stays(pair: tuple[Client, Client], boss: User) -> None:
    first, second = pair

    results = race(*[merger(first, second, boss), merger(second, first, boss)] * (CONNECTIONS // 2))

    (kept,) = won(results)
    assert {type(error) for error in lost(results)} == {ClientJoined}
    assert sorted(balance_of(each) for each in pair) == [0, 340]
    assert balance_of(kept) == 340
    assert kept.gift_cards.count() == 2
    assert violations() == []


def test_a_merge_agrees_with_sweep_booking_and_cancel_whoever_is_first(
    book_day: Booker,  # noqa: F811 — the fixture
    boss: User,
    clock: Clock,
) -> None:
    rounds = rounds_of("a record merged against everything", CONNECTIONS)
    target = ClientFactory(first_name="Greta")
    sources = [ClientFactory(first_name="Greta") for _ in range(rounds)]
    visits = [book_day(source, number) for number, source in enumerate(sources)]
    dues = [visit.bookings.get().awards.get().due_at for visit in visits]

    def plan(number: int) -> list[Operation]:
        clock.move_to(dues[number])
        source = sources[number]
        racers: list[Operation] = [
            merger(source, target, boss),
            credit_due_awards,
            lambda: book_day(source, 60 + number),
            lambda: cancel_visit(visit=visits[number], actor=None),
            gather_points,
            merger(source, target, boss),
            credit_due_awards,
            gather_points,
        ]
        return racers[:: 1 if number % 2 else -1] * (CONNECTIONS // len(racers))

    outcomes = contest("a record merged against everything", plan)

    names = {type(error).__name__ for error in lost(flat(outcomes))}
    assert names <= {"ClientJoined", "SlotTaken"}
    gather_points()
    assert not Visit.objects.exclude(client=target).exists()
    counted = Award.objects.filter(state=AwardState.CREDITED).count()
    assert balance_of(target) == 60 * counted
    assert violations() == []


# --- the protection off -----------------------------------------------------------------------


def _booked_while_merging(
    source: Client,
    target: Client,
    boss: User,
    book_day: Booker,  # noqa: F811 — the fixture
) -> list[Any]:
    """The desk has booked and not committed yet when the record is merged."""
    booked, merged = threading.Event(), threading.Event()
    create = Visit.objects.create

    def create_and_wait(**fields: Any) -> Visit:
        visit = create(**fields)
        booked.set()
        merged.wait(2)
        return visit

    def merge() -> Any:
        assert booked.wait(PATIENCE)
        try:
            return merger(source, target, boss)()
        finally:
            merged.set()

    with mock.patch.object(Visit.objects, "create", create_and_wait):
        return race(lambda: book_day(source, 1), merge)


def test_with_the_lock_a_merge_takes_a_visit_that_is_being_booked(
    pair: tuple[Client, Client],
    boss: User,
    book_day: Booker,  # noqa: F811 — the fixture
) -> None:
    results = _booked_while_merging(*pair, boss, book_day)

    assert lost(results) == []
    assert Visit.objects.get().client == pair[1]
    assert violations() == []


def test_without_the_lock_a_visit_stays_with_a_record_that_was_merged(
    pair: tuple[Client, Client],
    boss: User,
    book_day: Booker,  # noqa: F811 — the fixture
) -> None:
    with (
        mock.patch.object(handing_over, "lock_in_order", _unlocked),
        mock.patch.object(handing_over, "erase_personal_data") as erase,
        mock.patch.object(handing_over, "move_all_points"),
        mock.patch.object(handing_over, "keep_notes"),
    ):
        # Erasing locks the record as well; here it only marks it.
        erase.side_effect = lambda client, actor: Client.objects.filter(pk=client.pk).update(
            anonymised_at=client.created_at
        )
        _booked_while_merging(*pair, boss, book_day)

    assert Visit.objects.get().client == pair[0]
    assert "joined-record-has-nothing" in {line.split(":")[0] for line in violations()}
