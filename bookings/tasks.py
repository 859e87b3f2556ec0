"""Housekeeping by the hour. A lost or doubled nudge costs nothing: the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from bookings import holds


@shared_task(name="bookings.tasks.forget_old_holds", ignore_result=True)
def forget_old_holds() -> None:
    holds.forget_old_holds()
