"""How many points one person may add and deduct by hand, at once and in a day.

Each role has its limits (``CorrectionLimit``); somebody with several roles has the widest of each.
A login without a role that has them may move nothing alone. A business day is one of the wall
calendar; what was added and what was deducted count alike, by the entries' own hours.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Sum
from django.db.models.functions import Abs

from business.profile import get_business, local_day_bounds, local_today
from foundation.locks import lock_one
from foundation.models import User
from loyalty.errors import AboveDayLimit, AboveLimit
from loyalty.models import CorrectionLimit, PointEntry, PointKind


@dataclass(frozen=True)
class Limits:
    """Points; None is without a limit."""

    per_entry: int | None
    per_day: int | None


def limits_of(person: User) -> Limits:
    """The widest limits among the roles of ``person``."""
    if person.is_superuser:
        return Limits(None, None)
    rows = list(CorrectionLimit.objects.filter(role__user=person))
    return Limits(
        per_entry=_widest([row.per_entry for row in rows]),
        per_day=_widest([row.per_day for row in rows]),
    )


def _widest(limits: list[int | None]) -> int | None:
    return None if None in limits else max((each or 0 for each in limits), default=0)


def moved_today(person: User) -> int:
    """The points that ``person`` has added and deducted by hand on this business day."""
    business = get_business()
    start, end = local_day_bounds(business, local_today(business))
    mine = PointEntry.objects.filter(
        kind=PointKind.ADJUST, actor=person, created_at__gte=start, created_at__lt=end
    )
    total: int = mine.aggregate(total=Sum(Abs("amount"), default=0))["total"]
    return total


def lock_corrector(person: User) -> None:
    """One correction of a person at a time: two at once would both fit what is left of the day.

    Taken after the switches and before the client.
    """
    lock_one(User.objects.all(), person.pk)


def check_at_once(*, person: User, amount: int) -> None:
    """Raises AboveLimit."""
    limit = limits_of(person).per_entry
    if limit is not None and abs(amount) > limit:
        raise AboveLimit(limit=limit)


def check_limits(*, person: User, amount: int) -> None:
    """Both limits of ``person`` (locked by ``lock_corrector``), looked at before each correction.

    Raises AboveLimit, AboveDayLimit.
    """
    check_at_once(person=person, amount=amount)
    limit = limits_of(person).per_day
    if limit is not None:
        moved = moved_today(person)
        if moved + abs(amount) > limit:
            raise AboveDayLimit(limit=limit, left=max(limit - moved, 0))
