"""Taking a provider's time, so that two never have it.

Who wants time locks the provider's row, deletes expired holds in the way, and writes an occupation.
The database refuses an overlap whoever writes (``guards.py``); the lock is there because two
inserts that refuse each other would otherwise wait for each other, and one would die of a deadlock
after a second instead of being told that the time is taken (seen: 49 of 480).

Order of locks: class session, provider, hold. All of it lies in a savepoint, so that who loses
lets go of everything and can try the next provider.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from bookings.errors import SlotTaken
from bookings.models import Hold, Occupation
from catalogue.models import Provider, Service
from foundation import clock
from foundation.locks import violated_constraint

_OVERLAP = "occupation_no_overlap"


def blocked_time(service: Service, starts_at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """From–to that the service takes of its provider, buffers included."""
    return (
        starts_at - dt.timedelta(minutes=service.buffer_before),
        starts_at + dt.timedelta(minutes=service.minutes + service.buffer_after),
    )


@contextmanager
def claiming(
    *, provider_id: int, starts_at: dt.datetime, ends_at: dt.datetime
) -> Iterator[Provider]:
    """Inside, the caller writes the occupation of ``provider_id`` from–to, and what it belongs to.

    Yields the provider, locked. Raises SlotTaken (without ``nearest``) and undoes what was written
    when the time belongs to somebody else or the provider was archived meanwhile. Needs a
    transaction around it.
    """
    try:
        with transaction.atomic():
            # NO KEY: bookings of this provider that others write meanwhile refer to the row.
            provider = Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
            if provider.archived_at is not None:
                raise SlotTaken
            _delete_expired_holds(provider_id, starts_at, ends_at)
            yield provider
    except IntegrityError as error:
        if _OVERLAP in violated_constraint(error):
            raise SlotTaken from error
        raise


def _delete_expired_holds(provider_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Free what expired holds keep of this time. Their rows stay, with what the client typed.

    The hold is locked, not only its occupation: somebody may be extending it right now.
    """
    expired = (
        Hold.objects.filter(
            expires_at__lte=clock.now(),
            occupation__provider_id=provider_id,
            occupation__starts_at__lt=ends_at,
            occupation__ends_at__gt=starts_at,
        )
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    ids = [hold.pk for hold in expired]
    if ids:
        Occupation.objects.filter(hold_id__in=ids).delete()
