"""The audit sees what the constraints would have refused, when they were switched off."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from clients.models import Client
from foundation.audit import Finding, load_checks
from notifications.kinds import MessageKind
from notifications.models import Message, MessageTemplate
from notifications.outbox import queue_message
from notifications.sending import send_due_messages
from notifications.texts import save_text


def run(name: str) -> Finding:
    return load_checks()[name]()


@contextmanager
def constraint_off(name: str) -> Iterator[None]:
    """Take one CHECK away for the length of a test, which is rolled back."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {Message._meta.db_table} DROP CONSTRAINT {name}")
    yield


@pytest.fixture
def sent(mette: Client, notice: MessageKind) -> Message:
    message = queue_message(kind="notice", client=mette, subjects={"number": 1}, dedupe_key="a")
    send_due_messages()
    message.refresh_from_db()
    return message


def test_a_sound_outbox_passes(sent: Message) -> None:
    names = [name for name in load_checks() if name.startswith(("outbox:", "message texts:"))]
    assert len(names) == 6
    for name in names:
        assert run(name).violations == [], name


def test_a_kept_secret_is_found(sent: Message) -> None:
    with constraint_off("message_done_holds_no_secret"):
        Message.objects.update(secret="123456")
        finding = run("outbox: a message that is done holds no secret")
        Message.objects.update(secret="")
    assert (finding.rows, finding.violations) == (
        1,
        [f"message {sent.pk} is done and holds a secret"],
    )


def test_a_silent_drop_is_found(sent: Message) -> None:
    with constraint_off("message_unsent_says_why"):
        Message.objects.update(state="dropped", sent_at=None)
        finding = run("outbox: an unsent message says why")
        Message.objects.update(state="dropped", reason="expired")
    assert finding.violations == [f"message {sent.pk} was not sent and does not say why"]


def test_a_missing_time_is_found(sent: Message) -> None:
    with constraint_off("message_sent_has_time"):
        Message.objects.update(sent_at=None)
        finding = run("outbox: a sent message has its time, others have none")
        Message.objects.update(sent_at=sent.created_at)
    assert finding.violations == [f"message {sent.pk} is sent, its time disagrees"]


def test_a_kind_that_nobody_knows_is_found(mette: Client, notice: MessageKind) -> None:
    queue_message(kind="notice", client=mette, dedupe_key="a")
    Message.objects.update(kind="retired")
    finding = run("outbox: every kind of message is known")
    assert finding.violations == ["messages of kind retired wait, and no app knows it"]


def test_a_text_that_cannot_be_used_is_found(mette: Client, notice: MessageKind) -> None:
    save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=None)
    MessageTemplate.objects.update(body="{nubmer}")
    finding = run("message texts: every own text can be used")
    assert finding.violations == ["text notice (da) cannot be used: unknown-placeholder"]
