"""Writing visits and changing their status. Only ``sales`` calls this: it knows what else moves.

Both commands of booking read alike: take the locks, check again what the locks protect, write, and
let the database refuse what slipped through.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from bookings.changes import record_change
from bookings.errors import (
    NotOffered,
    SessionOver,
    TooManyPlaces,
    WrongStatus,
)
from bookings.holds import use_up_hold
from bookings.lines import Line
from bookings.models import (
    Booking,
    BookingAddOn,
    BookingKind,
    BookingStatus,
    ChangeKind,
    ClassSession,
    Hold,
    Occupation,
    ResourceOccupation,
    Source,
    Visit,
)
from bookings.places import give_places_back, take_places
from bookings.placing import occupy, placing
from bookings.waiting import places_open_to
from catalogue.models import AddOn, Service
from clients.models import Client
from foundation import clock
from foundation.locks import lock_one
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
    lines: Sequence[Line],
    starts_at: dt.datetime,
    source: str,
    note: str,
    actor: User | None,
    hold: Hold | None = None,
    for_staff: bool = False,
) -> Visit:
    """Book ``lines`` one after another, each with who is named or with whoever is free and has
    least to do that day: a visit with a booking for each.

    A live ``hold`` on this time was checked when it was placed: its time becomes the bookings',
    and its details are forgotten. An expired one helps as far as the time is still free. Locks the
    providers and resources. Raises SlotTaken with the nearest free slots, OutsideRules.
    """
    with placing(lines=lines, starts_at=starts_at, hold=hold, for_staff=for_staff) as placed:
        visit = _write_visit(client, starts_at, placed[-1].ends_at, source, note, actor)
        for each in placed:
            booking = _write_booking(
                visit,
                each.line.service,
                each.provider_id,
                kind=BookingKind.APPOINTMENT,
                price_minor=each.price_minor,
                time=(each.starts_at, each.ends_at),
                blocked=(each.blocked_from, each.blocked_to),
                actor=actor,
                by_points=each.line.by_points,
            )
            _write_add_ons(booking, each.line.add_ons)
            occupy(each, booking=booking)
        if hold is not None:
            use_up_hold(hold=hold, visit_ref=visit.ref)
    return visit


def schedule_place(
    *,
    client: Client,
    session: ClassSession,
    places: int,
    source: str,
    note: str,
    actor: User | None,
    hold: Hold | None = None,
    offered: bool = False,
) -> Visit:
    """Book ``places`` in a class session; the booking's price is that of all of them.

    ``offered`` says that they were kept for this client, who stood in line: all others get on the
    website what the line leaves. The website books until the session begins, the front desk until
    it ends; the website so many places at a time as the class allows. Locks the session. Raises
    SessionFull (``left``), SessionOver, AlreadyBooked, NotOffered, TooManyPlaces.
    """
    with transaction.atomic():
        locked = lock_one(ClassSession.objects.select_related("service", "provider"), session.pk)
        service = locked.service
        closes = locked.ends_at if source == Source.DESK else locked.starts_at
        if locked.cancelled_at is not None or closes <= clock.now():
            raise SessionOver
        if service.archived_at is not None or not (service.online or source == Source.DESK):
            raise NotOffered
        if source == Source.ONLINE and places > service.places_per_booking:
            raise TooManyPlaces(most=service.places_per_booking)
        left = locked.places_left
        if source == Source.ONLINE and not offered:
            left = places_open_to(locked, client.pk)
        take_places(session=locked, client_id=client.pk, places=places, left=left)
        visit = _write_visit(client, locked.starts_at, locked.ends_at, source, note, actor)
        _write_booking(
            visit,
            service,
            locked.provider_id,
            kind=BookingKind.PLACE,
            session=locked,
            places=places,
            price_minor=service.price_minor * places,
            time=(locked.starts_at, locked.ends_at),
            blocked=(locked.starts_at, locked.ends_at),
            actor=actor,
        )
        if hold is not None:
            use_up_hold(hold=hold, visit_ref=visit.ref)
        return visit


def set_status(
    *,
    booking: Booking,
    status: str,
    actor: User | None,
    by_client: bool = False,
    reason: str = "",
) -> Booking:
    """Change where a booking stands, and write that down with ``reason``. Repeating it changes
    nothing, the reason neither.

    Cancelling frees provider and resources, or gives the places back. A no-show keeps its time:
    it was kept for the client. Locks the class session, then the booking. Raises WrongStatus.
    """
    with transaction.atomic():
        if booking.session_id is not None:
            lock_one(ClassSession.objects.all(), booking.session_id)
        locked = lock_one(Booking.objects.all(), booking.pk)
        if locked.status == status:
            return locked
        if status not in NEXT_STATUSES[locked.status]:
            raise WrongStatus(status=BookingStatus(locked.status).label)
        before, locked.status = locked.status, status
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
        cancelled = status == BookingStatus.CANCELLED
        record_change(
            booking=locked,
            kind=ChangeKind.CANCELLED if cancelled else ChangeKind.MARKED,
            status_before=before,
            actor=actor,
            by_client=by_client,
            reason=reason,
        )
        return locked


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
    provider_id: int,
    *,
    kind: BookingKind,
    price_minor: int,
    time: tuple[dt.datetime, dt.datetime],
    blocked: tuple[dt.datetime, dt.datetime],
    actor: User | None,
    session: ClassSession | None = None,
    places: int = 1,
    by_points: bool = False,
) -> Booking:
    """The line of a visit, with the name and price that the client agreed to."""
    return Booking.objects.create(
        visit=visit,
        kind=kind,
        service=service,
        provider_id=provider_id,
        session=session,
        service_name_en=service.name_en,
        service_name_da=service.name_da,
        service_name_fi=service.name_fi,
        places=places,
        price_minor=price_minor,
        by_points=by_points,
        starts_at=time[0],
        ends_at=time[1],
        blocked_from=blocked[0],
        blocked_to=blocked[1],
        status_changed_at=visit.created_at,
        status_changed_by=actor,
    )


def _write_add_ons(booking: Booking, add_ons: Sequence[AddOn]) -> None:
    """What goes on top, as it is called and costs today; the booking's price has it in."""
    BookingAddOn.objects.bulk_create(
        BookingAddOn(
            booking=booking,
            add_on=add_on,
            name_en=add_on.name_en,
            name_da=add_on.name_da,
            name_fi=add_on.name_fi,
            minutes=add_on.minutes,
            price_minor=add_on.price_minor,
        )
        for add_on in add_ons
    )


def _give_back(booking: Booking) -> None:
    """Free what the booking takes: the time of its provider and resources, or its places."""
    if booking.session_id is None:
        Occupation.objects.filter(booking=booking).delete()
        ResourceOccupation.objects.filter(booking=booking).delete()
    else:
        give_places_back(session_id=booking.session_id, places=booking.places)
