from __future__ import annotations

from celery import shared_task

from sales import privacy


@shared_task(name="sales.tasks.clean_history", ignore_result=True)
def clean_history() -> None:
    privacy.clean_history()
