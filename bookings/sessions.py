"""Class sessions: one dated run of a class, which takes its provider once, however many come."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction

from bookings.errors import NotAClass, NotOffered
from bookings.models import ClassSession, Occupation, OccupationKind
from bookings.occupying import blocked_time, claiming
from catalogue.models import Provider, Service
from foundation.models import User


def create_session(
    *,
    service: Service,
    provider: Provider,
    starts_at: dt.datetime,
    places: int | None = None,
    actor: User | None,
) -> ClassSession:
    """Put a class on the timetable with ``places``, or as many as the class usually has.

    Whoever gives the class need not be one of its usual providers. Locks the provider. Raises
    SlotTaken when they are taken, NotAClass, NotOffered.
    """
    if not service.is_class:
        raise NotAClass
    if service.archived_at is not None:
        raise NotOffered
    low, high = blocked_time(service, starts_at)
    with (
        transaction.atomic(),
        claiming(provider_id=provider.pk, starts_at=low, ends_at=high) as taker,
    ):
        session = ClassSession.objects.create(
            service=service,
            provider=taker,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=service.minutes),
            places=service.places if places is None else places,
        )
        Occupation.objects.create(
            provider=taker,
            kind=OccupationKind.SESSION,
            session=session,
            starts_at=low,
            ends_at=high,
        )
    return session


def sessions_between(first: dt.datetime, last: dt.datetime) -> models.QuerySet[ClassSession]:
    """Sessions that begin from ``first`` until just before ``last``, cancelled ones too, in order,
    with class and provider loaded."""
    return (
        ClassSession.objects.filter(starts_at__gte=first, starts_at__lt=last)
        .select_related("service", "service__category", "provider")
        .order_by("starts_at", "pk")
    )
