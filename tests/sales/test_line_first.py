"""What becomes free belongs to who waits for it, before the offer as well as after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from bookings import placing
from bookings.availability import find_slot, free_slots
from bookings.errors import SessionFull, SlotTaken
from bookings.holds import place_hold, place_session_hold, renew_hold
from bookings.lines import Line
from bookings.models import ClassSession, Source, Visit, WaitingPlace
from bookings.moving import sessions_to_move_to
from bookings.sessions import create_session
from business.models import Business
from catalogue.models import Provider, ResourceKind, Service, ServiceResource
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.class_sessions import change_session
from sales.moving import move_place, move_visit
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import take_waiting_place
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
)
from tests.sales import test_waiting as places
from tests.sales import test_waiting_for_a_day as days
from tests.sales.test_visits import book, place
from tests.sales.test_waiting_for_a_day import FRIDAY, HOUR, TEN, short_day

pytestmark = pytest.mark.django_db

__all__ = ["short_day"]


@pytest.fixture
def full(yoga: ClassSession, alice: Client) -> Visit:
    """One of the two places is Alice's, the other somebody's."""
    place(ClientFactory(), yoga)
    return place(alice, yoga)


def moved_to(visit: Visit, session: ClassSession, *, by_client: bool) -> Visit:
    return move_place(
        visit=visit, session=session, form_token=new_form_token(), actor=None, by_client=by_client
    )


# --- places in a class --------------------------------------------------------------------------


def test_a_freed_place_is_the_lines_before_it_is_offered(
    yoga: ClassSession, full: Visit, bob: Client
) -> None:
    waiting = places.wait(yoga, bob)
    cancel_visit(visit=full, actor=None)

    with pytest.raises(SessionFull) as refused:
        place(ClientFactory(), yoga)
    assert refused.value.params == {"left": 0}
    with pytest.raises(SessionFull):
        place_session_hold(session=ClassSession.objects.get(pk=yoga.pk))

    serve_waiting_lists()
    assert take_waiting_place(place=waiting, actor=None).client == bob


def test_who_comes_later_joins_behind(yoga: ClassSession, full: Visit) -> None:
    places.wait(yoga)
    cancel_visit(visit=full, actor=None)
    assert places.wait(yoga).pk  # there is one place, and it is spoken for


def test_what_the_line_leaves_is_for_everybody(yoga: ClassSession, full: Visit) -> None:
    change_session(session=yoga, places=4, actor=None)
    place(ClientFactory(), yoga)
    place(ClientFactory(), yoga)
    places.wait(yoga, places=2)
    cancel_visit(visit=full, actor=None)  # one is free, and two are waited for

    assert place(ClientFactory(), yoga)


def test_a_place_is_counted_once_offered_or_not(
    yoga: ClassSession, full: Visit, bob: Client
) -> None:
    first, second = places.wait(yoga), places.wait(yoga, bob)
    cancel_visit(visit=full, actor=None)
    serve_waiting_lists()
    change_session(session=yoga, places=3, actor=None)

    assert places.states(first, second) == ["offered", "waiting"]
    with pytest.raises(SessionFull):
        place(ClientFactory(), yoga)
    change_session(session=yoga, places=4, actor=None)
    assert place(ClientFactory(), yoga)


def test_who_has_an_offer_takes_it_beside_a_line_that_waits_for_more(
    yoga: ClassSession, full: Visit
) -> None:
    more, one = places.wait(yoga, places=2), places.wait(yoga)
    cancel_visit(visit=full, actor=None)
    serve_waiting_lists()
    change_session(session=yoga, places=3, actor=None)  # with this one, two would fit

    assert places.states(more, one) == ["waiting", "offered"]
    assert take_waiting_place(place=one, actor=None)


def test_who_is_first_in_line_needs_no_offer(yoga: ClassSession, full: Visit, bob: Client) -> None:
    places.wait(yoga, bob)
    second = places.wait(yoga)
    cancel_visit(visit=full, actor=None)
    with pytest.raises(SessionFull):
        place(second.client, yoga)
    assert place(bob, yoga)


def test_the_desk_decides_for_itself(yoga: ClassSession, full: Visit) -> None:
    places.wait(yoga)
    cancel_visit(visit=full, actor=None)
    assert place(ClientFactory(), yoga, source=Source.DESK)


def test_inside_the_cut_off_nobody_is_kept_waiting_for(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    Business.objects.update(waiting_cutoff_minutes=120)
    places.wait(yoga)
    clock.move_to(yoga.starts_at - dt.timedelta(minutes=120))
    cancel_visit(visit=full, actor=None)
    assert place(ClientFactory(), yoga)


def test_a_client_moves_to_what_the_line_leaves(
    yoga: ClassSession, full: Visit, bob: Client
) -> None:
    other = create_session(
        service=yoga.service,
        provider=yoga.provider,
        starts_at=yoga.starts_at + 24 * HOUR,
        actor=None,
    )
    visit = place(bob, other)
    places.wait(yoga)
    cancel_visit(visit=full, actor=None)

    assert sessions_to_move_to(visit, by_client=True) == []
    with pytest.raises(SessionFull):
        moved_to(visit, yoga, by_client=True)
    assert sessions_to_move_to(visit) == [yoga]
    assert moved_to(visit, yoga, by_client=False)


# --- times of a day -----------------------------------------------------------------------------


def starts(service: Service, **who: Provider) -> list[dt.datetime]:
    free = free_slots(lines=[Line(service, **who)], first_day=FRIDAY, last_day=FRIDAY)
    return [slot.starts_at for slot in free[FRIDAY]]


def freed(service: Service, visit: Visit) -> WaitingPlace:
    """Somebody waits for a time of that day, and one became free."""
    waiting = days.wait(service)
    cancel_visit(visit=visit, actor=None)
    return waiting


def test_a_freed_time_is_the_lines_before_it_is_offered(massage: Service, short_day: Visit) -> None:
    waiting = freed(massage, short_day)

    assert starts(massage) == []
    asks: list[Callable[[], object]] = [
        lambda: book(ClientFactory(), massage, TEN),
        lambda: place_hold(lines=[Line(massage)], starts_at=TEN),
        lambda: find_slot(lines=[Line(massage)], starts_at=TEN),
    ]
    for ask in asks:
        with pytest.raises(SlotTaken):
            ask()
    assert days.wait(massage).pk  # behind the first

    serve_waiting_lists()
    assert take_waiting_place(place=waiting, actor=None).starts_at == TEN


def test_the_desk_books_a_freed_time_all_the_same(massage: Service, short_day: Visit) -> None:
    freed(massage, short_day)
    assert book(ClientFactory(), massage, TEN, source=Source.DESK)


def test_what_is_done_by_the_same_person_does_not_take_the_freed_time(
    massage: Service, short_day: Visit, aino: Provider
) -> None:
    short = ServiceFactory(minutes=15, providers=[aino])
    freed(massage, short_day)
    assert starts(short) == []
    with pytest.raises(SlotTaken):
        book(ClientFactory(), short, TEN)


def test_a_gap_that_suits_nobody_in_line_is_for_everybody(
    massage: Service, short_day: Visit, aino: Provider
) -> None:
    short = ServiceFactory(minutes=15, providers=[aino])
    days.wait(massage)
    aino.hours.filter(weekday=4).update(ends=dt.time(11, 30))
    assert starts(short) == [TEN + HOUR, TEN + HOUR * 1.25]


def test_a_time_with_another_person_is_not_theirs(
    massage: Service, short_day: Visit, aino: Provider
) -> None:
    ville = ProviderFactory(name="Ville")
    massage.providers.add(ville)
    days.wait(massage, provider=aino)
    cancel_visit(visit=short_day, actor=None)

    assert TEN not in starts(massage, provider=aino)
    assert TEN in starts(massage, provider=ville)
    assert book(ClientFactory(), massage, TEN).bookings.get().provider == ville


def test_the_room_of_a_freed_time_is_kept_too(
    massage: Service, short_day: Visit, aino: Provider
) -> None:
    room: ResourceKind = ResourceKindFactory()
    ResourceFactory(kind=room)
    other = ServiceFactory(providers=[ProviderFactory(name="Ville")])
    for service in (massage, other):
        ServiceResource.objects.create(service=service, kind=room)
    freed(massage, short_day)

    assert TEN not in starts(other)
    assert TEN + HOUR in starts(other)


def test_a_time_inside_the_cut_off_is_for_everybody(
    massage: Service, short_day: Visit, clock: Clock
) -> None:
    Business.objects.update(waiting_cutoff_minutes=120, notice_minutes=0)
    days.wait(massage)
    clock.move_to(TEN - 2 * HOUR)
    cancel_visit(visit=short_day, actor=None)
    assert starts(massage) == [TEN]


def test_a_time_that_is_held_stays_the_holders(
    massage: Service, short_day: Visit, aino: Provider, clock: Clock
) -> None:
    aino.hours.filter(weekday=4).update(ends=dt.time(12))
    hold = place_hold(lines=[Line(massage)], starts_at=TEN + HOUR)
    freed(massage, short_day)
    assert book(ClientFactory(), massage, TEN + HOUR, hold=hold)


def test_a_hold_that_ran_out_goes_to_the_line(
    massage: Service, short_day: Visit, aino: Provider, clock: Clock
) -> None:
    aino.hours.filter(weekday=4).update(ends=dt.time(12))
    hold = place_hold(lines=[Line(massage)], starts_at=TEN + HOUR)
    waiting = days.wait(massage)
    clock.advance(minutes=10)
    with pytest.raises(SlotTaken):
        renew_hold(hold=hold)
    serve_waiting_lists()
    assert days.states(waiting) == ["offered"]


def test_a_client_does_not_move_to_a_freed_time(
    massage: Service, short_day: Visit, bob: Client
) -> None:
    visit = book(bob, massage, TEN + 72 * HOUR)
    freed(massage, short_day)

    def move(*, by_client: bool) -> Visit:
        return move_visit(
            visit=visit,
            starts_at=TEN,
            form_token=new_form_token(),
            actor=None,
            by_client=by_client,
        )

    with pytest.raises(SlotTaken):
        move(by_client=True)
    assert move(by_client=False).starts_at == TEN


def test_who_joins_while_a_time_is_decided_is_seen(
    massage: Service, short_day: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger saw the free time before anybody waited for it, and it was booked and freed
    again before they had its lock."""
    cancel_visit(visit=short_day, actor=None)
    decide = placing.find_chain

    def late(**asked: Any) -> object:
        decided = decide(**asked)
        monkeypatch.setattr(placing, "find_chain", decide)
        freed(massage, book(ClientFactory(), massage, TEN, source=Source.DESK))
        return decided

    monkeypatch.setattr(placing, "find_chain", late)
    with pytest.raises(SlotTaken):
        book(ClientFactory(), massage, TEN)


def test_nobody_waiting_costs_no_question(
    massage: Service, short_day: Visit, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):
        starts(massage)
