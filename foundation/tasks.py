from __future__ import annotations

from celery import shared_task

from foundation import housekeeping


@shared_task(name="foundation.tasks.keep_house", ignore_result=True)
def keep_house() -> None:
    housekeeping.keep_house()
