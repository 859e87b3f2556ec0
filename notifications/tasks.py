"""The alarm clock of the outbox. The queue is the table: a lost or doubled task costs nothing."""

from __future__ import annotations

from celery import shared_task

from notifications import outbox, sending


@shared_task(name="notifications.tasks.send_due_messages", ignore_result=True)
def send_due_messages() -> None:
    sending.send_due_messages()


@shared_task(name="notifications.tasks.forget_old_account_mail", ignore_result=True)
def forget_old_account_mail() -> None:
    outbox.forget_old_account_mail()
