"""Moving what is booked to another time. Only ``sales`` calls this: points and money go along.

The visit keeps its time until the new one is got: both happen in one savepoint, under the locks
that booking takes, and who loses a race is told the nearest free times. What was booked stays
booked: the services with their add-ons, the places, and the price, unless the provider changes to
one whose price differs; then it changes by exactly that difference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from bookings.changes import earliest_mark, record_change
from bookings.errors import (
    NotOffered,
    SessionOver,
    TooLateToMove,
    WrongStatus,
)
from bookings.lines import Line
from bookings.models import (
    STANDING,
    Booking,
    BookingStatus,
    ChangeKind,
    ClassSession,
    Visit,
)
from bookings.places import give_places_back, take_places
from bookings.placing import Placed, occupy, placing
from bookings.visits import free_to_cancel_until
from bookings.waiting import lines_of_sessions, open_places, places_open_to
from business.models import Business
from business.profile import get_business
from catalogue.models import Provider, ServiceProvider
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User


def goes_to(booking: Booking, provider: Provider | None, part: Booking | None) -> Provider:
    """With whom ``booking`` is after a move to ``provider``; where ``part`` is given, only that
    booking of the visit changes its person."""
    if provider is None or (part is not None and part.pk != booking.pk):
        return booking.provider
    return provider


def lines_of(
    visit: Visit, *, provider: Provider | None = None, part: Booking | None = None
) -> list[Line]:
    """What the visit consists of, one line a booking, each with whom it is booked, or with
    ``provider``: all of it, or only ``part``."""
    bookings = visit.bookings.select_related("service", "provider").order_by("starts_at", "pk")
    return [
        Line(
            service=booking.service,
            provider=goes_to(booking, provider, part),
            add_ons=tuple(
                each.add_on for each in booking.add_ons.select_related("add_on").order_by("pk")
            ),
        )
        for booking in bookings
    ]


def price_with(booking: Booking, provider: Provider) -> int:
    """The booking's price in minor units if ``provider`` did it: what was agreed, plus what they
    cost more, or less what they cost less, than whom it is booked with. A reward costs the same
    with everybody."""
    if provider.pk == booking.provider_id or booking.by_points:
        return booking.price_minor
    own = dict(
        ServiceProvider.objects.filter(
            service=booking.service_id, provider__in=(provider.pk, booking.provider_id)
        ).values_list("provider_id", "price_minor")
    )
    usual = booking.service.price_minor
    before, after = (
        usual if price is None else price
        for price in (own.get(booking.provider_id), own.get(provider.pk))
    )
    return max(0, booking.price_minor + after - before)


def sessions_to_move_to(
    visit: Visit, *, many: int = 20, by_client: bool = False
) -> list[ClassSession]:
    """The next sessions of the same class with room for the visit's places, the soonest first; for
    a client with room that their lines leave."""
    booking = visit.bookings.order_by("pk")[0]
    left = F("places") - F("booked_places") - F("offered_places")
    sessions = ClassSession.objects.annotate(left=left).filter(
        service=booking.service_id,
        cancelled_at__isnull=True,
        starts_at__gt=clock.now(),
        left__gte=booking.places,
    )
    others = sessions.exclude(bookings__visit=visit).select_related("service", "provider")
    found: list[ClassSession] = list(others.order_by("starts_at", "pk")[:many])
    if not by_client:
        return found
    lines, business = lines_of_sessions(each.pk for each in found), get_business()
    return [
        each
        for each in found
        if open_places(each, lines[each.pk], business, client_id=visit.client_id) >= booking.places
    ]


def check_client_may_move(visit: Visit, business: Business) -> None:
    """A client moves what still waits for them, until it could be cancelled free of charge.
    Raises WrongStatus, TooLateToMove."""
    for booking in visit.bookings.order_by("pk"):
        if booking.status != BookingStatus.BOOKED:
            raise WrongStatus(status=BookingStatus(booking.status).label)
    if clock.now() > free_to_cancel_until(visit, business):
        raise TooLateToMove


def move_appointments(
    *,
    visit: Visit,
    starts_at: dt.datetime,
    provider: Provider | None,
    part: Booking | None = None,
    actor: User | None,
    by_client: bool,
) -> list[Booking]:
    """Move the visit's appointments to ``starts_at``, one after another as they are, each with
    whom it is booked, or all or only ``part`` with ``provider``.

    A client moves to what the website offers, staff also outside it, and to a time that is over,
    so that the record says what happened. Locks providers and resources, then the bookings.
    Raises SlotTaken with the nearest free times, OutsideRules, WrongStatus, TooLateToMove.
    """
    business = get_business()
    with (
        transaction.atomic(),
        placing(
            lines=lines_of(visit, provider=provider, part=part),
            starts_at=starts_at,
            moving=visit,
            for_staff=not by_client,
        ) as placed,
    ):
        bookings = _lock_movable(visit, business, by_client=by_client)
        for booking, place in zip(bookings, placed, strict=True):
            _check_mark(booking, place.starts_at, business)
            _put(booking, place, actor, by_client)
        _span(visit, bookings)
    return bookings


def move_places(
    *, visit: Visit, session: ClassSession, actor: User | None, by_client: bool
) -> list[Booking]:
    """Move the visit's places to another session of the same class.

    The caller holds the locks of both sessions, taken by id. Locks the bookings. Raises
    NotOffered, SessionOver, SessionFull, AlreadyBooked, WrongStatus, TooLateToMove.
    """
    business = get_business()
    with transaction.atomic():
        target = ClassSession.objects.select_related("service", "provider").get(pk=session.pk)
        bookings = _lock_movable(visit, business, by_client=by_client)
        for booking in bookings:
            _check_session(booking, target, by_client=by_client)
            _check_mark(booking, target.starts_at, business)
            client_id = booking.visit.client_id
            left = places_open_to(target, client_id) if by_client else target.places_left
            take_places(session=target, client_id=client_id, places=booking.places, left=left)
            assert booking.session_id is not None  # noqa: S101 (_check_session asked)
            give_places_back(session_id=booking.session_id, places=booking.places)
            _put(booking, _as_placed(booking, target), actor, by_client, session=target)
        _span(visit, bookings)
    return bookings


def _lock_movable(visit: Visit, business: Business, *, by_client: bool) -> list[Booking]:
    ids = visit.bookings.values_list("pk", flat=True)
    locked = lock_in_order(Booking.objects.select_related("service"), ids)
    if by_client:
        check_client_may_move(visit, business)
    for booking in locked.values():
        if booking.status not in STANDING:
            raise WrongStatus(status=BookingStatus(booking.status).label)
    return sorted(locked.values(), key=lambda booking: (booking.starts_at, booking.pk))


def _check_mark(booking: Booking, starts_at: dt.datetime, business: Business) -> None:
    """What was marked has happened: it cannot move to where the mark could not have been made."""
    if booking.status == BookingStatus.BOOKED:
        return
    if clock.now() < earliest_mark(starts_at, booking.status, business):
        raise WrongStatus(status=BookingStatus(booking.status).label)


def _put(
    booking: Booking,
    place: Placed,
    actor: User | None,
    by_client: bool,
    session: ClassSession | None = None,
) -> None:
    starts_before, provider_before_id = booking.starts_at, booking.provider_id
    if session is None:
        booking.price_minor = price_with(booking, Provider.objects.get(pk=place.provider_id))
    booking.session = session
    booking.provider_id = place.provider_id
    booking.starts_at, booking.ends_at = place.starts_at, place.ends_at
    booking.blocked_from, booking.blocked_to = place.blocked_from, place.blocked_to
    booking.save(
        update_fields=[
            "session",
            "provider",
            "price_minor",
            "starts_at",
            "ends_at",
            "blocked_from",
            "blocked_to",
        ]
    )
    if session is None:
        occupy(place, booking=booking)
    record_change(
        booking=booking,
        kind=ChangeKind.MOVED,
        starts_before=starts_before,
        provider_before_id=provider_before_id,
        actor=actor,
        by_client=by_client,
    )


def _span(visit: Visit, bookings: Sequence[Booking]) -> None:
    Visit.objects.filter(pk=visit.pk).update(
        starts_at=min(booking.starts_at for booking in bookings),
        ends_at=max(booking.ends_at for booking in bookings),
        calendar_sequence=F("calendar_sequence") + 1,
    )
    visit.refresh_from_db()


def _check_session(booking: Booking, target: ClassSession, *, by_client: bool) -> None:
    if booking.session_id is None or booking.service_id != target.service_id:
        raise NotOffered
    if by_client and not target.service.online:
        raise NotOffered
    closes = target.starts_at if by_client else target.ends_at
    if target.cancelled_at is not None or closes <= clock.now():
        raise SessionOver


def _as_placed(booking: Booking, target: ClassSession) -> Placed:
    return Placed(
        line=Line(target.service, target.provider),
        provider_id=target.provider_id,
        starts_at=target.starts_at,
        ends_at=target.ends_at,
        blocked_from=target.starts_at,
        blocked_to=target.ends_at,
        price_minor=booking.price_minor,
        resource_ids=(),
    )
