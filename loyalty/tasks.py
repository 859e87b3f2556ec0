from __future__ import annotations

from celery import shared_task

from loyalty import joining, sweep, totals


@shared_task(name="loyalty.tasks.credit_due_awards", ignore_result=True)
def credit_due_awards() -> None:
    sweep.credit_due_awards()


@shared_task(name="loyalty.tasks.total_days", ignore_result=True)
def total_days() -> None:
    totals.total_days()


@shared_task(name="loyalty.tasks.gather_points", ignore_result=True)
def gather_points() -> None:
    joining.gather_points()
