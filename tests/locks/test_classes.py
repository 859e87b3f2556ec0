"""Locks of the commands that change and cancel class sessions, weekly classes and their lines.

Where two locks protect the same rows, what is shown is their order: the command waits for the
first before it holds the second, which the rival then takes.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.models import Model

from bookings.errors import NotADayOfTheRule, OfferGone, SessionOver, StillFree
from bookings.models import Booking, ClassSession, SessionRule, Source, Visit, WaitingPlace
from bookings.session_rules import create_rule, end_rule, split_rule
from bookings.sessions import create_session, reschedule_session
from business.features import lock_to_switch
from catalogue.models import Service
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from giftcards.models import GiftCard
from loyalty.models import Award, PointAccount
from loyalty.points import open_account
from loyalty.sweep import credit_due_awards
from sales.class_sessions import cancel_session, change_rule_from, change_session, stop_rule
from sales.offers import _pass_on, offer_places, offer_times
from sales.visits import book_place, cancel_visit
from sales.waiting import take_waiting_place, wait_for_day, wait_for_session
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    book,
    give_card,
    turn_on,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db", "clock")]

FRIDAY = dt.datetime(2025, 11, 7, 15, tzinfo=dt.UTC)
A_DAY, A_WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)


@pytest.fixture
def yoga(db: None) -> Service:
    turn_on("loyalty")
    service = ClassServiceFactory(providers=[ProviderFactory()], places=2)
    EarningRuleFactory(service=service, points=60)
    return service


@pytest.fixture
def session(yoga: Service) -> ClassSession:
    return create_session(service=yoga, provider=yoga.providers.get(), starts_at=FRIDAY, actor=None)


@pytest.fixture
def weekly(yoga: Service) -> SessionRule:
    return make_rule(yoga)


def make_rule(yoga: Service) -> SessionRule:
    """Three Fridays at six."""
    return create_rule(
        service=yoga,
        provider=yoga.providers.get(),
        starts=dt.time(18),
        first_day=FRIDAY.date(),
        last_day=FRIDAY.date() + 2 * A_WEEK,
        actor=None,
    )


def come(session: ClassSession, places: int = 1, client: Client | None = None) -> Visit:
    client = client or ClientFactory()
    return book_place(
        client=client,
        guest=None,
        session=session,
        places=places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
        card_ids=(give_card(client, 5000).pk,),
    )


def wait(session: ClassSession, client: Client | None = None) -> WaitingPlace:
    return wait_for_session(
        client=client or ClientFactory(),
        guest=None,
        session=session,
        form_token=new_form_token(),
        actor=None,
    )


def leave(place: WaitingPlace) -> None:
    """What a rival does that holds the place alone, as joining a guest's record does."""
    hold(place)
    WaitingPlace.objects.filter(pk=place.pk).update(state="left")


def hold(row: Model) -> Any:
    return lock_one(type(row)._default_manager.all(), row.pk)


def state(place: WaitingPlace) -> str:
    return WaitingPlace.objects.get(pk=place.pk).state


def cancels_after(first: Model, second: Model, session: ClassSession) -> bool:
    """Whether cancelling the class waits for ``first`` without holding ``second``."""
    outcome = after_rival(
        lambda: hold(first),
        lambda: cancel_session(session=session, actor=None),
        then=lambda: hold(second),
    )
    return outcome.waited and isinstance(outcome.result, ClassSession)


def test_cancelling_a_class_waits_for_a_switch_before_it_holds_a_sale(
    session: ClassSession,
) -> None:
    sale = come(session).sale

    outcome = after_rival(
        lock_to_switch,
        lambda: cancel_session(session=session, actor=None),
        then=lambda: hold(sale),
    )

    assert outcome.waited
    assert isinstance(outcome.result, ClassSession)


def test_cancelling_a_class_waits_for_a_sale_before_it_holds_the_session(
    session: ClassSession,
) -> None:
    assert cancels_after(come(session).sale, session, session)


def test_cancelling_a_class_leaves_who_left_meanwhile(session: ClassSession) -> None:
    come(session, places=2)
    place = wait(session)

    after_rival(lambda: leave(place), lambda: cancel_session(session=session, actor=None))

    assert state(place) == "left"


def test_cancelling_a_class_waits_for_a_booking_before_it_holds_an_award(
    session: ClassSession,
) -> None:
    booking = come(session).bookings.get()

    assert cancels_after(booking, booking.awards.get(), session)


def test_cancelling_a_class_waits_for_an_award_before_it_holds_a_card(
    session: ClassSession,
) -> None:
    award = come(session).bookings.get().awards.get()

    assert cancels_after(award, GiftCard.objects.get(), session)


@pytest.fixture
def credited(session: ClassSession, clock: Clock) -> list[PointAccount]:
    """Of two who came: whose account was opened first booked last."""
    clients = [ClientFactory(), ClientFactory()]
    accounts = [open_account(client) for client in clients]
    for client in reversed(clients):
        come(session, client=client)
    clock.move_to(FRIDAY + 3 * A_DAY)
    Booking.objects.update(status="completed")
    credit_due_awards()
    assert not Award.objects.exclude(state="credited").exists()
    return accounts


def test_cancelling_a_class_waits_for_a_card_before_it_holds_an_account(
    session: ClassSession, credited: list[PointAccount]
) -> None:
    card = GiftCard.objects.order_by("pk")[0]

    assert cancels_after(card, credited[1], session)


def test_cancelling_a_class_takes_the_accounts_by_id(
    session: ClassSession, credited: list[PointAccount]
) -> None:
    assert cancels_after(credited[0], credited[1], session)


def test_changing_a_class_waits_for_the_session_before_it_holds_the_line(
    session: ClassSession,
) -> None:
    come(session, places=2)
    place = wait(session)

    outcome = after_rival(
        lambda: hold(session),
        lambda: change_session(session=session, starts_at=FRIDAY + A_DAY, actor=None),
        then=lambda: hold(place),
    )

    assert outcome.waited
    assert isinstance(outcome.result, ClassSession)


def test_changing_a_class_waits_for_the_line_before_it_holds_the_provider(
    session: ClassSession,
) -> None:
    come(session, places=2)
    place = wait(session)

    outcome = after_rival(
        lambda: hold(place),
        lambda: change_session(session=session, starts_at=FRIDAY + A_DAY, actor=None),
        then=lambda: hold(session.provider),
    )

    assert outcome.waited
    assert isinstance(outcome.result, ClassSession)


def test_a_booking_missed_meanwhile_does_not_move_with_its_class(session: ClassSession) -> None:
    booking = come(session).bookings.get()

    def miss() -> None:
        hold(booking)
        Booking.objects.filter(pk=booking.pk).update(status="no_show")

    outcome = after_rival(
        miss, lambda: change_session(session=session, starts_at=FRIDAY + A_DAY, actor=None)
    )

    assert outcome.waited
    assert Booking.objects.get().starts_at == FRIDAY


def test_a_session_cancelled_meanwhile_is_not_rescheduled(session: ClassSession) -> None:
    outcome = after_rival(
        lambda: cancel_session(session=session, actor=None),
        lambda: reschedule_session(
            session=session, starts_at=FRIDAY + A_DAY, provider=session.provider
        ),
    )

    assert isinstance(outcome.result, SessionOver)


def test_a_weekly_class_made_twice_at_once_is_one(yoga: Service) -> None:
    outcome = after_rival(lambda: make_rule(yoga), lambda: make_rule(yoga))

    assert outcome.result == SessionRule.objects.get()


def test_ending_a_weekly_class_reads_when_it_begins_now(weekly: SessionRule) -> None:
    def put_off() -> None:
        hold(weekly)
        SessionRule.objects.filter(pk=weekly.pk).update(first_day=FRIDAY.date() + A_WEEK)

    outcome = after_rival(
        put_off, lambda: end_rule(rule=weekly, last_day=FRIDAY.date(), actor=None)
    )

    assert isinstance(outcome.result, NotADayOfTheRule)


def test_splitting_a_weekly_class_reads_when_it_ends_now(weekly: SessionRule) -> None:
    from_day = FRIDAY.date() + A_WEEK
    outcome = after_rival(
        lambda: end_rule(rule=weekly, last_day=FRIDAY.date(), actor=None),
        lambda: split_rule(
            rule=weekly,
            from_day=from_day,
            new_first_day=from_day,
            starts=dt.time(19),
            provider=weekly.provider,
            places=2,
        ),
    )

    assert isinstance(outcome.result, NotADayOfTheRule)


def test_a_session_booked_meanwhile_is_not_moved_with_its_weekly_class(
    weekly: SessionRule,
) -> None:
    last = weekly.sessions.order_by("pk").last()
    assert last is not None
    from_day = FRIDAY.date() + A_WEEK

    outcome = after_rival(
        lambda: come(last),
        lambda: change_rule_from(
            rule=weekly,
            from_day=from_day,
            new_first_day=from_day,
            starts=dt.time(20),
            provider=weekly.provider,
            places=2,
            move_booked=False,
            actor=None,
        ),
    )

    assert outcome.result.stayed == [last]


def test_a_session_booked_meanwhile_is_not_cancelled_with_its_weekly_class(
    weekly: SessionRule,
) -> None:
    last = weekly.sessions.order_by("pk").last()
    assert last is not None

    outcome = after_rival(
        lambda: come(last),
        lambda: stop_rule(rule=weekly, last_day=FRIDAY.date(), actor=None),
    )

    assert outcome.result == [last]


def test_ending_a_weekly_class_waits_for_a_switch_before_it_holds_the_rule(
    weekly: SessionRule,
) -> None:
    outcome = after_rival(
        lock_to_switch,
        lambda: stop_rule(rule=weekly, last_day=FRIDAY.date(), actor=None),
        then=lambda: hold(weekly),
    )

    assert outcome.waited
    assert outcome.result == []


# --- waiting lists ----------------------------------------------------------------------------


@pytest.fixture
def offered(session: ClassSession) -> WaitingPlace:
    """One place of the class, offered."""
    come(session, places=2)
    place = wait(session)
    ClassSession.objects.filter(pk=session.pk).update(places=3)
    offer_places(session_id=session.pk)
    return WaitingPlace.objects.get(pk=place.pk)


def take(place: WaitingPlace) -> Visit:
    return take_waiting_place(place=place, actor=None)


def test_offering_waits_for_the_session_before_it_holds_the_line(session: ClassSession) -> None:
    come(session, places=2)
    place = wait(session)

    outcome = after_rival(
        lambda: hold(session),
        lambda: offer_places(session_id=session.pk),
        then=lambda: hold(place),
    )

    assert outcome.waited
    assert outcome.result is None


def test_a_day_s_line_is_served_as_it_stands_after_who_holds_it(massage: Service) -> None:
    massage.providers.get().hours.filter(weekday=4).update(starts=dt.time(10), ends=dt.time(11))
    visit = book(ClientFactory(), massage, FRIDAY.replace(hour=8))
    first, second = [
        wait_for_day(
            client=ClientFactory(),
            guest=None,
            service=massage,
            provider=None,
            day=FRIDAY.date(),
            form_token=new_form_token(),
            actor=None,
        )
        for _each in range(2)
    ]
    cancel_visit(visit=visit, actor=None)

    outcome = after_rival(
        lambda: leave(first), lambda: offer_times(service_id=massage.pk, day=FRIDAY.date())
    )

    assert outcome.waited
    assert [state(first), state(second)] == ["left", "offered"]


def test_passing_on_waits_for_the_session_before_it_holds_the_place(
    session: ClassSession, offered: WaitingPlace
) -> None:
    outcome = after_rival(
        lambda: hold(session), lambda: _pass_on(offered), then=lambda: hold(offered)
    )

    assert outcome.waited
    assert outcome.result is None


def test_who_left_meanwhile_is_not_passed_over(offered: WaitingPlace) -> None:
    after_rival(lambda: leave(offered), lambda: _pass_on(offered))

    assert state(offered) == "left"


def test_an_offer_left_meanwhile_is_not_taken(offered: WaitingPlace) -> None:
    outcome = after_rival(lambda: leave(offered), lambda: take(offered))

    assert isinstance(outcome.result, OfferGone)


def test_taking_waits_for_the_session_before_it_holds_the_place(
    session: ClassSession, offered: WaitingPlace
) -> None:
    outcome = after_rival(lambda: hold(session), lambda: take(offered), then=lambda: hold(offered))

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_taking_waits_for_the_client_before_it_holds_the_session(
    session: ClassSession, offered: WaitingPlace
) -> None:
    outcome = after_rival(
        lambda: hold(offered.client), lambda: take(offered), then=lambda: hold(session)
    )

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_taking_waits_for_a_switch_before_it_holds_the_client(offered: WaitingPlace) -> None:
    outcome = after_rival(lock_to_switch, lambda: take(offered), then=lambda: hold(offered.client))

    assert outcome.waited
    assert isinstance(outcome.result, Visit)


def test_nobody_who_is_being_erased_joins_a_line(session: ClassSession) -> None:
    come(session, places=2)
    client = ClientFactory()

    outcome = after_rival(
        lambda: erase_personal_data(client=client, actor=None), lambda: wait(session, client)
    )

    assert isinstance(outcome.result, ClientGone)


def test_who_wants_to_wait_sees_a_place_that_became_free(session: ClassSession) -> None:
    visit = come(session, places=2)

    outcome = after_rival(lambda: cancel_visit(visit=visit, actor=None), lambda: wait(session))

    assert isinstance(outcome.result, StillFree)
