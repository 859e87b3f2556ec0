"""Housekeeping by the hour. A lost or doubled nudge costs nothing: the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from bookings import holds, session_rules, waiting


@shared_task(name="bookings.tasks.forget_old_holds", ignore_result=True)
def forget_old_holds() -> None:
    holds.forget_old_holds()


@shared_task(name="bookings.tasks.create_sessions_ahead", ignore_result=True)
def create_sessions_ahead() -> None:
    session_rules.create_sessions_ahead()


@shared_task(name="bookings.tasks.forget_old_waiting_places", ignore_result=True)
def forget_old_waiting_places() -> None:
    waiting.forget_old_waiting_places()
