"""Locks of class sessions, weekly classes and waiting lists."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import AlreadyWaiting, PlacesTaken
from bookings.models import ClassSession, SessionRule, Source, Visit, WaitingPlace
from bookings.session_rules import create_rule, create_sessions_of
from bookings.sessions import create_session, set_places
from catalogue.models import Service
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from giftcards.models import GiftCard
from sales.class_sessions import cancel_session
from sales.models import Sale
from sales.offers import offer_places
from sales.visits import Guest, book_place
from sales.waiting import leave_waiting_list, wait_for_day, wait_for_session
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_card,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

FRIDAY = dt.datetime(2025, 11, 7, 15, tzinfo=dt.UTC)


@pytest.fixture
def yoga(db: None) -> Service:
    return ClassServiceFactory(providers=[ProviderFactory()], places=2)


@pytest.fixture
def session(yoga: Service) -> ClassSession:
    return create_session(service=yoga, provider=yoga.providers.get(), starts_at=FRIDAY, actor=None)


def come(session: ClassSession, places: int = 1) -> GiftCard:
    client = ClientFactory()
    card = give_card(client, 5000)
    book_place(
        client=client,
        guest=None,
        session=session,
        places=places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
        card_ids=(card.pk,),
    )
    return card


def wait(session: ClassSession) -> WaitingPlace:
    return wait_for_session(
        client=ClientFactory(),
        guest=None,
        session=session,
        form_token=new_form_token(),
        actor=None,
    )


def leave(place: WaitingPlace) -> None:
    """What a rival does that holds the place alone, as joining a guest's record does."""
    lock_one(WaitingPlace.objects.all(), place.pk)
    WaitingPlace.objects.filter(pk=place.pk).update(state="left")


def test_a_line_is_served_as_it_stands_after_who_holds_it(session: ClassSession) -> None:
    come(session, places=2)
    first, second = wait(session), wait(session)
    ClassSession.objects.filter(pk=session.pk).update(places=3)

    outcome = after_rival(lambda: leave(first), lambda: offer_places(session_id=session.pk))

    assert outcome.waited
    states = [WaitingPlace.objects.get(pk=each.pk).state for each in (first, second)]
    assert states == ["left", "offered"]


def test_a_place_in_line_is_left_as_it_stands_after_who_holds_it(session: ClassSession) -> None:
    come(session, places=2)
    place = wait(session)
    ClassSession.objects.filter(pk=session.pk).update(places=3)
    offer_places(session_id=session.pk)

    # The rival gives nothing back, so that what the second gives back would be seen.
    outcome = after_rival(
        lambda: lock_one(WaitingPlace.objects.all(), place.pk),
        lambda: leave_waiting_list(place=place, actor=None),
        then=lambda: WaitingPlace.objects.filter(pk=place.pk).update(state="left"),
    )

    assert outcome.waited
    assert outcome.result.state == "left"
    session.refresh_from_db()
    assert session.offered_places == 1


def test_who_joins_the_line_of_a_day_sees_who_joined_just_before() -> None:
    aino = ProviderFactory()
    aino.hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    massage = ServiceFactory(providers=[aino])
    book(ClientFactory(), massage, FRIDAY.replace(hour=8))

    def join() -> WaitingPlace:
        return wait_for_day(
            client=None,
            guest=Guest("Greta", "Gade", "greta@example.test", "+358401234567", "en"),
            service=massage,
            provider=None,
            day=FRIDAY.date(),
            form_token=new_form_token(),
            actor=None,
        )

    outcome = after_rival(join, join)

    assert outcome.waited
    assert isinstance(outcome.result, AlreadyWaiting)
    assert WaitingPlace.objects.count() == 1


def test_sessions_are_created_from_the_rule_as_it_is_after_who_holds_it(yoga: Service) -> None:
    rule = create_rule(
        service=yoga,
        provider=yoga.providers.get(),
        starts=dt.time(18),
        first_day=dt.date(2025, 11, 7),
        last_day=dt.date(2025, 11, 7),
        actor=None,
    )
    SessionRule.objects.filter(pk=rule.pk).update(last_day=dt.date(2025, 11, 21))

    def end() -> None:
        lock_one(SessionRule.objects.all(), rule.pk)
        SessionRule.objects.filter(pk=rule.pk).update(last_day=dt.date(2025, 11, 14))

    outcome = after_rival(end, lambda: create_sessions_of(rule=rule))

    assert outcome.waited
    assert rule.sessions.count() == 2


def test_a_session_is_made_smaller_as_it_stands_after_who_holds_it(session: ClassSession) -> None:
    outcome = after_rival(
        lambda: come(session, places=2),
        lambda: set_places(session=session, places=1, actor=None),
    )

    assert outcome.waited
    assert isinstance(outcome.result, PlacesTaken)
    assert outcome.result.params == {"taken": 2}


def test_who_books_while_the_class_is_being_cancelled_is_cancelled_with_it(
    session: ClassSession,
) -> None:
    """Booked, and not committed yet, when the sales are locked: seen under the session's lock."""
    outcome = after_rival(
        lambda: come(session), lambda: cancel_session(session=session, actor=None)
    )

    assert outcome.waited
    assert isinstance(outcome.result, ClassSession)
    assert Visit.objects.get().bookings.get().status == "cancelled"
    assert Sale.objects.get().state == "cancelled"
    assert GiftCard.objects.get().balance == 5000
