"""Joining a waiting list, leaving it, and taking what was offered.

Locks, in the project's order: feature row, client, service, class session, waiting place,
provider, hold, booking … A claim books in the same transaction in which it lets go of what was
kept for it, so that nobody else ever sees the place free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bookings.availability import free_slots, is_worked_on
from bookings.errors import (
    AlreadyBooked,
    AlreadyWaiting,
    NobodyWorks,
    NotOffered,
    OfferGone,
    SessionOver,
    StillFree,
    TooManyPlaces,
    WaitingOver,
)
from bookings.lines import Line
from bookings.models import (
    IN_LINE,
    STANDING,
    Booking,
    ClassSession,
    Source,
    Visit,
    WaitingPlace,
    WaitingState,
)
from bookings.sessions import keep_for_offer, lock_session
from bookings.waiting import (
    is_day_open,
    is_offered,
    is_on_offer,
    is_open,
    last_offer_at,
    line_of_day,
    line_of_session,
    lock_lines_of_days,
    places_open_to,
    settle,
)
from business.features import lock_features
from business.models import Business
from business.profile import get_business
from catalogue.models import Provider, Service
from clients.models import Client
from clients.people import lock_client
from foundation import clock
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from notifications.outbox import nudge_sending
from sales.errors import WhoIsComing
from sales.nudging import nudge_waiting
from sales.telling import tell_waiting_again, tell_waiting_joined
from sales.visits import Guest, book_place, book_visit, new_guest


def wait_for_session(
    *,
    client: Client | None,
    guest: Guest | None,
    session: ClassSession,
    places: int = 1,
    automatic: bool = False,
    form_token: str,
    actor: User | None,
) -> WaitingPlace:
    """Join the line of a session that has fewer than ``places`` left.

    ``automatic``: book without asking, until twelve hours before. A repeat with the same form
    returns the place made before. Raises StillFree, AlreadyBooked, AlreadyWaiting, WaitingOver,
    TooManyPlaces, SessionOver, WhoIsComing, ClientGone.
    """
    with transaction.atomic():
        content = ["session", session.pk, places, automatic, _who(client, guest)]
        with once(token=form_token, purpose="wait", content=content) as use:
            if use.result:
                return WaitingPlace.objects.get(pk=int(use.result))
            business = get_business()
            person = _person(client, guest, actor)
            locked = lock_session(session.pk)
            _check_session(locked, business, person, places)
            place = _join(
                person,
                session=locked,
                service=locked.service,
                provider=locked.provider,
                day=locked.starts_at.astimezone(business.zone).date(),
                places=places,
                automatic=automatic,
            )
            use.result = str(place.pk)
        nudge_sending()
    return place


def wait_for_day(
    *,
    client: Client | None,
    guest: Guest | None,
    service: Service,
    provider: Provider | None,
    day: dt.date,
    automatic: bool = False,
    form_token: str,
    actor: User | None,
) -> WaitingPlace:
    """Wait for a time of this service on a day of the business that has none left, with
    ``provider`` or anybody.

    Raises StillFree where there is one, WaitingOver for a day that is past or further ahead than
    the website books, NobodyWorks, NotOffered, AlreadyWaiting, WhoIsComing, ClientGone.
    """
    with transaction.atomic():
        asked = [service.pk, provider and provider.pk, day, automatic]
        content = ["day", *asked, _who(client, guest)]
        with once(token=form_token, purpose="wait", content=content) as use:
            if use.result:
                return WaitingPlace.objects.get(pk=int(use.result))
            person = _person(client, guest, actor)
            _check_day(service, provider, day, get_business())
            lock_lines_of_days(service.pk)
            _check_stands_once(line_of_day(service.pk, day), person)
            place = _join(
                person,
                session=None,
                service=service,
                provider=provider,
                day=day,
                places=1,
                automatic=automatic,
            )
            use.result = str(place.pk)
        nudge_sending()
    return place


def send_link_again(*, place: WaitingPlace) -> None:
    """Mail the link of a place in line to its holder once more, at most once a day: for who asks
    to join again, and is told what anybody is who joins."""
    with transaction.atomic():
        tell_waiting_again(place)
        nudge_sending()


def leave_waiting_list(*, place: WaitingPlace, actor: User | None) -> WaitingPlace:
    """Leave the line, or decline what was offered: it goes to the next. Harmless to repeat."""
    with transaction.atomic():
        session, locked = _lock(place)
        if locked.state in IN_LINE:
            settle(locked, WaitingState.LEFT, session=session)
            nudge_waiting()
    return locked


def take_waiting_place(
    *,
    place: WaitingPlace,
    actor: User | None,
    card_ids: Sequence[int] = (),
    expected_card_minor: int | None = None,
    expected_total_minor: int | None = None,
    by_staff: bool = False,
) -> Visit:
    """Book what was offered to this place in line. Repeating it returns the visit it became.

    Staff may book whoever is in line for a class, offered or not, out of turn too. Raises
    SessionFull where there is no room, OfferGone when the time for it is over, and what booking
    raises: CardBalanceChanged, PriceChanged, ClientGone, AlreadyBooked when the client has booked
    meanwhile.
    """
    with transaction.atomic():
        lock_features()
        client = lock_client(place.client_id)
        session, locked = _lock(place)
        if locked.visit is not None:
            return locked.visit
        may_be_moved = by_staff and session is not None and locked.state in IN_LINE
        if not is_offered(locked) and not may_be_moved:
            raise OfferGone
        if session is not None and locked.state == WaitingState.OFFERED:
            # The CHECK counts them once: as offered until here, as booked from here on.
            keep_for_offer(session=session, places=-locked.places)
        visit = _book(
            locked,
            session,
            client,
            actor,
            source=Source.DESK if by_staff else Source.ONLINE,
            card_ids=card_ids,
            expected_card_minor=expected_card_minor,
            expected_total_minor=expected_total_minor,
        )
        locked.state, locked.visit, locked.hold = WaitingState.TAKEN, visit, None
        locked.settled_at = clock.now()
        locked.save(update_fields=["state", "visit", "hold", "settled_at"])
    return locked.visit


def _book(
    place: WaitingPlace,
    session: ClassSession | None,
    client: Client,
    actor: User | None,
    **how: Any,
) -> Visit:
    # A place in line becomes one visit, ever: its number is the form that is sent once.
    token = f"waiting-place-{place.pk:020}"
    common: dict[str, Any] = {
        "client": client,
        "guest": None,
        "form_token": token,
        "actor": actor,
        **how,
    }
    if session is not None:
        return book_place(session=session, places=place.places, offered=True, **common)
    hold = place.hold
    if hold is None:
        raise OfferGone
    line = Line(place.service, place.provider)
    return book_visit(lines=[line], starts_at=hold.starts_at, hold=hold, **common)


def _who(client: Client | None, guest: Guest | None) -> object:
    if client is None and guest is None:
        raise WhoIsComing
    return client.pk if client else guest and asdict(guest)


def _person(client: Client | None, guest: Guest | None, actor: User | None) -> Client:
    return lock_client(client.pk) if client is not None else new_guest(guest, actor)


def _lock(place: WaitingPlace) -> tuple[ClassSession | None, WaitingPlace]:
    session = lock_session(place.session_id) if place.session_id is not None else None
    parts = WaitingPlace.objects.select_related("client", "service", "provider", "visit", "hold")
    return session, lock_one(parts, place.pk)


def _check_session(session: ClassSession, business: Business, client: Client, places: int) -> None:
    now = clock.now()
    if session.cancelled_at is not None or session.starts_at <= now:
        raise SessionOver
    if not is_on_offer(session.service):
        raise NotOffered
    most = min(session.service.places_per_booking, session.places)
    if not 1 <= places <= most:
        raise TooManyPlaces(most=most)
    if places <= places_open_to(session, client.pk):
        raise StillFree
    if not is_open(session, business, now):
        raise WaitingOver
    mine = {"session": session, "status__in": STANDING, "visit__client": client}
    if Booking.objects.filter(**mine).exists():
        raise AlreadyBooked
    _check_stands_once(line_of_session(session.pk), client)


def _check_stands_once(line: QuerySet[WaitingPlace], client: Client) -> None:
    """One person stands in a line once. A guest has a record of their own each time: there the
    address says who it is. Raises AlreadyWaiting."""
    if line.filter(client=client).exists():
        raise AlreadyWaiting
    if client.user_id is None and client.email:
        again = line.filter(client__email__iexact=client.email).first()
        if again is not None:
            raise AlreadyWaiting(place=again)


def _check_day(
    service: Service, provider: Provider | None, day: dt.date, business: Business
) -> None:
    if service.is_class or not is_on_offer(service):
        raise NotOffered
    if provider is not None and not service.providers.filter(
        pk=provider.pk, archived_at__isnull=True
    ):
        raise NotOffered
    now = clock.now()
    if not is_day_open(service, day, business, now):
        raise WaitingOver
    if not is_worked_on(line=Line(service, provider), day=day):
        raise NobodyWorks
    free = free_slots(lines=[Line(service, provider)], first_day=day, last_day=day)
    if any(now < last_offer_at(slot.starts_at, business) for slot in free[day]):
        raise StillFree


def _join(
    client: Client,
    *,
    session: ClassSession | None,
    service: Service,
    provider: Provider | None,
    day: dt.date,
    places: int,
    automatic: bool,
) -> WaitingPlace:
    place = WaitingPlace.objects.create(
        client=client,
        session=session,
        service=service,
        provider=provider,
        day=day,
        places=places,
        automatic=automatic,
        joined_at=clock.now(),
    )
    tell_waiting_joined(place)
    return place
