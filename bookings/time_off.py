"""Time off of providers, and rooms and equipment that are out of order.

Both are time that is taken and belongs to nobody's visit: an ``Occupation`` of the kind time off, a
``ResourceOccupation`` of nothing. Free times leave it out, and the database refuses what overlaps.
What is booked in that time is never moved or cancelled here: entering it is refused, and
``TimeInUse`` says what lies there.

Order of locks: provider or resource, hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from bookings.errors import InThePast, NotOffered
from bookings.models import Occupation, OccupationKind, ResourceOccupation
from bookings.occupying import Taking, is_overlap, lock_and_clear
from business.profile import get_business, local_day_bounds, local_today
from catalogue.models import Provider, Resource
from foundation import clock
from foundation.errors import BadInput, DomainError
from foundation.form_tokens import once
from foundation.models import User

FURTHEST = dt.timedelta(days=731)
SHOWN = 30
Owner = Provider | Resource
TimeOff = Occupation | ResourceOccupation
# No provider has this id: what is out of order takes a resource alone.
_NOBODY = 0


class TimeInUse(DomainError):
    """``in_the_way`` are the first ``SHOWN`` occupations in that time, ``count`` is how many."""

    code = "time-in-use"
    message = _("This time is not free. Move or cancel what lies in it, or choose another time.")

    def __init__(self, in_the_way: list[Any], count: int) -> None:
        self.in_the_way, self.count = in_the_way, count
        super().__init__()


class TimeOffGone(DomainError):
    code = "time-off-gone"
    message = _("Somebody has removed this meanwhile.")


def all_time_off() -> models.QuerySet[Occupation]:
    """All time off, with whose it is."""
    return Occupation.objects.filter(kind=OccupationKind.TIME_OFF).select_related("provider")


def all_out_of_order() -> models.QuerySet[ResourceOccupation]:
    """All time in which a resource is out of order, with the resource."""
    return ResourceOccupation.objects.filter(
        booking__isnull=True, session__isnull=True, hold__isnull=True
    ).select_related("resource__kind")


def owner_of(time_off: TimeOff) -> Owner:
    return time_off.provider if isinstance(time_off, Occupation) else time_off.resource


def add_time_off(
    *,
    whose: Owner,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str = "",
    form_token: str,
    actor: User | None,
) -> TimeOff:
    """Keep the time of a provider or a resource free of visits, from–to (UTC instants).

    It may have begun earlier today, ends later than now, and lies within two years. The same form
    again returns what the first one made. Locks the provider or the resource. Raises TimeInUse,
    InThePast, NotOffered or SlotTaken when they are archived, TimeOffGone, BadInput,
    FormAlreadyUsed.
    """
    if whose.archived_at is not None:
        raise NotOffered
    content = [whose._meta.label, whose.pk, starts_at, ends_at, reason]
    with transaction.atomic(), once(token=form_token, purpose="time-off", content=content) as use:
        if use.result:
            return _find(whose, int(use.result))
        _check_times(starts_at, ends_at, began=None)
        with _taking(whose, starts_at, ends_at):
            row = _new(whose)
            row.starts_at, row.ends_at, row.reason = starts_at, ends_at, reason
            row.save(force_insert=True)
        use.result = str(row.pk)
    return row


def change_time_off(
    *,
    time_off: TimeOff,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str = "",
    actor: User | None,
) -> TimeOff:
    """Give it other times (UTC instants) or another reason; whose it is stays.

    What began before today may keep its beginning. Locks the provider or the resource. Raises
    TimeInUse, InThePast, TimeOffGone, BadInput, SlotTaken when they were archived.
    """
    whose = owner_of(time_off)
    with transaction.atomic(), _taking(whose, starts_at, ends_at, instead_of=time_off):
        row = _find(whose, time_off.pk)
        _check_times(starts_at, ends_at, began=row.starts_at)
        row.starts_at, row.ends_at, row.reason = starts_at, ends_at, reason
        row.save(update_fields=["starts_at", "ends_at", "reason"])
    return row


def remove_time_off(*, time_off: TimeOff, actor: User | None) -> bool:
    """The time can be booked again. Repeating it changes nothing; False when it was gone."""
    removed, _by_model = _rows(owner_of(time_off)).filter(pk=time_off.pk).delete()
    return bool(removed)


def _new(whose: Owner) -> TimeOff:
    if isinstance(whose, Provider):
        return Occupation(provider=whose, kind=OccupationKind.TIME_OFF)
    return ResourceOccupation(resource=whose)


def _rows(whose: Owner) -> models.QuerySet[Any]:
    if isinstance(whose, Provider):
        return all_time_off().filter(provider=whose)
    return all_out_of_order().filter(resource=whose)


def _find(whose: Owner, pk: int) -> TimeOff:
    row: TimeOff | None = _rows(whose).filter(pk=pk).first()
    if row is None:
        raise TimeOffGone
    return row


def _check_times(starts_at: dt.datetime, ends_at: dt.datetime, began: dt.datetime | None) -> None:
    """``began`` is what the beginning was before: what is past already need not be hidden."""
    business, now = get_business(), clock.now()
    if ends_at <= starts_at or ends_at > now + FURTHEST:
        raise BadInput
    today, _tomorrow = local_day_bounds(business, local_today(business))
    if ends_at <= now or (starts_at < today and starts_at != began):
        raise InThePast


@contextmanager
def _taking(
    whose: Owner, starts_at: dt.datetime, ends_at: dt.datetime, instead_of: TimeOff | None = None
) -> Iterator[None]:
    """Inside, the caller writes that the time of ``whose`` is taken; nothing else lies in it."""
    taking = (
        Taking(whose.pk, starts_at, ends_at)
        if isinstance(whose, Provider)
        else Taking(_NOBODY, starts_at, ends_at, (whose.pk,))
    )
    try:
        with transaction.atomic():
            lock_and_clear([taking])
            _check_free(whose, starts_at, ends_at, instead_of)
            yield
    except IntegrityError as error:
        if is_overlap(error):
            raise TimeInUse([], 0) from error
        raise


def _check_free(
    whose: Owner, starts_at: dt.datetime, ends_at: dt.datetime, instead_of: TimeOff | None
) -> None:
    rows: models.QuerySet[Any]
    if isinstance(whose, Provider):
        rows = Occupation.objects.filter(provider=whose).touching(starts_at, ends_at)
    else:
        rows = ResourceOccupation.objects.filter(resource=whose).touching(starts_at, ends_at)
    if instead_of is not None:
        rows = rows.exclude(pk=instead_of.pk)
    rows = rows.select_related("booking__visit__client", "session__service", "hold")
    found = list(rows.order_by("starts_at", "pk")[:SHOWN])
    if found:
        raise TimeInUse(found, len(found) if len(found) < SHOWN else rows.count())
