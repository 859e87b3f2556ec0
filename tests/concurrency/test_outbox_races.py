"""Two senders at once (reliability F03), and a twin that shows what the claim is for."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from clients.models import Client
from foundation import clock as project_clock
from notifications import kinds, sending
from notifications.kinds import MessageKind
from notifications.models import Message
from notifications.outbox import Queued, queue_message, queue_messages_bulk
from notifications.sending import send_due_messages
from tests.concurrency.racing import PATIENCE, race
from tests.factories import ClientFactory
from tests.notifications.conftest import agree, make_kind

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mette() -> Client:
    client = ClientFactory(first_name="Mette", email="mette@example.test")
    agree(client, granted=True)
    return client


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    kinds.register(make_kind("notice"))
    kinds.register(make_kind("news", consent_class="marketing", merges=True))


def queue(client: Client, kind: str, number: int) -> Message:
    return queue_message(
        kind=kind, client=client, subjects={"number": number}, dedupe_key=f"{kind}:{number}"
    )


def test_two_senders_send_each_message_once(mette: Client, mailoutbox: list[Any]) -> None:
    for number in range(40):
        queue(mette, "notice", number)
    first, second = race(send_due_messages, send_due_messages)
    assert first.sent + second.sent == 40
    assert len({mail.subject for mail in mailoutbox}) == len(mailoutbox) == 40
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_two_senders_make_one_summary(mette: Client, mailoutbox: list[Any]) -> None:
    for number in range(40):
        queue(mette, "news", number)
    race(*[send_due_messages] * 4)
    assert [mail.subject for mail in mailoutbox] == ["Number 780"]


def test_without_the_claim_the_mail_goes_twice(
    mette: Client, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: look first, write later, and both have seen the row pending."""
    both_have_looked = threading.Barrier(2)

    def careless_claim(message_id: int, kind: MessageKind | None, at: dt.datetime) -> list[Message]:
        pending = Message.objects.filter(pk=message_id, state="pending").exists()
        both_have_looked.wait(PATIENCE)
        if not pending:
            return []
        Message.objects.filter(pk=message_id).update(
            state="sending", claim=uuid.uuid4(), claimed_at=at, message_id="<x@y>"
        )
        return list(Message.objects.select_related("client").filter(pk=message_id))

    monkeypatch.setattr(sending, "_claim", careless_claim)
    # The second look at the claim, before the mail is handed over, would hold one of them back.
    monkeypatch.setattr(sending, "_begin_handing_over", lambda messages: True)
    queue(mette, "notice", 1)
    race(send_due_messages, send_due_messages)
    assert len(mailoutbox) == 2


def test_one_fact_queued_by_two_at_once_is_one_row(mette: Client) -> None:
    first, second = race(lambda: queue(mette, "notice", 1), lambda: queue(mette, "notice", 1))
    assert first.pk == second.pk
    assert Message.objects.count() == 1


def test_two_sweeps_queue_each_message_once(mette: Client) -> None:
    """Given in opposite orders: written as they came, the two deadlocked."""
    rows = [
        Queued(kind="news", client_id=mette.pk, dedupe_key=f"award:{number}:told")
        for number in range(200)
    ]
    backwards: Callable[[], int] = lambda: queue_messages_bulk(rows[::-1])  # noqa: E731
    outcomes = race(lambda: queue_messages_bulk(rows), backwards)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Message.objects.count() == 200


def test_a_sender_that_stalls_past_its_claim_writes_nothing(
    mette: Client, mailoutbox: list[Any]
) -> None:
    message = queue(mette, "news", 1)
    now = project_clock.now()
    stalled = sending._claim(message.pk, kinds.get_kind("news"), now)
    assert sending._begin_handing_over(stalled)
    race(*[lambda: send_due_messages(at=now + dt.timedelta(minutes=11))] * 2)
    message.refresh_from_db()
    assert stalled[0].claim is not None
    assert (message.state, message.reason) == ("dropped", "outcome_unknown")
    assert mailoutbox == []
