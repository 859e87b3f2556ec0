"""Class sessions: one dated run of a class, which takes its provider once, however many come.

Several places go into one booking, and a place that was offered to somebody in line
(``waiting.py``) is kept like a booked one: a CHECK holds both below the places that there are.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, models, transaction
from django.db.models import F

from bookings.errors import NotAClass, NotOffered, PlacesTaken, SessionOver, SlotTaken
from bookings.models import (
    ClassSession,
    Occupation,
    OccupationKind,
    ResourceOccupation,
    SessionRule,
)
from bookings.occupying import blocked_time, claiming
from bookings.places import ENOUGH
from catalogue.models import Provider, Resource, Service
from foundation import clock
from foundation.locks import lock_one, violated_constraint
from foundation.models import User


def create_session(
    *,
    service: Service,
    provider: Provider,
    starts_at: dt.datetime,
    places: int | None = None,
    rule: SessionRule | None = None,
    rule_day: dt.date | None = None,
    actor: User | None,
) -> ClassSession:
    """Put a class on the timetable with ``places``, or as many as the class usually has.

    ``rule_day`` is the date of ``rule`` that this is the session of. Whoever gives the class need
    not be one of its usual providers. Locks the provider. Raises SlotTaken when they or a room are
    taken, NotAClass, NotOffered.
    """
    if not service.is_class:
        raise NotAClass
    if service.archived_at is not None:
        raise NotOffered
    low, high = blocked_time(service, starts_at)
    rooms = _rooms(service)
    with (
        transaction.atomic(),
        claiming(
            provider_id=provider.pk, starts_at=low, ends_at=high, resource_ids=list(rooms)
        ) as taker,
    ):
        session = ClassSession.objects.create(
            service=service,
            provider=taker,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=service.minutes),
            places=service.places if places is None else places,
            rule=rule,
            rule_day=rule_day,
        )
        _occupy(session, rooms, low, high)
    return session


def lock_session(session_id: int) -> ClassSession:
    """The session, locked and fresh, with its class and provider."""
    return lock_one(ClassSession.objects.select_related("service", "provider"), session_id)


def reschedule_session(
    *, session: ClassSession, starts_at: dt.datetime, provider: Provider
) -> ClassSession:
    """Give the session another time or provider; it lasts as long as before.

    For ``sales``, which moves what is booked in it. Locks the session, then the provider. Raises
    SlotTaken, SessionOver when it began or was cancelled.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        check_is_coming(locked)
        length = locked.ends_at - locked.starts_at
        low = starts_at - dt.timedelta(minutes=locked.service.buffer_before)
        high = starts_at + length + dt.timedelta(minutes=locked.service.buffer_after)
        rooms = _rooms(locked.service)
        with claiming(
            provider_id=provider.pk, starts_at=low, ends_at=high, resource_ids=list(rooms)
        ) as taker:
            free_time_of(locked)
            locked.starts_at, locked.ends_at, locked.provider = starts_at, starts_at + length, taker
            locked.save(update_fields=["starts_at", "ends_at", "provider"])
            _occupy(locked, rooms, low, high)
    return locked


def set_places(*, session: ClassSession, places: int, actor: User | None) -> ClassSession:
    """Enlarge a session, or make it smaller, but never below what is booked or offered.

    Locks the session. Raises PlacesTaken with that number, SessionOver.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        check_is_coming(locked)
        taken = locked.booked_places + locked.offered_places
        if places < max(taken, 1):
            raise PlacesTaken(taken=taken)
        try:
            with transaction.atomic():
                ClassSession.objects.filter(pk=locked.pk).update(places=places)
        except IntegrityError as error:
            if ENOUGH in violated_constraint(error):
                raise PlacesTaken(taken=taken) from error
            raise
        locked.places = places
    return locked


def raise_places(*, session: ClassSession, places: int, actor: User | None) -> None:
    """Give a session ``places`` if it has fewer and is still to come; any other stays as it is.

    One conditional update: it needs no lock, and two at once never make the session smaller.
    """
    ClassSession.objects.filter(
        pk=session.pk, places__lt=places, cancelled_at__isnull=True, starts_at__gt=clock.now()
    ).update(places=places)


def close_session(*, session: ClassSession) -> None:
    """It does not take place: its provider and rooms are free again, no place is kept.

    For ``sales``, under the session's lock, after its bookings were cancelled and its line ended.
    """
    free_time_of(session)
    session.cancelled_at = clock.now()
    session.save(update_fields=["cancelled_at"])


def keep_for_offer(*, session: ClassSession, places: int) -> None:
    """Keep ``places`` of a locked session for somebody in line; negative: keep them no longer."""
    ClassSession.objects.filter(pk=session.pk).update(offered_places=F("offered_places") + places)
    session.offered_places += places


def check_is_coming(session: ClassSession) -> None:
    """Raises SessionOver when it was cancelled or has begun."""
    if session.cancelled_at is not None or session.starts_at <= clock.now():
        raise SessionOver


def sessions_between(first: dt.datetime, last: dt.datetime) -> models.QuerySet[ClassSession]:
    """Sessions that begin from ``first`` until just before ``last``, cancelled ones too, in order,
    with class and provider loaded."""
    return (
        ClassSession.objects.filter(starts_at__gte=first, starts_at__lt=last)
        .select_related("service", "service__category", "provider")
        .order_by("starts_at", "pk")
    )


def free_time_of(session: ClassSession) -> None:
    """Give back the time of its provider and rooms. Under the session's lock."""
    Occupation.objects.filter(session=session).delete()
    ResourceOccupation.objects.filter(session=session).delete()


def _rooms(service: Service) -> dict[int, int]:
    """Everything that could serve as the rooms and equipment of the class: id → kind, in order."""
    rooms = Resource.objects.filter(kind__needed_by__service=service, archived_at__isnull=True)
    return dict(rooms.order_by("kind__position", "position", "pk").values_list("pk", "kind_id"))


def _occupy(
    session: ClassSession, rooms: dict[int, int], low: dt.datetime, high: dt.datetime
) -> None:
    """Take the provider, and the first free room of each kind; all of ``rooms`` are locked.

    Raises SlotTaken where every room of a kind is taken.
    """
    Occupation.objects.create(
        provider_id=session.provider_id,
        kind=OccupationKind.SESSION,
        session=session,
        starts_at=low,
        ends_at=high,
    )
    taken = set(
        ResourceOccupation.objects.touching(low, high)
        .filter(resource__in=rooms)
        .values_list("resource_id", flat=True)
    )
    free = {kind: pk for pk, kind in reversed(rooms.items()) if pk not in taken}
    needed = set(session.service.needs.values_list("kind_id", flat=True))
    if needed - set(free):
        raise SlotTaken
    ResourceOccupation.objects.bulk_create(
        ResourceOccupation(resource_id=free[kind], session=session, starts_at=low, ends_at=high)
        for kind in sorted(needed)
    )
