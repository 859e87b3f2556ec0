"""The waiting list of a day and a service: a time that becomes free is kept for the first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookings.errors import AlreadyWaiting, NotOffered, OfferGone, SlotTaken, StillFree, WaitingOver
from bookings.lines import Line
from bookings.models import Hold, Occupation, Visit, WaitingPlace
from bookings.waiting import position_of
from business.models import Business
from catalogue.archive import archive_provider
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.audit import load_checks
from foundation.form_tokens import new_form_token
from notifications.models import Message
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import leave_waiting_list, take_waiting_place, wait_for_day
from tests.conftest import Clock
from tests.factories import ClientFactory, ProviderFactory, book, fill_the_day

pytestmark = pytest.mark.django_db

FRIDAY = dt.date(2025, 11, 7)
TEN = dt.datetime(2025, 11, 7, 8, tzinfo=dt.UTC)  # in Helsinki
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def short_day(massage: Service, aino: Provider, alice: Client) -> Visit:
    """Aino works on Friday from ten to eleven, and Alice has that hour."""
    aino.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    return book(alice, massage, TEN)


def wait(service: Service, client: Client | None = None, **fields: Any) -> WaitingPlace:
    return wait_for_day(
        **{
            "client": client or ClientFactory(),
            "guest": None,
            "service": service,
            "provider": None,
            "day": FRIDAY,
            "form_token": new_form_token(),
            "actor": None,
            **fields,
        }
    )


def states(*places: WaitingPlace) -> list[str]:
    return [WaitingPlace.objects.get(pk=each.pk).state for each in places]


def violations() -> list[str]:
    return [f"{name}: {line}" for name, run in load_checks().items() for line in run().violations]


def test_a_time_that_becomes_free_is_kept_for_the_first(
    bob: Client, massage: Service, short_day: Visit, clock: Clock
) -> None:
    first, second = wait(massage, bob), wait(massage)
    assert [position_of(first), position_of(second)] == [1, 2]
    cancel_visit(visit=short_day, actor=None)

    serve_waiting_lists()
    serve_waiting_lists()

    assert states(first, second) == ["offered", "waiting"]
    first.refresh_from_db()
    assert first.offered_until == clock.now + 2 * HOUR
    assert first.hold is not None
    assert (first.hold.starts_at, first.hold.expires_at) == (TEN, first.offered_until)
    with pytest.raises(SlotTaken):
        book(ClientFactory(), massage, TEN)
    assert Message.objects.filter(kind="waiting_offer").count() == 1
    assert violations() == []

    visit = take_waiting_place(place=first, actor=bob.user)

    assert (visit.client, visit.starts_at) == (bob, TEN)
    assert take_waiting_place(place=first, actor=None) == visit
    assert Occupation.objects.count() == 1
    assert violations() == []


def test_an_offer_that_runs_out_passes_to_the_next(
    massage: Service, short_day: Visit, clock: Clock
) -> None:
    first, second = wait(massage), wait(massage)
    cancel_visit(visit=short_day, actor=None)
    serve_waiting_lists()
    clock.advance(hours=2)
    serve_waiting_lists()

    assert states(first, second) == ["passed", "offered"]
    assert (Hold.objects.count(), Occupation.objects.count()) == (1, 1)
    with pytest.raises(OfferGone):
        take_waiting_place(place=first, actor=None)
    assert violations() == []


def test_a_declined_time_is_free_at_once(massage: Service, short_day: Visit) -> None:
    waiting = wait(massage)
    cancel_visit(visit=short_day, actor=None)
    serve_waiting_lists()
    leave_waiting_list(place=waiting, actor=None)
    assert not Hold.objects.exists()
    assert book(ClientFactory(), massage, TEN)


def test_two_free_times_are_two_offers(massage: Service, aino: Provider, alice: Client) -> None:
    aino.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(12))
    visits = [book(alice, massage, TEN), book(alice, massage, TEN + HOUR)]
    first, second, third = wait(massage), wait(massage), wait(massage)
    for visit in visits:
        cancel_visit(visit=visit, actor=None)
    serve_waiting_lists()
    assert states(first, second, third) == ["offered", "offered", "waiting"]
    starts = WaitingPlace.objects.filter(hold__isnull=False).values_list("hold__starts_at")
    assert sorted(starts) == [(TEN,), (TEN + HOUR,)]


def test_who_waits_for_one_person_is_offered_that_person_s_time(
    massage: Service, aino: Provider, short_day: Visit
) -> None:
    ville = ProviderFactory(name="Ville", services=[massage], hours=[])
    fill_the_day(FRIDAY, ville)
    for_ville, anybody = wait(massage, provider=ville), wait(massage)
    cancel_visit(visit=short_day, actor=None)
    serve_waiting_lists()
    assert states(for_ville, anybody) == ["waiting", "offered"]


def test_who_asked_for_it_is_booked_at_once(
    bob: Client, massage: Service, short_day: Visit
) -> None:
    waiting = wait(massage, bob, automatic=True)
    cancel_visit(visit=short_day, actor=None)
    serve_waiting_lists()
    assert states(waiting) == ["taken"]
    assert Visit.objects.filter(client=bob, starts_at=TEN).exists()
    assert violations() == []


def test_a_time_inside_the_cut_off_is_not_offered(
    massage: Service, short_day: Visit, clock: Clock
) -> None:
    waiting = wait(massage)
    cancel_visit(visit=short_day, actor=None)
    clock.move_to(TEN - 2 * HOUR)
    serve_waiting_lists()
    assert states(waiting) == ["waiting"]
    clock.move_to(dt.datetime(2025, 11, 7, 20, tzinfo=dt.UTC))
    serve_waiting_lists()
    assert states(waiting) == ["over"]
    assert Message.objects.filter(kind="waiting_over").count() == 1


def test_a_service_taken_off_the_website_ends_its_lines(massage: Service, short_day: Visit) -> None:
    waiting = wait(massage)
    Service.objects.filter(pk=massage.pk).update(online=False)
    serve_waiting_lists()
    assert states(waiting) == ["over"]


def test_joining_refusals(
    bob: Client, massage: Service, aino: Provider, short_day: Visit, yoga: Any, clock: Clock
) -> None:
    wait(massage, bob)
    with pytest.raises(AlreadyWaiting):
        wait(massage, bob)
    with pytest.raises(StillFree):
        wait(massage, day=FRIDAY - dt.timedelta(days=1))
    with pytest.raises(NotOffered):
        wait(yoga.service)
    with pytest.raises(NotOffered):
        wait(massage, provider=ProviderFactory())
    archive_provider(provider=aino, actor=None)
    with pytest.raises(NotOffered):
        wait(massage, provider=aino)
    with pytest.raises(WaitingOver):
        wait(massage, day=dt.date(2025, 11, 3))
    horizon = Business.objects.get().horizon_days
    with pytest.raises(WaitingOver):
        wait(massage, day=dt.date(2025, 11, 4) + dt.timedelta(days=horizon + 1))
    massage.refresh_from_db()
    Service.objects.filter(pk=massage.pk).update(horizon_days=2)
    with pytest.raises(WaitingOver):
        wait(Service.objects.get(pk=massage.pk))


def test_one_form_joins_once(bob: Client, massage: Service, short_day: Visit) -> None:
    token = new_form_token()
    assert wait(massage, bob, form_token=token) == wait(massage, bob, form_token=token)


def test_an_offer_is_taken_as_it_was_asked_for(massage: Service, short_day: Visit) -> None:
    """A line of the hold: one service, anybody."""
    waiting = wait(massage)
    cancel_visit(visit=short_day, actor=None)
    serve_waiting_lists()
    visit = take_waiting_place(place=waiting, actor=None)
    assert [Line(b.service) for b in visit.bookings.all()] == [Line(massage)]
