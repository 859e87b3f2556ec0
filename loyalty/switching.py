"""Turning the loyalty feature on: what fell due while it was off is not paid afterwards."""

from __future__ import annotations

from foundation import clock
from loyalty.models import Award, AwardState, DropReason


def drop_what_fell_due() -> int:
    """End every award that fell due by now, because loyalty was off then (F38).

    Runs in the transaction that turns loyalty on, before the sweep can see it on. Returns how
    many there were.
    """
    now = clock.now()
    due = Award.objects.filter(
        state__in=(AwardState.PROMISED, AwardState.QUARANTINED), due_at__lte=now
    )
    return due.update(state=AwardState.DROPPED, reason=DropReason.LOYALTY_OFF, settled_at=now)
