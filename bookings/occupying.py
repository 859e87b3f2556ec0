"""Taking the time of providers and resources, so that two never have it.

Who wants time locks the rows of the providers and resources, deletes expired holds in the way, and
writes occupations. The database refuses an overlap whoever writes (``guards.py``); the locks are
there because two inserts that refuse each other would otherwise wait for each other, and one would
die of a deadlock after a second instead of being told that the time is taken (seen: 49 of 480).

Order of locks: class session, provider, resource, hold. All of it lies in a savepoint, so that who
loses lets go of everything and can try somebody else.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Q

from bookings.errors import SlotTaken
from bookings.models import Hold, Occupation, ResourceOccupation, Visit
from catalogue.models import Provider, Resource, Service
from foundation import clock
from foundation.locks import lock_in_order, violated_constraint

_OVERLAPS = ("occupation_no_overlap", "resource_no_overlap")


@dataclass(frozen=True)
class Taking:
    """A provider and resources from–to, buffers included (UTC instants)."""

    provider_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    resource_ids: tuple[int, ...] = ()


def blocked_time(service: Service, starts_at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From–to that a class takes of its provider, buffers included."""
    return (
        starts_at - dt.timedelta(minutes=service.buffer_before),
        starts_at + dt.timedelta(minutes=service.minutes + service.buffer_after),
    )


def is_overlap(error: BaseException) -> bool:
    """Whether the database refused because the time of a provider or resource is taken."""
    name = violated_constraint(error)
    return any(overlap in name for overlap in _OVERLAPS)


@contextmanager
def claiming(
    *,
    provider_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    resource_ids: Sequence[int] = (),
) -> Iterator[Provider]:
    """Inside, the caller writes the occupation of ``provider_id`` from–to, those of the resources,
    and what they belong to.

    Yields the provider, locked. Raises SlotTaken (without ``nearest``) and undoes what was written
    when the time belongs to somebody else or the provider was archived meanwhile. Needs a
    transaction around it.
    """
    try:
        with transaction.atomic():
            taking = Taking(provider_id, starts_at, ends_at, tuple(resource_ids))
            yield lock_and_clear([taking])[provider_id]
    except IntegrityError as error:
        if is_overlap(error):
            raise SlotTaken from error
        raise


def lock_and_clear(
    takings: Sequence[Taking], *, own: Iterable[Hold] = (), moving: Visit | None = None
) -> dict[int, Provider]:
    """Lock whom and what ``takings`` names, and free what expired holds keep of that time, what
    ``own`` holds keep and what the visit ``moving`` takes. The rows of the holds stay, with what
    the client typed.

    Returns the providers. Raises SlotTaken when one of them, or a resource, was archived.
    """
    people = {taking.provider_id for taking in takings}
    rooms = {pk for taking in takings for pk in taking.resource_ids}
    providers = lock_in_order(Provider.objects.all(), people)
    resources = lock_in_order(Resource.objects.all(), rooms)
    gone = [each.archived_at for each in providers.values()]
    gone += [each.archived_at for each in resources.values()]
    if any(gone):
        raise SlotTaken
    _free_held_time(takings, [hold.pk for hold in own])
    if moving is not None:
        Occupation.objects.filter(booking__visit_id=moving.pk).delete()
        ResourceOccupation.objects.filter(booking__visit_id=moving.pk).delete()
    return providers


def is_clear(takings: Iterable[Taking]) -> bool:
    """Whether nothing is in the way any more; asked under the locks."""
    takings = list(takings)
    providers, resources = Q(), Q()
    for taking in takings:
        time = Q(starts_at__lt=taking.ends_at, ends_at__gt=taking.starts_at)
        providers |= time & Q(provider_id=taking.provider_id)
        if taking.resource_ids:
            resources |= time & Q(resource_id__in=taking.resource_ids)
    if Occupation.objects.filter(providers).exists():
        return False
    return not (resources and ResourceOccupation.objects.filter(resources).exists())


def _free_held_time(takings: Sequence[Taking], own: Sequence[int]) -> None:
    """The holds are locked, not only their occupations: somebody may be extending one right now."""
    in_the_way = Q()
    for taking in takings:
        in_the_way |= Q(
            occupations__provider_id=taking.provider_id,
            occupations__starts_at__lt=taking.ends_at,
            occupations__ends_at__gt=taking.starts_at,
        )
        if taking.resource_ids:
            in_the_way |= Q(
                resource_occupations__resource_id__in=taking.resource_ids,
                resource_occupations__starts_at__lt=taking.ends_at,
                resource_occupations__ends_at__gt=taking.starts_at,
            )
    found = Hold.objects.filter(in_the_way).values("pk")
    gone = (
        Hold.objects.filter(Q(pk__in=found, expires_at__lte=clock.now()) | Q(pk__in=own))
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    ids = [hold.pk for hold in gone]
    if ids:
        Occupation.objects.filter(hold_id__in=ids).delete()
        ResourceOccupation.objects.filter(hold_id__in=ids).delete()
