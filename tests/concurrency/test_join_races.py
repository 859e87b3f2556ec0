"""A guest's record joined to an account, against a second tab, the sweep, the desk and Cancel."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, models

from bookings.models import Visit
from clients.errors import ClientJoined
from clients.models import Client
from clients.people import client_for_user, create_client
from foundation.form_tokens import new_form_token
from foundation.locks import violated_constraint
from foundation.models import User
from loyalty import joining as points_joining
from loyalty.joining import gather_points
from loyalty.models import Award, AwardState, PointEntry
from loyalty.points import adjust_points, balance_of
from loyalty.sweep import credit_due_awards
from sales import handing_over
from sales.joining import join_guest_records
from sales.reminders import queue_reminders
from sales.visits import cancel_visit
from tests.concurrency.contests import contest, flat, kinds, rounds_of, violations
from tests.concurrency.racing import (
    CONNECTIONS,
    PATIENCE,
    Operation,
    lost,
    race,
    won,
)
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    book,
    give_card,
    give_points,
    turn_on,
)

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

FIRST = dt.datetime(2025, 11, 5, 8, 0, tzinfo=dt.UTC)  # Wednesday, 10:00 in Helsinki
Booker = Callable[[Client, int], Visit]


@pytest.fixture
def greta(db: None) -> User:
    user = UserFactory(email="greta@example.test", name="Greta Guest")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client_for_user(user)
    return user


@pytest.fixture
def book_day(db: None) -> Booker:
    """``book_day(guest, 3)``: a visit worth 60 points; a day has room for six."""
    turn_on("loyalty")
    service = ServiceFactory(providers=[ProviderFactory()])
    EarningRuleFactory(service=service, points=60)
    days = (FIRST + dt.timedelta(days=n) for n in range(80))
    open_days = [day for day in days if day.weekday() < 5]

    def make(client: Client, number: int) -> Visit:
        return book(client, service, open_days[number // 6] + dt.timedelta(hours=number % 6))

    return make


def a_guest() -> Client:
    return create_client(first_name="Greta", email="greta@example.test", actor=None)


def joiner(user: User, guest: Client) -> Operation:
    return lambda: join_guest_records(user=user, public_ids=[guest.public_id])


def adder(guest: Client, owner: User) -> Operation:
    """The desk says sorry, at the very moment at which the guest becomes a client."""
    return lambda: adjust_points(
        client=guest,
        amount=5,
        description="Sorry",
        form_token=new_form_token(),
        actor=owner,
        tell_client=False,
    )


def test_a_join_agrees_with_the_sweep_the_desk_and_cancel_whoever_is_first(
    greta: User, book_day: Booker, clock: Clock
) -> None:
    rounds = rounds_of("a guest joined against everything", CONNECTIONS)
    owner = UserFactory(is_superuser=True)
    guests = [a_guest() for _ in range(rounds)]
    visits = [book_day(guest, number) for number, guest in enumerate(guests)]
    dues = [visit.bookings.get().awards.get().due_at for visit in visits]

    def plan(number: int) -> list[Operation]:
        clock.move_to(dues[number])
        guest, visit = guests[number], visits[number]
        racers: list[Operation] = [
            joiner(greta, guest),
            credit_due_awards,
            lambda: book_day(guest, 60 + number),
            joiner(greta, guest),
            (lambda: cancel_visit(visit=visit, actor=None)) if number % 2 else adder(guest, owner),
            gather_points,
            queue_reminders,
            joiner(greta, guest),
        ]
        return racers[:: 1 if number % 3 else -1] * (CONNECTIONS // len(racers))

    outcomes = contest("a guest joined against everything", plan)

    assert {type(error).__name__ for error in lost(flat(outcomes))} <= {
        "ClientJoined",
        "SlotTaken",
    }
    gather_points()
    account = greta.client
    assert not Visit.objects.exclude(client=account).exists()
    assert not Client.objects.filter(pk__in=[g.pk for g in guests], joined_to=None).exists()
    counted = Award.objects.filter(state=AwardState.CREDITED).count()
    added = PointEntry.objects.filter(kind="adjust").count()
    assert added == kinds(won(flat(outcomes)))["PointEntry"]
    assert balance_of(account) == 60 * counted + 5 * added
    assert violations() == []


def test_one_record_is_joined_by_one_of_many(greta: User, book_day: Booker) -> None:
    guest = a_guest()
    book_day(guest, 0)
    give_points(guest, 40)
    give_card(guest)

    results = race(*[joiner(greta, guest)] * CONNECTIONS)

    assert sorted(results) == [0] * 15 + [1]
    assert PointEntry.objects.filter(kind="transfer").count() == 2
    assert balance_of(greta.client) == 40


def test_a_booking_at_the_desk_waits_for_the_join_and_is_refused(
    greta: User, book_day: Booker
) -> None:
    guest = a_guest()
    book_day(guest, 0)

    results = race(joiner(greta, guest), lambda: book_day(guest, 1))

    if isinstance(results[1], ClientJoined):
        assert Visit.objects.filter(client=greta.client).count() == 1
    else:
        assert kinds(results) == {"Visit": 1, "int": 1}
        assert Visit.objects.filter(client=greta.client).count() == 2
    assert violations() == []


# --- the protections off ----------------------------------------------------------------------


def _unlocked(queryset: models.QuerySet[Any], ids: Iterable[int]) -> dict[int, Any]:
    return queryset.in_bulk(sorted(set(ids)))


def _booked_while_joining(greta: User, book_day: Booker) -> list[Any]:
    """The desk has booked and not committed yet when the account joins the guest's record."""
    guest = a_guest()
    booked, joined = threading.Event(), threading.Event()
    create = Visit.objects.create

    def create_and_wait(**fields: Any) -> Visit:
        visit = create(**fields)
        booked.set()
        joined.wait(2)
        return visit

    def join() -> int:
        assert booked.wait(PATIENCE)
        try:
            return join_guest_records(user=greta, public_ids=[guest.public_id])
        finally:
            joined.set()

    with mock.patch.object(Visit.objects, "create", create_and_wait):
        return race(lambda: book_day(guest, 1), join)


def test_with_the_lock_the_join_takes_a_visit_that_is_being_booked(
    greta: User, book_day: Booker
) -> None:
    results = _booked_while_joining(greta, book_day)

    assert lost(results) == []
    assert Visit.objects.get().client == greta.client
    assert violations() == []


def test_without_the_lock_a_visit_stays_with_a_record_that_is_bare(
    greta: User, book_day: Booker
) -> None:
    with (
        mock.patch.object(handing_over, "lock_in_order", _unlocked),
        mock.patch.object(handing_over, "erase_personal_data") as erase,
    ):
        # Erasing locks the record as well; here it only marks it.
        erase.side_effect = lambda client, actor: Client.objects.filter(pk=client.pk).update(
            anonymised_at=client.created_at
        )
        _booked_while_joining(greta, book_day)

    assert Visit.objects.get().client != greta.client
    assert [line.split(":")[0] for line in violations()][:1] == ["joined-record-has-nothing"]


def test_without_the_lock_the_database_refuses_to_drop_what_was_credited(
    greta: User, book_day: Booker, clock: Clock
) -> None:
    guest = a_guest()
    award = book_day(guest, 0).bookings.get().awards.get()
    clock.move_to(award.due_at)
    read, credited = threading.Event(), threading.Event()

    def read_only(queryset: models.QuerySet[Any], ids: Iterable[int]) -> dict[int, Any]:
        rows = _unlocked(queryset, ids)
        read.set()
        assert credited.wait(PATIENCE)
        return rows

    def sweep() -> Any:
        assert read.wait(PATIENCE)
        try:
            return credit_due_awards()
        finally:
            credited.set()

    with mock.patch.object(points_joining, "lock_in_order", read_only):
        results = race(joiner(greta, guest), sweep)

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert "award_goes_forward" in violated_constraint(refused)
    assert balance_of(guest) == 60
    assert violations() == []


def test_with_the_lock_the_sweep_passes_over_what_is_being_joined(
    greta: User, book_day: Booker, clock: Clock
) -> None:
    guest = a_guest()
    award = book_day(guest, 0).bookings.get().awards.get()
    clock.move_to(award.due_at)

    results = race(joiner(greta, guest), credit_due_awards)

    assert lost(results) == []
    credit_due_awards()
    gather_points()
    assert balance_of(greta.client) == 60
    assert violations() == []
