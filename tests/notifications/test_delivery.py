"""The outbox against a real mail server that behaves, refuses, hangs and breaks off (F13–F15)."""

import datetime as dt
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from clients.models import Client
from clients.people import update_client
from notifications.delivery import without_addresses
from notifications.kinds import MessageKind
from notifications.models import Message
from notifications.outbox import queue_message
from notifications.outcomes import SendResult
from notifications.sending import send_due_messages
from tests.conftest import Clock
from tests.notifications.conftest import Mailbox, free_port, use_smtp


def queue(client: Client, kind: str, number: int = 7) -> Message:
    return queue_message(
        kind=kind, client=client, subjects={"number": number}, dedupe_key=f"{kind}:{number}"
    )


def letter(mailbox: Mailbox, index: int = 0) -> Any:
    content = mailbox.letters[index].content
    assert isinstance(content, bytes)
    return message_from_bytes(content, policy=policy.default)


def test_a_mail_arrives_whole(mette: Client, notice: MessageKind, mail_server: Mailbox) -> None:
    Client.objects.filter(pk=mette.pk).update(first_name="Märta Østergård")
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(sent=1)
    message.refresh_from_db()
    received = letter(mail_server)
    assert received["To"] == "mette@example.test"
    assert received["Subject"] == "Tal 7"
    assert received["Message-ID"] == message.message_id
    plain = received.get_body(("plain",)).get_content()
    html = received.get_body(("html",)).get_content()
    assert plain.startswith("Hej Märta Østergård, 7:")
    assert '<html lang="da">' in html
    assert "Hej Märta Østergård, 7:" in html


def test_one_connection_serves_a_run(
    mette: Client, bob: Client, notice: MessageKind, mail_server: Mailbox
) -> None:
    for number in range(5):
        queue(mette, "notice", number)
    assert send_due_messages() == SendResult(sent=5)
    assert len(mail_server.letters) == 5


def test_a_server_that_is_down_is_tried_again_with_longer_and_longer_pauses(
    mette: Client, notice: MessageKind, no_server: None, clock: Clock
) -> None:
    message = queue(mette, "notice")
    start, waited = clock.now, []
    for _ in range(7):
        assert send_due_messages() == SendResult(retried=1)
        message.refresh_from_db()
        waited.append((message.next_try_at - clock.now).total_seconds() / 60)
        clock.move_to(message.next_try_at)
    assert waited == [1, 5, 15, 60, 360, 360, 360]
    assert (message.state, message.attempts, message.first_tried_at) == ("pending", 7, start)
    assert "ConnectionRefusedError" in message.detail


def test_a_server_that_is_down_for_three_days_ends_the_tries(
    mette: Client, notice: MessageKind, no_server: None, clock: Clock
) -> None:
    message = queue(mette, "notice")
    start = clock.now
    for _ in range(40):
        send_due_messages()
        message.refresh_from_db()
        if message.is_done:
            break
        clock.move_to(message.next_try_at)
    assert (message.state, message.reason) == ("failed", "gave_up")
    assert clock.now == start + dt.timedelta(hours=72)


def test_a_standstill_of_our_own_is_no_try(
    mette: Client, notice: MessageKind, no_server: None, clock: Clock
) -> None:
    """Nothing was sent for four days after the first try: the second is not the last."""
    message = queue(mette, "notice")
    send_due_messages()
    clock.advance(days=4)

    assert send_due_messages() == SendResult(retried=1)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("pending", 2)
    assert message.next_try_at == clock.now + dt.timedelta(minutes=5)


def test_a_server_that_is_down_costs_the_other_messages_nothing(
    mette: Client, notice: MessageKind, no_server: None
) -> None:
    for number in range(3):
        queue(mette, "notice", number)
    assert send_due_messages() == SendResult(retried=1)
    tried = Message.objects.order_by("pk").values_list("attempts", flat=True)
    assert list(tried) == [1, 0, 0]


def test_a_message_leaves_once_the_server_is_back(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock, settings: Any
) -> None:
    port = settings.EMAIL_PORT
    use_smtp(settings, free_port())
    queue(mette, "notice")
    send_due_messages()
    use_smtp(settings, port)
    clock.advance(minutes=1)
    assert send_due_messages() == SendResult(sent=1)
    assert len(mail_server.letters) == 1


def test_a_server_that_hangs_is_left_after_the_time_out(
    mette: Client, notice: MessageKind, silent_server: None
) -> None:
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(retried=1)
    message.refresh_from_db()
    assert (message.state, message.unknown_outcomes) == ("pending", 0)


def test_the_time_out_is_never_longer_than_ten_seconds(
    mette: Client, notice: MessageKind, mail_server: Mailbox, settings: Any
) -> None:
    from notifications.delivery import PostOffice

    settings.EMAIL_TIMEOUT = 500
    with PostOffice() as post:
        post.open()
        assert post._connection.timeout == 10


def test_a_refused_recipient_ends_the_tries_and_marks_the_client(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock
) -> None:
    mail_server.answer_rcpt = "550 5.1.1 <mette@example.test>: no such person"
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(failed=1)
    message.refresh_from_db()
    mette.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "refused")
    assert message.detail == "550 5.1.1 <…@…>: no such person"
    assert mette.mail_refused_at == clock.now


def test_a_refused_client_gets_no_more_mail_until_the_address_changes(
    mette: Client, notice: MessageKind, mail_server: Mailbox
) -> None:
    mail_server.answer_rcpt = "550 no such person"
    queue(mette, "notice", 1)
    send_due_messages()
    mail_server.answer_rcpt = "250 OK"
    second = queue(mette, "notice", 2)
    send_due_messages()
    second.refresh_from_db()
    assert (second.state, second.reason) == ("dropped", "address_refused")
    update_client(client=mette, email="new@example.test", actor=None)
    queue(mette, "notice", 3)
    assert send_due_messages() == SendResult(sent=1)


def test_an_address_changed_meanwhile_is_not_marked(
    mette: Client, notice: MessageKind, mail_server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_server.answer_rcpt = "550 no such person"
    queue(mette, "notice")
    handed_over = EmailMultiAlternatives.send

    def change_first(mail: EmailMultiAlternatives, **kwargs: Any) -> int:
        update_client(client=mette, email="new@example.test", actor=None)
        return handed_over(mail, **kwargs)

    monkeypatch.setattr(EmailMultiAlternatives, "send", change_first)
    send_due_messages()
    mette.refresh_from_db()
    assert mette.mail_refused_at is None


@pytest.mark.parametrize(
    "answer",
    ["450 4.2.1 mailbox busy", "554 5.7.1 relaying denied"],
    ids=["temporary", "our own fault"],
)
def test_a_recipient_refused_for_now_is_tried_again(
    mette: Client, notice: MessageKind, mail_server: Mailbox, answer: str
) -> None:
    mail_server.answer_rcpt = answer
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(retried=1)
    message.refresh_from_db()
    mette.refresh_from_db()
    assert (message.state, mette.mail_refused_at) == ("pending", None)


def test_a_refused_letter_ends_the_tries_without_blaming_the_address(
    mette: Client, notice: MessageKind, mail_server: Mailbox
) -> None:
    mail_server.answer_data = "554 5.6.0 we do not like this"
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(failed=1)
    message.refresh_from_db()
    mette.refresh_from_db()
    assert (message.reason, mette.mail_refused_at) == ("refused", None)


def test_an_address_refused_after_the_letter_is_marked_too(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock
) -> None:
    mail_server.answer_data = "550 5.1.1 no such person"
    queue(mette, "notice")
    send_due_messages()
    mette.refresh_from_db()
    assert mette.mail_refused_at == clock.now


def test_one_refusal_does_not_stop_the_run(
    mette: Client, bob: Client, notice: MessageKind, mail_server: Mailbox
) -> None:
    mail_server.unknown_address = mette.email
    queue(mette, "notice", 1)
    queue(bob, "notice", 2)
    assert send_due_messages() == SendResult(sent=1, failed=1)
    assert letter(mail_server)["To"] == "bob@example.test"


def test_service_mail_with_unknown_outcome_is_repeated_once_under_the_same_id(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock
) -> None:
    mail_server.drop_after_data = True
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(retried=1)
    mail_server.drop_after_data = False
    clock.advance(minutes=1)
    assert send_due_messages() == SendResult(sent=1)
    first, second = letter(mail_server, 0), letter(mail_server, 1)
    assert first["Message-ID"] == second["Message-ID"]
    clock.advance(hours=100)
    assert send_due_messages() == SendResult()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


def test_service_mail_with_two_unknown_outcomes_ends_there(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock
) -> None:
    mail_server.drop_after_data = True
    message = queue(mette, "notice")
    send_due_messages()
    clock.advance(minutes=1)
    assert send_due_messages() == SendResult(failed=1)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("failed", "outcome_unknown")
    assert len(mail_server.letters) == 2


def test_the_id_survives_a_closed_server_between_the_two_tries(
    mette: Client, notice: MessageKind, mail_server: Mailbox, clock: Clock, settings: Any
) -> None:
    port = settings.EMAIL_PORT
    mail_server.drop_after_data = True
    queue(mette, "notice")
    send_due_messages()
    use_smtp(settings, free_port())
    clock.advance(minutes=1)
    send_due_messages()
    use_smtp(settings, port)
    mail_server.drop_after_data = False
    clock.advance(hours=1)
    assert send_due_messages() == SendResult(sent=1)
    assert letter(mail_server, 0)["Message-ID"] == letter(mail_server, 1)["Message-ID"]


def test_marketing_mail_with_unknown_outcome_is_not_repeated(
    mette: Client, news: MessageKind, mail_server: Mailbox, clock: Clock
) -> None:
    mail_server.drop_after_data = True
    message = queue(mette, "news")
    assert send_due_messages() == SendResult(dropped=1)
    mail_server.drop_after_data = False
    clock.advance(hours=100)
    assert send_due_messages() == SendResult()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("dropped", "outcome_unknown")
    assert len(mail_server.letters) == 1


def test_a_broken_connection_is_renewed_for_the_next_mail(
    mette: Client, bob: Client, notice: MessageKind, news: MessageKind, mail_server: Mailbox
) -> None:
    mail_server.drop_after_data = True
    for number in range(5):
        queue(bob, "notice", number)
    result = send_due_messages()
    assert result == SendResult(retried=3), "three in a row end the run"


def test_answers_are_kept_without_addresses() -> None:
    assert (
        without_addresses("550 <mette@example.test> no\r\nsuch person")
        == "550 <…@…> no such person"
    )
