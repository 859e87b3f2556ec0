"""Writing visits and changing their status. Only ``sales`` calls this: it knows what else moves.

Both commands of booking read alike: take the locks, check again what the locks protect, write, and
let the database refuse what slipped through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import IntegrityError, transaction
from django.db.models import F

from bookings.availability import fairest_first, find_slot, nearest_slots
from bookings.errors import (
    AlreadyBooked,
    NotOffered,
    SessionFull,
    SessionOver,
    SlotTaken,
    WrongStatus,
)
from bookings.holds import booked_ref, is_live, use_up_hold
from bookings.models import (
    Booking,
    BookingKind,
    BookingStatus,
    ClassSession,
    Hold,
    Occupation,
    OccupationKind,
    Source,
    Visit,
)
from bookings.occupying import blocked_time, claiming
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock
from foundation.locks import lock_one, violated_constraint
from foundation.models import User

# What a booking may become. A completed one may turn out to have been somebody else's visit; a
# cancelled one or a no-show is not revived by a change of status.
NEXT_STATUSES: dict[str, frozenset[str]] = {
    BookingStatus.BOOKED: frozenset(
        {
            BookingStatus.ARRIVED,
            BookingStatus.STARTED,
            BookingStatus.COMPLETED,
            BookingStatus.CANCELLED,
            BookingStatus.NO_SHOW,
        }
    ),
    BookingStatus.ARRIVED: frozenset(
        {
            BookingStatus.STARTED,
            BookingStatus.COMPLETED,
            BookingStatus.CANCELLED,
            BookingStatus.NO_SHOW,
        }
    ),
    BookingStatus.STARTED: frozenset({BookingStatus.COMPLETED, BookingStatus.CANCELLED}),
    BookingStatus.COMPLETED: frozenset({BookingStatus.CANCELLED, BookingStatus.NO_SHOW}),
    BookingStatus.CANCELLED: frozenset(),
    BookingStatus.NO_SHOW: frozenset(),
}


def schedule_visit(
    *,
    client: Client,
    service: Service,
    provider: Provider | None,
    starts_at: dt.datetime,
    source: str,
    note: str,
    actor: User | None,
    hold: Hold | None = None,
    for_staff: bool = False,
) -> Visit:
    """Book an appointment with ``provider``, or with whoever is free and has least to do that day.

    A live ``hold`` on this time was checked when it was placed: its time becomes the booking's,
    and its details are forgotten. An expired one helps as far as the time is still free. Locks the
    provider. Raises SlotTaken with the nearest free slots, OutsideRules.
    """
    with transaction.atomic():
        service = Service.objects.get(pk=service.pk)
        low, high = blocked_time(service, starts_at)
        ends_at = starts_at + dt.timedelta(minutes=service.minutes)
        for provider_id in _takers(service, provider, starts_at, hold, for_staff):
            try:
                with claiming(provider_id=provider_id, starts_at=low, ends_at=high) as taker:
                    if hold is not None:
                        Occupation.objects.filter(hold_id=hold.pk).delete()
                    visit = _write_visit(client, starts_at, ends_at, source, note, actor)
                    booking = _write_booking(
                        visit,
                        service,
                        taker,
                        kind=BookingKind.APPOINTMENT,
                        price_minor=service.price_minor,
                        blocked=(low, high),
                        actor=actor,
                    )
                    Occupation.objects.create(
                        provider=taker,
                        kind=OccupationKind.BOOKING,
                        booking=booking,
                        starts_at=low,
                        ends_at=high,
                    )
                    if hold is not None:
                        use_up_hold(hold=hold, visit_ref=visit.ref)
            except SlotTaken:
                continue
            return visit
        raise SlotTaken(
            nearest=nearest_slots(
                service=service, provider=provider, around=starts_at, for_staff=for_staff
            )
        )


def schedule_place(
    *,
    client: Client,
    session: ClassSession,
    places: int,
    source: str,
    note: str,
    actor: User | None,
    hold: Hold | None = None,
) -> Visit:
    """Book ``places`` in a class session; the booking's price is that of all of them.

    The website books until the session begins, the front desk until it ends. Locks the session.
    Raises SessionFull (``left``), SessionOver, AlreadyBooked, NotOffered.
    """
    with transaction.atomic():
        locked = lock_one(ClassSession.objects.select_related("service", "provider"), session.pk)
        service = locked.service
        closes = locked.ends_at if source == Source.DESK else locked.starts_at
        if locked.cancelled_at is not None or closes <= clock.now():
            raise SessionOver
        if service.archived_at is not None or not (service.online or source == Source.DESK):
            raise NotOffered
        if _has_place(client, locked):
            raise AlreadyBooked
        if places < 1 or places > locked.places_left:
            raise SessionFull(left=locked.places_left)
        try:
            with transaction.atomic():
                ClassSession.objects.filter(pk=locked.pk).update(
                    booked_places=F("booked_places") + places
                )
        except IntegrityError as error:
            if "session_places_suffice" in violated_constraint(error):
                raise SessionFull(left=locked.places_left) from error
            raise
        visit = _write_visit(client, locked.starts_at, locked.ends_at, source, note, actor)
        _write_booking(
            visit,
            service,
            locked.provider,
            kind=BookingKind.PLACE,
            session=locked,
            places=places,
            price_minor=service.price_minor * places,
            blocked=(locked.starts_at, locked.ends_at),
            actor=actor,
        )
        if hold is not None:
            use_up_hold(hold=hold, visit_ref=visit.ref)
        return visit


def set_status(
    *, booking: Booking, status: str, actor: User | None, by_client: bool = False
) -> Booking:
    """Change where a booking stands. Repeating it changes nothing.

    Cancelling frees the provider, or gives the places back. A no-show keeps its time: it was kept
    for the client. Locks the class session, then the booking. Raises WrongStatus.
    """
    with transaction.atomic():
        if booking.session_id is not None:
            lock_one(ClassSession.objects.all(), booking.session_id)
        locked = lock_one(Booking.objects.all(), booking.pk)
        if locked.status == status:
            return locked
        if status not in NEXT_STATUSES[locked.status]:
            raise WrongStatus(status=BookingStatus(locked.status).label)
        locked.status = status
        locked.status_changed_at = clock.now()
        locked.status_changed_by = actor
        if status == BookingStatus.CANCELLED:
            locked.cancelled_by_client = by_client
            _give_back(locked)
        locked.save(
            update_fields=[
                "status",
                "status_changed_at",
                "status_changed_by",
                "cancelled_by_client",
            ]
        )
        return locked


def _takers(
    service: Service,
    provider: Provider | None,
    starts_at: dt.datetime,
    hold: Hold | None,
    for_staff: bool,
) -> Iterator[int]:
    """Providers to try, in order. Raises SlotTaken or OutsideRules when there is nobody."""
    held = _live_hold(hold, service, provider, starts_at)
    if held is not None and held.provider_id is not None:
        if service.archived_at is not None:
            raise NotOffered
        yield held.provider_id
        if provider is not None or not held.any_provider:
            return
    slot = find_slot(
        service=service,
        provider=provider,
        starts_at=starts_at,
        ignoring=hold,
        for_staff=for_staff,
    )
    yield from fairest_first(slot=slot)


def _live_hold(
    hold: Hold | None, service: Service, provider: Provider | None, starts_at: dt.datetime
) -> Hold | None:
    """The hold as it is now, if it still keeps exactly this time. Read without a lock: what
    counts is whether the occupation can be written."""
    if hold is None:
        return None
    fresh = Hold.objects.filter(
        pk=hold.pk, service=service, starts_at=starts_at, occupation__isnull=False
    ).first()
    if fresh is None or booked_ref(fresh) or not is_live(fresh):
        return None
    if provider is not None and fresh.provider_id != provider.pk:
        return None
    return fresh


def _has_place(client: Client, session: ClassSession) -> bool:
    gone = [BookingStatus.CANCELLED, BookingStatus.NO_SHOW]
    return (
        Booking.objects.filter(session=session, visit__client=client)
        .exclude(status__in=gone)
        .exists()
    )


def _write_visit(
    client: Client,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    source: str,
    note: str,
    actor: User | None,
) -> Visit:
    return Visit.objects.create(
        client=client,
        source=source,
        note=note.strip(),
        starts_at=starts_at,
        ends_at=ends_at,
        created_by=actor,
        created_at=clock.now(),
    )


def _write_booking(
    visit: Visit,
    service: Service,
    provider: Provider,
    *,
    kind: BookingKind,
    price_minor: int,
    blocked: tuple[dt.datetime, dt.datetime],
    actor: User | None,
    session: ClassSession | None = None,
    places: int = 1,
) -> Booking:
    """The line of a visit, with the name and price that the client agreed to."""
    return Booking.objects.create(
        visit=visit,
        kind=kind,
        service=service,
        provider=provider,
        session=session,
        service_name_en=service.name_en,
        service_name_da=service.name_da,
        service_name_fi=service.name_fi,
        places=places,
        price_minor=price_minor,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        blocked_from=blocked[0],
        blocked_to=blocked[1],
        status_changed_at=visit.created_at,
        status_changed_by=actor,
    )


def _give_back(booking: Booking) -> None:
    """Free what the booking takes: its provider's time, or its places."""
    if booking.session_id is None:
        Occupation.objects.filter(booking=booking).delete()
    else:
        ClassSession.objects.filter(pk=booking.session_id).update(
            booked_places=F("booked_places") - booking.places
        )
