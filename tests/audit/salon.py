"""One salon in which every check of the audit has something to look at."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from allauth.account.models import EmailAddress
from django.http import QueryDict

from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Booking, ClassSession, Source, Visit, WaitingPlace
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from catalogue.models import DateHours
from clients.notes import add_note
from clients.people import create_client
from foundation import rates
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard
from loyalty.correcting_requests import (
    approve_correction,
    decline_correction,
)
from loyalty.correcting_undo import undo_correction
from loyalty.models import PointEntry
from loyalty.points import adjust_points
from loyalty.sweep import credit_due_awards
from loyalty.totals import total_days
from loyalty.transfers import transfer_points
from notifications.sending import send_due_messages
from notifications.texts import save_text
from reports.exports import read_export
from reports.jobs import ask_for_file
from sales.checkout import complete_sale, open_sale
from sales.checkout_lines import add_gift_card
from sales.checkout_payments import pay_cash
from sales.class_sessions import change_session
from sales.exchange import exchange_points_for_card
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.joining import join_guest_records
from sales.marking import mark_completed, mark_no_show, return_no_show_points
from sales.offers import serve_waiting_lists
from sales.rewards import Wanted
from sales.visits import book_place, book_visit, cancel_visit
from sales.waiting import take_waiting_place, wait_for_day, wait_for_session
from tests.factories import (
    AddOnFactory,
    ProductFactory,
    ResourceFactory,
    ResourceKindFactory,
    UserFactory,
    ask_for_points,
    fill_the_day,
)
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
    _correct_with_four_eyes(world)
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
    # From now on the first service needs a room, and is booked with something on top.
    ResourceFactory(kind=ResourceKindFactory(services=[world.services[0]]))
    scrub = AddOnFactory(services=[world.services[0]])
    line = Line(world.services[0], world.providers[0], (scrub,))
    _book(world, cat, 0, evening + 5 * HOUR, lines=[line])
    place_hold(lines=[line], starts_at=evening + 2 * HOUR)
    _wait_in_line(world, evening)
    _join_a_guest(world, evening + 2 * DAY)
    _sell_at_the_till(world)
    _book_by_points(world, evening + 3 * DAY)
    add_note(client=cat, text="Tea, no milk", form_token=new_form_token(), actor=manager)
    total_days()

    # A guess at a code, and a large file that waits for a worker.
    rates.hit("codes", "ip:192.0.2.1", limit=3, seconds=600)
    export = read_export("movements", QueryDict("range=all"))
    ask_for_file(actor=manager, report="movements", kind="csv", export=export)
    save_text(kind="visit_booked", language="da", subject="Velkommen", body="Hej", actor=None)


def _correct_with_four_eyes(world: World) -> None:
    """A request that is approved, one that is declined, and a correction taken back."""
    cat, manager = world.clients[2], world.staff[MANAGER]
    second = UserFactory(is_superuser=True)
    for amount in (700, 900):
        asked = ask_for_points(cat, amount, by=manager)
        if amount == 700:
            approve_correction(request=asked, answer="", actor=second)
        else:
            decline_correction(request=asked, answer="One is enough", actor=second)
    entry = PointEntry.objects.get(key__startswith="correction-request:")
    undo_correction(entry=entry, expected=-entry.amount, description="The wrong day", actor=second)


def _wait_in_line(world: World, evening: dt.datetime) -> None:
    """A weekly class that is full: one in line has taken a place, one was offered one, one waits.
    And somebody was offered a time of a day without free times."""
    ann, ben, cat, dan = world.clients
    provider = world.providers[1]
    day = evening.date() + DAY
    rule = create_rule(
        service=world.yoga,
        provider=provider,
        starts=dt.time(6),
        first_day=day,
        last_day=day,
        places=1,
        actor=None,
    )
    session = rule.sessions.get()
    book_place(
        client=ann,
        guest=None,
        session=session,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )
    taken, offered = (_wait(session, client) for client in (ben, cat))
    for place, places in ((taken, 2), (offered, 3)):
        change_session(session=session, places=places, actor=None)
        serve_waiting_lists()
        if place == taken:
            take_waiting_place(place=place, actor=None)
    _wait(session, dan)
    sunday = day + (6 - day.weekday()) * DAY
    fill_the_day(sunday, provider)
    wait_for_day(
        client=dan,
        guest=None,
        service=world.services[1],
        provider=provider,
        day=sunday,
        form_token=new_form_token(),
        actor=None,
    )
    DateHours.objects.create(provider=provider, day=sunday, starts=dt.time(15), ends=dt.time(16))
    serve_waiting_lists()


def _join_a_guest(world: World, evening: dt.datetime) -> None:
    """Ben booked as a guest before he signed up: visit, card and points are his account's now."""
    ben = world.clients[1]
    guest = create_client(first_name="Ben", email=ben.email, actor=None)
    _book(world, guest, 1, evening)
    _issue(world, guest, 0)
    EmailAddress.objects.create(user=ben.user, email=ben.email, verified=True, primary=True)
    assert join_guest_records(user=ben.user, public_ids=[guest.public_id]) == 1


def _sell_at_the_till(world: World) -> None:
    """A gift card for money: the one thing at the till that every table hears of."""
    ProductFactory(barcode="4006381333931")
    manager = world.staff[MANAGER]
    sale = open_sale(client=world.clients[0], form_token=new_form_token(), actor=manager)
    add_gift_card(
        sale=sale, card_type=world.card_types[0], form_token=new_form_token(), actor=manager
    )
    given = world.card_types[0].value_minor
    pay_cash(sale=sale, given_minor=given, form_token=new_form_token(), actor=manager)
    complete_sale(sale=sale, form_token=new_form_token(), actor=manager)


def _book_by_points(world: World, noon: dt.datetime) -> None:
    """Rewards: one stands, with something on top that is paid; one was cancelled; of one whose
    client did not come, staff were kind."""
    cat, manager = world.clients[2], world.staff[MANAGER]
    adjust_points(
        client=cat,
        amount=2000,
        description="For everything",
        form_token=new_form_token(),
        actor=manager,
        tell_client=False,
    )
    reward, line = world.rewards[1], Line(world.services[1], world.providers[1])
    wanted = {0: Wanted(reward, reward.points or 0)}
    scrubbed = replace(line, add_ons=(AddOnFactory(services=[line.service]),))
    given_up = _book(world, cat, 1, noon, lines=[line], rewards=wanted)
    cancel_visit(visit=given_up, actor=manager)
    _book(world, cat, 1, noon, lines=[scrubbed], rewards=wanted)
    # It begins at once.
    missed = _booking(_book(world, cat, 1, world.clock.now, lines=[line], rewards=wanted))
    mark_no_show(booking=missed, actor=manager)
    assert return_no_show_points(booking=missed, actor=manager)


def _wait(session: ClassSession, client: Any) -> WaitingPlace:
    return wait_for_session(
        client=client, guest=None, session=session, form_token=new_form_token(), actor=None
    )


def _book(world: World, client: Any, service: int, starts: dt.datetime, **fields: Any) -> Visit:
    return book_visit(
        client=client,
        guest=None,
        starts_at=starts,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=world.staff[MANAGER],
        **{"lines": [Line(world.services[service], world.providers[0])]} | fields,
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
