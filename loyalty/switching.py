"""Turning the loyalty feature on: what fell due while it was off is not paid afterwards."""

from __future__ import annotations

import datetime as dt

from foundation import clock
from loyalty.models import ON_THE_WAY, Award, AwardState, DropReason


def drop_what_fell_due(off_since: dt.datetime | None) -> int:
    """End every award that fell due while loyalty was off, from ``off_since`` to now (F38).

    Runs in the transaction that turns loyalty on, before the sweep can see it on. Returns how
    many there were.
    """
    now = clock.now()
    due = Award.objects.filter(state__in=ON_THE_WAY, due_at__lte=now)
    if off_since is not None:
        due = due.filter(due_at__gte=off_since)
    return due.update(state=AwardState.DROPPED, reason=DropReason.LOYALTY_OFF, settled_at=now)
