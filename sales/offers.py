"""Offering what became free to who is in line.

Two functions do it, for a session and for a service's day, and both begin with the rows: what ran
out is passed on, what is too late is ended, what fits is offered. So it does not matter how often
they run, or that a nudge was lost: beat runs them every minute for every line that there is.

Who asked to be booked without being asked is offered the place like anybody, without a mail, and
the claim follows in a transaction of its own, which takes its locks in the project's order. A
crash between the two leaves an offer that the next run claims.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from functools import partial

from django.db import transaction

from bookings.availability import Slot, free_slots
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import IN_LINE, ClassSession, Hold, WaitingPlace, WaitingState
from bookings.sessions import keep_for_offer, lock_session
from bookings.waiting import (
    AUTOMATIC_UNTIL,
    day_is_over,
    has_run_out,
    is_on_offer,
    is_open,
    last_offer_at,
    line_of_day,
    line_of_session,
    lock_line,
    offer_ends_at,
    settle,
)
from business.models import Business
from business.profile import get_business
from catalogue.models import Service
from foundation import clock
from foundation.errors import DomainError
from foundation.locks import lock_one
from notifications.outbox import nudge_sending
from sales.telling import tell_waiting_offer, tell_waiting_over
from sales.waiting import take_waiting_place

logger = logging.getLogger(__name__)


def serve_waiting_lists() -> None:
    """Offer whatever can be offered now. What goes wrong with one line is logged and stops no
    other."""
    waiting = WaitingPlace.objects.filter(state__in=IN_LINE).order_by()
    sessions = waiting.filter(session__isnull=False).values_list("session", flat=True).distinct()
    for session_id in sorted(sessions):
        _safely(partial(offer_places, session_id=session_id))
    days = waiting.filter(session__isnull=True).values_list("service", "day").distinct()
    for service_id, day in sorted(days):
        _safely(partial(offer_times, service_id=service_id, day=day))


def offer_places(*, session_id: int) -> None:
    """Offer the free places of a session to the first in line whose places fit.

    Locks the session, then its line. Repeating it changes nothing.
    """
    with transaction.atomic():
        session = lock_session(session_id)
        line = lock_line(line_of_session(session_id))
        business, now = get_business(), clock.now()
        waiting = _end_what_ran_out(line, session, now)
        takes_place = session.cancelled_at is None and session.starts_at > now
        if not takes_place or not is_on_offer(session.service):
            _end(line, session)
        elif not is_open(session, business, now):
            _end(waiting, session)
        else:
            for place in waiting:
                if place.places <= session.places_left:
                    keep_for_offer(session=session, places=place.places)
                    _offer(place, session.starts_at, now)
        nudge_sending()
    _claim_automatic(line)


def offer_times(*, service_id: int, day: dt.date) -> None:
    """Offer the free times of a service on ``day`` to the first in line whom one suits: with
    the provider they asked for, or with anybody.

    Locks the line, then the providers whose time is kept. Repeating it changes nothing.
    """
    service = Service.objects.get(pk=service_id)
    with transaction.atomic():
        line = lock_line(line_of_day(service_id, day))
        business, now = get_business(), clock.now()
        waiting = _end_what_ran_out(line, None, now)
        if not is_on_offer(service):
            _end(line, None)
        elif day_is_over(day, business, now):
            _end(waiting, None)
        else:
            for place in waiting:
                hold = _keep_a_time(place, service, business, now)
                if hold is not None:
                    place.hold = hold
                    _offer(place, hold.starts_at, now)
        nudge_sending()
    _claim_automatic(line)


def _end_what_ran_out(
    line: Iterable[WaitingPlace], session: ClassSession | None, now: dt.datetime
) -> list[WaitingPlace]:
    """Pass on the offers whose time is over; returns who still waits for one."""
    waiting: list[WaitingPlace] = []
    for place in line:
        if place.client.anonymised_at is not None:
            settle(place, WaitingState.LEFT, session=session)
        elif has_run_out(place, now):
            settle(place, WaitingState.PASSED, session=session)
        elif place.state == WaitingState.WAITING:
            waiting.append(place)
    return waiting


def _end(places: Iterable[WaitingPlace], session: ClassSession | None) -> None:
    """It is too late for these, and they are told."""
    for place in places:
        if place.state in IN_LINE:
            settle(place, WaitingState.OVER, session=session)
            tell_waiting_over(place)


def _offer(place: WaitingPlace, starts_at: dt.datetime, now: dt.datetime) -> None:
    if starts_at - now <= AUTOMATIC_UNTIL:
        place.automatic = False  # too late to book somebody without asking
    place.state, place.offered_until = WaitingState.OFFERED, offer_ends_at(starts_at, now)
    place.save(update_fields=["state", "offered_until", "automatic", "hold"])
    if not place.automatic:
        tell_waiting_offer(place)


def _keep_a_time(
    place: WaitingPlace, service: Service, business: Business, now: dt.datetime
) -> Hold | None:
    """The first free time that suits this place, kept; None where there is none."""
    line = Line(service, place.provider)
    for slot in _offered_times(line, place.day, business, now):
        try:
            return place_hold(
                lines=[line],
                starts_at=slot.starts_at,
                kept_for=offer_ends_at(slot.starts_at, now) - now,
                for_line=True,
            )
        except DomainError:
            continue  # somebody else was quicker; the next time may suit as well
    return None


def _offered_times(line: Line, day: dt.date, business: Business, now: dt.datetime) -> list[Slot]:
    free = free_slots(lines=[line], first_day=day, last_day=day, for_line=True)
    return [slot for slot in free[day] if now < last_offer_at(slot.starts_at, business)]


def _claim_automatic(line: Iterable[WaitingPlace]) -> None:
    """Book for those who wanted no question, each in a transaction of its own."""
    for place in line:
        if place.state == WaitingState.OFFERED and place.automatic:
            try:
                take_waiting_place(place=place, actor=None)
            except DomainError as error:
                logger.info("Waiting place %s could not be taken: %s.", place.pk, error.code)
                _pass_on(place)


def _pass_on(place: WaitingPlace) -> None:
    """End an offer that cannot be taken, so that the next in line gets it."""
    with transaction.atomic():
        session = lock_session(place.session_id) if place.session_id is not None else None
        locked = lock_one(WaitingPlace.objects.select_related("client", "hold"), place.pk)
        if locked.state == WaitingState.OFFERED:
            settle(locked, WaitingState.PASSED, session=session)


def _safely(serve: Callable[[], None]) -> None:
    try:
        serve()
    except Exception:
        logger.exception("A waiting list could not be served; the next run tries again.")
