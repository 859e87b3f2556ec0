from __future__ import annotations

from celery import shared_task

from loyalty import sweep


@shared_task(name="loyalty.tasks.credit_due_awards", ignore_result=True)
def credit_due_awards() -> None:
    sweep.credit_due_awards()
