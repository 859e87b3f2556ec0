"""The alarm clock of the exports. The queue is the table: a lost or doubled task costs nothing."""

from __future__ import annotations

from celery import shared_task

from reports import jobs, working


@shared_task(name="reports.tasks.write_exports", ignore_result=True)
def write_exports() -> None:
    working.write_waiting_files()
    jobs.forget_old_files()
