"""One salon in which every check of the audit has something to look at."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookings.holds import place_hold
from bookings.models import Booking, Source, Visit
from bookings.sessions import create_session
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard
from loyalty.points import adjust_points
from loyalty.sweep import credit_due_awards
from loyalty.totals import total_days
from loyalty.transfers import transfer_points
from notifications.sending import send_due_messages
from notifications.texts import save_text
from sales.exchange import exchange_points_for_card
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.visits import book_place, book_visit, cancel_visit, mark_completed, mark_no_show
from tests.machine.model import DAY, HOUR, MANAGER
from tests.machine.world import World


def live_through(world: World) -> None:
    """Two weeks of a salon, through the commands alone."""
    ann, ben, cat, dan = world.clients
    manager = world.staff[MANAGER]
    morning = world.start.replace(hour=8) + DAY
    card = _issue(world, ann, 0)

    # Came, and was paid in part by a gift card; another came, spent the points, and had not.
    came = _book(world, ann, 0, morning, card_ids=[card.pk])
    not_theirs = _book(world, ben, 0, morning + 2 * HOUR)
    stayed_away = _book(world, cat, 0, morning + 4 * HOUR)
    given_up = _book(world, dan, 0, morning + 6 * HOUR, card_ids=[_issue(world, dan, 1).pk])
    cancel_visit(visit=given_up, actor=None)
    world.clock.move_to(morning + 10 * HOUR)
    for visit in (came, not_theirs):
        mark_completed(booking=_booking(visit), actor=manager)
    mark_no_show(booking=_booking(stayed_away), actor=manager)
    credit_due_awards()
    send_due_messages()
    exchange_points_for_card(
        client=ben, card_type=world.card_types[1], form_token=new_form_token(), actor=None
    )
    world.clock.advance(hours=1)
    cancel_visit(visit=not_theirs, actor=manager)

    # Points by hand, moved, spent and given back.
    world.clock.advance(hours=1)
    adjust_points(
        client=ann,
        amount=300,
        description="Ten years with us",
        form_token=new_form_token(),
        actor=manager,
        tell_client=True,
    )
    transfer_points(
        source=ann, target=dan, key="form:a-family:transfer", description="A family", actor=manager
    )
    bought = exchange_points_for_card(
        client=dan, card_type=world.card_types[0], form_token=new_form_token(), actor=None
    )
    world.clock.advance(hours=1)
    void_card_by_hand(
        card=bought, form_token=new_form_token(), description="A mistake", actor=manager
    )

    # A class, a hold, a visit to come, mail that waits, words of their own.
    world.clock.advance(days=10)
    evening = morning + 14 * DAY
    session = create_session(
        service=world.yoga, provider=world.providers[1], starts_at=evening, places=3, actor=None
    )
    places = [
        book_place(
            client=client,
            guest=None,
            session=session,
            source=Source.DESK,
            form_token=new_form_token(),
            actor=manager,
        )
        for client in (ann, cat)
    ]
    cancel_visit(visit=places[1], actor=manager)
    _book(world, ann, 0, evening)
    place_hold(service=world.services[0], provider=world.providers[0], starts_at=evening + 2 * HOUR)
    total_days()
    save_text(kind="visit_booked", language="da", subject="Velkommen", body="Hej", actor=None)


def _book(world: World, client: Any, service: int, starts: dt.datetime, **fields: Any) -> Visit:
    return book_visit(
        client=client,
        guest=None,
        service=world.services[service],
        provider=world.providers[0],
        starts_at=starts,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=world.staff[MANAGER],
        **fields,
    )


def _booking(visit: Visit) -> Booking:
    return visit.bookings.get()


def _issue(world: World, owner: Any, kind: int) -> GiftCard:
    return issue_card_by_hand(
        card_type=world.card_types[kind],
        owner=owner,
        form_token=new_form_token(),
        description="A present",
        actor=world.staff[MANAGER],
    )
