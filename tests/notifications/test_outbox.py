import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Client
from foundation import clock as project_clock
from foundation.crypto import decrypt
from notifications.errors import UnknownKind
from notifications.kinds import MessageKind
from notifications.models import Message
from notifications.outbox import (
    Queued,
    as_already_sent,
    nudge_sending,
    queue_message,
    queue_messages_bulk,
)
from notifications.tasks import send_due_messages

SOME_TIME = dt.datetime(2025, 11, 4, tzinfo=dt.UTC)


def test_queue_message_writes_a_row_and_sends_nothing(
    mette: Client, notice: MessageKind, mailoutbox: list[Any]
) -> None:
    message = queue_message(
        kind="notice", client=mette, subjects={"number": 7}, dedupe_key="booking:7:booked"
    )
    now = project_clock.now()
    assert mailoutbox == []
    assert (message.state, message.language, message.subjects) == ("pending", "da", {"number": 7})
    assert (message.due_at, message.next_try_at, message.created_at) == (now, now, now)


def test_queue_message_again_returns_the_first(mette: Client, notice: MessageKind) -> None:
    first = queue_message(kind="notice", client=mette, dedupe_key="a")
    again = queue_message(kind="notice", client=mette, dedupe_key="a", subjects={"number": 9})
    assert again == first
    assert Message.objects.get().subjects == {}


def test_queue_message_goes_with_its_transaction(mette: Client, notice: MessageKind) -> None:
    with transaction.atomic():
        queue_message(kind="notice", client=mette, dedupe_key="a")
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_queue_message_encrypts_the_secret(notice: MessageKind, db: None) -> None:
    message = queue_message(
        kind="notice", to_email="a@example.test", dedupe_key="a", secret="123456"
    )
    assert "123456" not in message.secret
    assert decrypt(message.secret) == "123456"


def test_queue_message_needs_a_recipient_and_a_known_kind(notice: MessageKind, db: None) -> None:
    with pytest.raises(ValueError, match="client or an address"):
        queue_message(kind="notice", dedupe_key="a")
    with pytest.raises(UnknownKind):
        queue_message(kind="nonsense", to_email="a@example.test", dedupe_key="a")


def test_queue_message_of_the_past_is_sent_already(mette: Client, notice: MessageKind) -> None:
    due = project_clock.now() - dt.timedelta(days=90)
    with as_already_sent():
        message = queue_message(
            kind="notice", client=mette, dedupe_key="a", due_at=due, secret="123456"
        )
    assert (message.state, message.sent_at, message.created_at) == ("sent", due, due)
    assert message.secret == ""


def test_queue_message_speaks_a_language_of_the_product(notice: MessageKind, db: None) -> None:
    message = queue_message(kind="notice", to_email="a@example.test", language="de", dedupe_key="a")
    assert message.language == "en"


def test_queue_messages_bulk_writes_many_and_repeats_none(
    mette: Client, bob: Client, news: MessageKind
) -> None:
    rows = [
        Queued(
            kind="news",
            client_id=client.pk,
            subjects={"number": number},
            dedupe_key=f"award:{client.pk}:{number}",
        )
        for client in (mette, bob)
        for number in range(3)
    ]
    assert queue_messages_bulk(rows[:2]) == 2
    assert queue_messages_bulk(rows) == 4
    assert queue_messages_bulk(rows) == 0
    written = Message.objects.order_by("client_id", "dedupe_key")
    assert [(row.client_id, row.language, row.subjects) for row in written] == [
        (mette.pk, "da", {"number": 0}),
        (mette.pk, "da", {"number": 1}),
        (mette.pk, "da", {"number": 2}),
        (bob.pk, "en", {"number": 0}),
        (bob.pk, "en", {"number": 1}),
        (bob.pk, "en", {"number": 2}),
    ]


def test_queue_messages_bulk_asks_as_often_for_30_as_for_1(
    mette: Client, news: MessageKind, django_assert_num_queries: Any
) -> None:
    for count in (1, 30):
        rows = [
            Queued(kind="news", client_id=mette.pk, dedupe_key=f"{count}:{number}")
            for number in range(count)
        ]
        with django_assert_num_queries(1):
            queue_messages_bulk(rows)


def test_queue_messages_bulk_refuses_an_unknown_kind(mette: Client) -> None:
    with pytest.raises(UnknownKind):
        queue_messages_bulk([Queued(kind="nonsense", client_id=mette.pk, dedupe_key="a")])


def test_nudge_sending_waits_for_the_commit(
    db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    published: list[dict[str, Any]] = []
    monkeypatch.setattr(send_due_messages, "apply_async", lambda **kw: published.append(kw))
    with django_capture_on_commit_callbacks(execute=True):
        nudge_sending()
        assert published == []
    assert published == [{"expires": 60, "retry": False}]


def test_nudge_sending_survives_a_lost_broker(
    db: None, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def lost(**kwargs: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(send_due_messages, "apply_async", lost)
    with django_capture_on_commit_callbacks(execute=True):
        nudge_sending()


# --- what the database refuses when the commands are bypassed ------------------------------------


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "sent", "sent_at": SOME_TIME, "secret": "x"}, "message_done_holds_no_secret"),
        ({"state": "nonsense"}, "message_state_known"),
        ({"state": "sent"}, "message_sent_has_time"),
        ({"sent_at": SOME_TIME}, "message_sent_has_time"),
        ({"state": "dropped"}, "message_unsent_says_why"),
        ({"reason": "expired"}, "message_unsent_says_why"),
        ({"state": "sending"}, "message_sending_is_claimed"),
        ({"client_id": None}, "message_has_recipient"),
    ],
)
def test_the_database_refuses(
    mette: Client, notice: MessageKind, changes: dict[str, Any], constraint: str
) -> None:
    queue_message(kind="notice", client=mette, dedupe_key="a")
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        Message.objects.update(**changes)
    assert constraint in str(refusal.value)


def test_the_database_refuses_a_second_row_for_one_fact(mette: Client, notice: MessageKind) -> None:
    queue_message(kind="notice", client=mette, dedupe_key="a")
    queue_message(kind="notice", client=mette, dedupe_key="b")
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.update(dedupe_key="a")


def test_the_due_rows_are_found_by_their_partial_index(mette: Client, notice: MessageKind) -> None:
    due = Message.objects.filter(state="pending", next_try_at__lte=project_clock.now())
    if connection.vendor == "sqlite":
        assert "message_due" in due.order_by("next_try_at", "id").explain()
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = due.order_by("next_try_at", "id").explain()
        assert "message_due" in plan
