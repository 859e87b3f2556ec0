"""Class sessions that are full, weekly classes, and who waits for a place."""

from __future__ import annotations

import datetime as dt

from bookings.models import (
    Booking,
    ClassSession,
    SessionRule,
    Source,
    WaitingPlace,
)
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from clients.models import Client
from foundation import clock as project_clock
from foundation.form_tokens import new_form_token
from sales.class_sessions import change_session
from sales.offers import offer_places
from sales.visits import book_place
from sales.waiting import wait_for_session
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    give_card,
)
from tests.live.salon import DAYS_AHEAD, Salon, to_now, workday
from tests.live.server import Visitor


def next_to_one_place(salon: Salon) -> tuple[ClassSession, Client]:
    """A full class session, and who has its only place, paid by a gift card."""
    session = salon.last_place()
    client = salon.client()
    card = give_card(client, 1800)
    book_place(
        client=client,
        guest=None,
        session=session,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=salon.owner,
        card_ids=(card.pk,),
    )
    return session, client


def under_way(salon: Salon) -> tuple[ClassSession, Booking]:
    """A class session of today that has begun, and a booking of it from the day before."""
    starts_at = to_now().replace(second=0, microsecond=0) - dt.timedelta(minutes=10)
    project_clock.set_fixed(starts_at - dt.timedelta(days=1))
    yoga = ClassServiceFactory(providers=[ProviderFactory()])
    session = create_session(
        service=yoga, provider=yoga.providers.get(), starts_at=starts_at, actor=None
    )
    visit = book_place(
        client=ClientFactory(),
        guest=None,
        session=session,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=salon.owner,
    )
    to_now()
    return session, visit.bookings.get()


def in_line(salon: Salon, session: ClassSession) -> tuple[WaitingPlace, Visitor]:
    client = salon.client()
    place = wait_for_session(
        client=client, guest=None, session=session, form_token=new_form_token(), actor=None
    )
    return place, salon.visitor(client)


def offered(salon: Salon) -> tuple[WaitingPlace, Visitor]:
    session, _client = next_to_one_place(salon)
    place, visitor = in_line(salon, session)
    change_session(session=session, places=2, actor=None)
    offer_places(session_id=session.pk)
    return place, visitor


def weekly(salon: Salon) -> SessionRule:
    yoga = ClassServiceFactory(providers=[ProviderFactory()])
    to_now()
    return create_rule(
        service=yoga,
        provider=yoga.providers.get(),
        starts=dt.time(18),
        first_day=workday(DAYS_AHEAD).date(),
        actor=None,
    )
