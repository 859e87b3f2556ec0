from __future__ import annotations

from celery import shared_task

from sales import offers, privacy, reminders


@shared_task(name="sales.tasks.clean_history", ignore_result=True)
def clean_history() -> None:
    privacy.clean_history()


@shared_task(name="sales.tasks.serve_waiting_lists", ignore_result=True)
def serve_waiting_lists() -> None:
    offers.serve_waiting_lists()


@shared_task(name="sales.tasks.queue_reminders", ignore_result=True)
def queue_reminders() -> None:
    reminders.queue_reminders()
