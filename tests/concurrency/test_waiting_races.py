"""Waiting lists and cancelled classes, many hands at once (reliability F26).

Each race has a twin with the protection off, in which the harm is seen or the database refuses.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from bookings.errors import OfferGone, SessionFull
from bookings.models import (
    STANDING,
    Booking,
    ClassSession,
    Source,
    Visit,
    WaitingPlace,
    WaitingState,
)
from bookings.sessions import create_session
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard
from notifications.models import Message
from sales.class_sessions import cancel_session, change_session
from sales.offers import serve_waiting_lists
from sales.visits import book_place, cancel_visit
from sales.waiting import leave_waiting_list, take_waiting_place, wait_for_session
from tests.concurrency.contests import contest, flat, kinds, rounds_of, violations
from tests.concurrency.racing import lost, race, race_in_rounds, won
from tests.concurrency.watching import count_deadlocks
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    give_card,
    turn_on,
)

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.django_db(transaction=True),
    pytest.mark.long,
]

FIRST = dt.datetime(2025, 11, 6, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def yoga(db: None) -> Service:
    turn_on("loyalty")
    service = ClassServiceFactory(providers=[ProviderFactory()], places_per_booking=50)
    EarningRuleFactory(service=service, points=30)
    return service


def a_session(yoga: Service, number: int = 0, places: int = 1) -> ClassSession:
    return create_session(
        service=yoga,
        provider=yoga.providers.get(),
        starts_at=FIRST + number * 2 * HOUR,
        places=places,
        actor=None,
    )


def booker(
    session: ClassSession, client: Client | None = None, cards: tuple[int, ...] = ()
) -> Callable[[], Visit]:
    person = client or ClientFactory()
    return lambda: book_place(
        client=person,
        guest=None,
        session=session,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
        card_ids=cards,
    )


def wait(session: ClassSession, places: int = 1) -> WaitingPlace:
    return wait_for_session(
        client=ClientFactory(),
        guest=None,
        session=session,
        places=places,
        form_token=new_form_token(),
        actor=None,
    )


def offered(session: ClassSession) -> WaitingPlace:
    """The session is full, and one more place was offered to somebody in line."""
    booker(session)()
    place = wait(session)
    change_session(session=session, places=session.places + 1, actor=None)
    serve_waiting_lists()
    return place


def claim(place: WaitingPlace, *cards: int) -> Callable[[], Visit]:
    return lambda: take_waiting_place(place=place, actor=None, card_ids=cards)


# --- a claim against bookings -------------------------------------------------------------------


def test_an_offer_is_claimed_once_and_nobody_books_it(yoga: Service) -> None:
    """Thirteen strangers want the place, its holder clicks three times, and pays once."""
    people = ClientFactory.create_batch(13)
    places: list[WaitingPlace] = []

    def plan(number: int) -> Sequence[Callable[[], object]]:
        place = offered(a_session(yoga, number))
        places.append(place)
        card = give_card(place.client, 5000)
        strangers = [booker(place.session, each) for each in people]
        return [*strangers[:6], *[claim(place, card.pk)] * 3, *strangers[6:]]

    outcomes = contest("an offer claimed against bookings", plan)

    rounds = rounds_of("an offer claimed against bookings", 16)
    assert kinds(flat(outcomes)) == {"SessionFull": 13 * rounds, "Visit": 3 * rounds}
    assert set(ClassSession.objects.values_list("booked_places", "offered_places")) == {(2, 0)}
    assert {WaitingPlace.objects.get(pk=each.pk).state for each in places} == {"taken"}
    assert set(GiftCard.objects.values_list("balance", flat=True)) == {3200}


def test_a_claim_at_the_last_moment_and_the_end_of_the_offer(yoga: Service, clock: Clock) -> None:
    """Whoever is first: it is taken, or it passes to the next, and never both."""
    first = offered(a_session(yoga))
    wait(first.session)
    clock.advance(hours=2)

    results = race(claim(first), serve_waiting_lists, claim(first), serve_waiting_lists)

    assert {type(each) for each in lost(results)} == {OfferGone}
    states = list(WaitingPlace.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["passed", "offered"]
    assert violations() == []


def test_who_declines_has_not_booked(yoga: Service) -> None:
    for number in range(5):
        place = offered(a_session(yoga, number))
        results = race(
            claim(place),
            lambda place=place: leave_waiting_list(place=place, actor=None),
            claim(place),
        )
        place.refresh_from_db()
        taken = place.state == WaitingState.TAKEN
        assert len([each for each in won(results) if isinstance(each, Visit)]) == 2 * taken
        assert {type(each) for each in lost(results)} <= {OfferGone}
        assert (place.visit is not None) == taken
    assert violations() == []


def test_without_the_lock_the_offered_place_is_sold_beside_its_claim(yoga: Service) -> None:
    """What a command would do that read the session before and wrote what it had read."""
    place = offered(a_session(yoga))
    session = ClassSession.objects.get(pk=place.session_id)
    both_looked = threading.Barrier(2)

    def take() -> None:
        with transaction.atomic():
            seen = ClassSession.objects.get(pk=session.pk)
            both_looked.wait(10)
            ClassSession.objects.filter(pk=session.pk).update(
                offered_places=seen.offered_places - 1, booked_places=seen.booked_places + 1
            )
            WaitingPlace.objects.filter(pk=place.pk).update(state="left")

    assert lost(race(take, take)) == []

    session.refresh_from_db()
    assert (session.booked_places, session.offered_places) == (2, 0)
    assert any("bookings-booked-places" in line for line in violations())


# --- one line, served by many -------------------------------------------------------------------


def test_a_line_served_by_many_workers_is_served_once(yoga: Service, clock: Clock) -> None:
    """Two offers ran out; sixteen workers notice. The next two in line get one offer each."""
    lines: list[list[WaitingPlace]] = []

    def check_last() -> None:
        states = [WaitingPlace.objects.get(pk=each.pk).state for each in lines[-1]]
        assert states == ["passed", "passed", "offered", "offered", "waiting"]
        offers = Message.objects.filter(
            kind="waiting_offer", client__in=[e.client for e in lines[-1]]
        )
        assert offers.count() == 4

    def plan(number: int) -> Sequence[Callable[[], object]]:
        if lines:
            check_last()
        session = a_session(yoga, 12 + number, places=2)
        booker(session)()
        booker(session)()
        lines.append([wait(session) for _ in range(5)])
        change_session(session=session, places=4, actor=None)
        serve_waiting_lists()
        clock.advance(hours=2)
        return [serve_waiting_lists] * 16

    deadlocks = count_deadlocks()
    outcomes = race_in_rounds(plan, 10)

    check_last()
    assert kinds(flat(outcomes)) == {"NoneType": 160}
    assert count_deadlocks() == deadlocks
    assert violations() == []


def test_without_the_lock_an_offer_that_ran_out_is_given_back_twice(
    yoga: Service, clock: Clock
) -> None:
    session = a_session(yoga, places=1)
    booker(session)()
    first, _second = wait(session), wait(session)
    change_session(session=session, places=3, actor=None)
    serve_waiting_lists()
    both_looked = threading.Barrier(2)

    def expire() -> None:
        with transaction.atomic():
            seen = WaitingPlace.objects.get(pk=first.pk)
            assert seen.state == "offered"
            both_looked.wait(10)
            ClassSession.objects.filter(pk=session.pk).update(
                offered_places=F("offered_places") - seen.places
            )
            WaitingPlace.objects.filter(pk=seen.pk).update(state="passed")

    assert lost(race(expire, expire)) == []

    assert [line for line in violations() if "bookings-offered-places" in line]


# --- a session is cancelled while people book ---------------------------------------------------


def test_a_session_cancelled_while_people_book_keeps_nobody(yoga: Service) -> None:
    """Two of the desk cancel, fourteen clients book, some by gift card."""
    clients = ClientFactory.create_batch(14)
    cards = [give_card(each, 500_000) for each in clients[:5]]

    def plan(number: int) -> Sequence[Callable[[], object]]:
        session = a_session(yoga, number, places=8)
        booker(session, clients[0], (cards[0].pk,))()
        cancel = lambda: cancel_session(session=session, actor=None)  # noqa: E731
        bookers = [
            booker(session, client, (cards[n].pk,) if n < 5 else ())
            for n, client in enumerate(clients)
        ]
        return [*bookers[:7], cancel, cancel, *bookers[7:]]

    outcomes = contest("a session cancelled against bookings", plan)

    for results in outcomes:
        assert kinds(results)["ClassSession"] == 2
        refused = {type(each) for each in lost(results)}
        assert {each.__name__ for each in refused} <= {
            "SessionOver",
            "SessionFull",
            "AlreadyBooked",
        }
    assert not Booking.objects.filter(status__in=STANDING).exists()
    for card in cards:
        card.refresh_from_db()
        assert card.balance == 500_000


def _book_without_the_lock(session: ClassSession, looked: threading.Barrier) -> Callable[[], None]:
    def book() -> None:
        with transaction.atomic():
            seen = ClassSession.objects.get(pk=session.pk)
            assert seen.cancelled_at is None
            looked.wait(10)
            looked.wait(10)  # the session was cancelled meanwhile
            ClassSession.objects.filter(pk=session.pk).update(booked_places=F("booked_places") + 1)

    return book


def test_without_the_lock_the_database_refuses_who_books_a_cancelled_session(
    yoga: Service,
) -> None:
    session = a_session(yoga)
    looked = threading.Barrier(2)

    def cancel() -> None:
        looked.wait(10)
        cancel_session(session=session, actor=None)
        looked.wait(10)

    results = race(_book_without_the_lock(session, looked), cancel)

    assert isinstance(lost(results)[0], IntegrityError)
    assert violations() == []


def test_a_visit_cancelled_by_its_client_while_the_class_is_cancelled(yoga: Service) -> None:
    """Each gives the money back, and between them it comes back once."""
    for number in range(5):
        session = a_session(yoga, number, places=3)
        client = ClientFactory()
        card = give_card(client, 1800)
        visit = booker(session, client, (card.pk,))()

        results = race(
            lambda session=session: cancel_session(session=session, actor=None),
            lambda visit=visit: cancel_visit(visit=visit, actor=None, by_client=True),
            lambda session=session: cancel_session(session=session, actor=None),
        )

        assert lost(results) == []
        card.refresh_from_db()
        assert card.balance == 1800
    assert violations() == []


def test_the_last_place_goes_once_with_several_places_a_booking(yoga: Service) -> None:
    session = a_session(yoga, places=5)

    def two(client: Client) -> Callable[[], Visit]:
        return lambda: book_place(
            client=client,
            guest=None,
            session=session,
            places=2,
            source=Source.ONLINE,
            form_token=new_form_token(),
            actor=None,
        )

    results = race(*[two(each) for each in ClientFactory.create_batch(8)])

    assert len(won(results)) == 2
    assert {type(each) for each in lost(results)} == {SessionFull}
    session.refresh_from_db()
    assert session.booked_places == 4
