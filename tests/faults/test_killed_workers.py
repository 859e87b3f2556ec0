"""F01 to F03: a worker that is killed, and a task that comes twice, change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from clients.consents import record_consent
from clients.models import Client
from loyalty.models import Award, AwardState, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from loyalty.tasks import credit_due_awards as sweep_task
from notifications.models import Message
from notifications.tasks import send_due_messages as sending_task
from tests.conftest import Clock
from tests.faults.dying import run_until_killed
from tests.loyalty.conftest import Promise

pytestmark = pytest.mark.django_db(transaction=True)

SWEEP = "from loyalty.tasks import credit_due_awards\ncredit_due_awards.apply()\n"


@pytest.fixture
def due(alice: Client, promise: Promise, clock: Clock) -> Award:
    """An award of Alice's that is due; she agreed to be told."""
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)
    award = promise(alice)
    clock.advance(hours=5)
    return award


def wait_for_the_dead(award: Award) -> None:
    """PostgreSQL notices a killed client at its own pace: its row lock is gone when it has."""
    with transaction.atomic():
        Award.objects.select_for_update(no_key=True).get(pk=award.pk)


@pytest.mark.slow
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE loyalty_pointaccount",
        "UPDATE loyalty_award SET state = 'credited'",
        'INTO "notifications_message"',
    ],
    ids=["before the balance", "before the state", "before the message"],
)
def test_worker_killed_after_the_entry_leaves_nothing(
    alice: Client, due: Award, statement: str
) -> None:
    """F01."""
    run_until_killed(f"die_before({statement!r})\n{SWEEP}")

    wait_for_the_dead(due)
    due.refresh_from_db()
    assert (due.state, PointEntry.objects.count(), balance_of(alice)) == ("promised", 0, 0)
    assert not Message.objects.exists()
    assert credit_due_awards().credited == 1
    assert (balance_of(alice), Message.objects.count()) == (60, 1)


@pytest.mark.slow
def test_worker_killed_after_the_commit_credits_and_tells_once(
    alice: Client, due: Award, mailoutbox: list[Any]
) -> None:
    """F02: the broker never heard that the task was done, and delivers it again."""
    run_until_killed(f"{SWEEP}die()\n")

    sweep_task.apply()
    sending_task.apply()
    sending_task.apply()

    due.refresh_from_db()
    assert (due.state, balance_of(alice)) == (AwardState.CREDITED, 60)
    assert (PointEntry.objects.count(), Message.objects.count()) == (1, 1)
    assert [mail.to for mail in mailoutbox] == [["alice@example.test"]]


@pytest.mark.slow
def test_sender_killed_after_the_mail_left_repeats_no_marketing(
    due: Award, clock: Clock, mailoutbox: list[Any]
) -> None:
    """F02: nobody can tell whether the points mail arrived, and a second would be one too many."""
    credit_due_awards()
    run_until_killed(
        "from django.core.mail.backends import locmem\n"
        "from notifications.sending import send_due_messages\n"
        "class Dying(locmem.EmailBackend):\n"
        "    def send_messages(self, messages):\n"
        "        super().send_messages(messages)\n"
        "        die()\n"
        "locmem.EmailBackend = Dying\n"
        "send_due_messages()\n"
    )
    assert Message.objects.get().state == Message.State.SENDING

    clock.advance(minutes=11)
    sending_task.apply()

    message = Message.objects.get()
    assert (message.state, message.reason) == ("dropped", "outcome_unknown")
    assert mailoutbox == []


def test_task_delivered_twice_credits_and_tells_once(
    alice: Client, due: Award, mailoutbox: list[Any]
) -> None:
    """F03: the second is a quiet no-op. Two workers at once: tests/concurrency."""
    results = [task.apply() for task in (sweep_task, sweep_task, sending_task, sending_task)]

    assert [result.state for result in results] == ["SUCCESS"] * 4
    assert (PointEntry.objects.count(), balance_of(alice)) == (1, 60)
    assert (Message.objects.count(), len(mailoutbox)) == (1, 1)
