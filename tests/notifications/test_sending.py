"""What is sent, what is not, and in what company."""

import datetime as dt
from collections.abc import Callable, Sequence
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from business.models import Business
from clients.models import Client
from clients.people import erase_personal_data, update_client
from notifications import sending
from notifications.delivery import PostOffice
from notifications.errors import SubjectGone
from notifications.kinds import Attachment, Context, MessageKind, Text
from notifications.models import Message, MessageTemplate
from notifications.outbox import as_already_sent, queue_message
from notifications.outcomes import SendResult
from notifications.sending import send_due_messages
from notifications.stop_links import stop_url
from notifications.texts import broken_texts, save_text
from tests.conftest import Clock
from tests.notifications.conftest import agree, make_kind

Mails = list[EmailMultiAlternatives]
Register = Callable[[MessageKind], MessageKind]


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.reason


def queue(client: Client | None, kind: str, number: int = 7, **more: Any) -> Message:
    key = f"{kind}:{number}"
    return queue_message(
        kind=kind, client=client, subjects={"number": number}, dedupe_key=key, **more
    )


def test_a_due_message_is_sent_in_the_client_s_language(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue(mette, "notice")
    assert send_due_messages() == SendResult(sent=1)
    (mail,) = mailoutbox
    assert mail.to == ["mette@example.test"]
    assert mail.subject == "Tal 7"
    assert mail.body.startswith("Hej Mette, 7:\n\n7\n")
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts) == ("sent", clock.now, 1)
    assert mail.extra_headers["Message-ID"] == message.message_id


def test_a_mail_has_two_parts_and_no_unsubscribe_header_when_it_is_service(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    queue(mette, "notice")
    send_due_messages()
    wire = mailoutbox[0].message()
    assert wire.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in wire.get_payload()] == ["text/plain", "text/html"]
    assert "List-Unsubscribe" not in wire
    assert "List-Unsubscribe-Post" not in wire
    assert wire["Auto-Submitted"] == "auto-generated"


def test_marketing_mail_carries_both_headers_and_a_visible_link(
    mette: Client, news: MessageKind, mailoutbox: Mails
) -> None:
    queue(mette, "news")
    send_due_messages()
    wire = mailoutbox[0].message()
    link = stop_url(mette.pk, "da")
    assert f"<{link}>" in str(wire["List-Unsubscribe"]).replace("\n", "")
    assert wire["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mailoutbox[0].body
    assert f'href="{link}"' in mailoutbox[0].alternatives[0].content


def test_a_second_run_sends_nothing_again(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    queue(mette, "notice")
    send_due_messages()
    assert send_due_messages() == SendResult()
    assert len(mailoutbox) == 1


def test_a_message_waits_for_its_hour(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    queue(mette, "notice", due_at=clock.now + dt.timedelta(hours=1))
    assert send_due_messages() == SendResult()
    clock.advance(hours=1)
    assert send_due_messages().sent == 1


def test_mail_of_the_past_is_not_sent(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    with as_already_sent():
        queue(mette, "notice", due_at=clock.now - dt.timedelta(days=100))
    assert send_due_messages() == SendResult()
    assert mailoutbox == []


def test_consent_withdrawn_after_queueing_stops_the_mail(
    mette: Client, news: MessageKind, mailoutbox: Mails
) -> None:
    message = queue(mette, "news")
    agree(mette, granted=False)
    assert send_due_messages() == SendResult(dropped=1)
    assert mailoutbox == []
    assert state_of(message) == ("dropped", "no_consent")
    assert message.get_reason_display() == "no consent"


def test_marketing_without_any_consent_is_not_sent(
    bob: Client, news: MessageKind, mailoutbox: Mails
) -> None:
    message = queue(bob, "news")
    send_due_messages()
    assert state_of(message) == ("dropped", "no_consent")


def test_service_mail_goes_without_consent(
    bob: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    queue(bob, "notice")
    assert send_due_messages().sent == 1


def test_several_of_one_client_become_one_summary(
    mette: Client, news: MessageKind, mailoutbox: Mails
) -> None:
    messages = [queue(mette, "news", number) for number in (60, 20, 5)]
    assert send_due_messages() == SendResult(sent=1, marketing_sent=1)
    (mail,) = mailoutbox
    assert mail.subject == "Tal 85"
    assert "60\n20\n5" in mail.body
    assert [state_of(message) for message in messages] == [("sent", "")] * 3
    assert len({message.message_id for message in messages}) == 1


def test_summaries_do_not_mix_clients_or_kinds(
    mette: Client, bob: Client, news: MessageKind, notice: MessageKind, mailoutbox: Mails
) -> None:
    agree(bob, granted=True)
    queue(mette, "news", 1)
    queue(bob, "news", 2)
    queue(mette, "notice", 3)
    queue(mette, "notice", 4)
    assert send_due_messages().sent == 4
    assert sorted(mail.subject for mail in mailoutbox) == ["Number 2", "Tal 1", "Tal 3", "Tal 4"]


def test_a_summary_takes_along_what_waits_out_a_back_off(
    mette: Client, news: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    first = queue(mette, "news", 1)
    Message.objects.update(next_try_at=clock.now + dt.timedelta(hours=6), attempts=4)
    second = queue(mette, "news", 2)
    send_due_messages()
    assert [mail.subject for mail in mailoutbox] == ["Tal 3"]
    assert state_of(first) == state_of(second) == ("sent", "")


def test_clients_for_whom_more_is_coming_wait_a_little(
    mette: Client, bob: Client, registered: Register, mailoutbox: Mails, clock: Clock
) -> None:
    registered(
        make_kind(
            "news", consent_class="marketing", merges=True, wait_for=lambda ids, at: {mette.pk}
        )
    )
    agree(bob, granted=True)
    queue(mette, "news", 1)
    queue(bob, "news", 2)
    send_due_messages()
    assert [mail.to for mail in mailoutbox] == [["bob@example.test"]]
    clock.advance(minutes=15)
    send_due_messages()
    assert len(mailoutbox) == 2


def test_service_mail_goes_first_and_marketing_at_a_capped_rate(
    mette: Client,
    registered: Register,
    mailoutbox: Mails,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "MARKETING_LIMIT", 2)
    registered(make_kind("news", consent_class="marketing"))
    registered(make_kind("notice"))
    for number in range(3):
        queue(mette, "news", number)
    queue(mette, "notice", 9)
    assert send_due_messages() == SendResult(sent=3, marketing_sent=2)
    assert [mail.subject for mail in mailoutbox] == ["Tal 9", "Tal 0", "Tal 1"]
    assert send_due_messages().sent == 1


def test_an_expired_message_is_dropped_and_its_secret_blanked(
    notice: MessageKind, db: None, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue_message(
        kind="notice",
        to_email="a@example.test",
        dedupe_key="a",
        secret="123456",
        expires_at=clock.now + dt.timedelta(minutes=10),
    )
    clock.advance(minutes=10)
    assert send_due_messages() == SendResult(dropped=1)
    assert state_of(message) == ("dropped", "expired")
    assert message.secret == ""
    assert mailoutbox == []


def test_a_sent_message_holds_no_secret(notice: MessageKind, db: None, mailoutbox: Mails) -> None:
    message = queue_message(
        kind="notice", to_email="a@example.test", dedupe_key="a", secret="123456"
    )
    send_due_messages()
    message.refresh_from_db()
    assert (message.state, message.secret) == ("sent", "")


def test_the_address_is_the_one_of_today(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    queue(mette, "notice")
    update_client(client=mette, email="new@example.test", actor=None)
    send_due_messages()
    assert mailoutbox[0].to == ["new@example.test"]


def test_an_erased_client_gets_nothing(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    message = queue(mette, "notice")
    erase_personal_data(client=mette, actor=None)
    send_due_messages()
    assert state_of(message) == ("dropped", "no_address")


def test_a_client_without_address_gets_nothing(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    update_client(client=mette, email="", actor=None)
    message = queue(mette, "notice")
    send_due_messages()
    assert state_of(message) == ("dropped", "no_address")


def test_a_message_without_subject_says_so(
    mette: Client, registered: Register, mailoutbox: Mails
) -> None:
    def gone(messages: Sequence[Message]) -> Context:
        raise SubjectGone

    registered(make_kind("notice", build=gone))
    message = queue(mette, "notice")
    send_due_messages()
    assert state_of(message) == ("dropped", "subject_gone")


def test_a_kind_that_no_app_knows_any_more_is_dropped(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    message = queue(mette, "notice")
    Message.objects.update(kind="retired")
    send_due_messages()
    assert state_of(message) == ("dropped", "subject_gone")


def test_a_poison_row_does_not_hold_up_the_others(
    mette: Client, bob: Client, registered: Register, mailoutbox: Mails, clock: Clock
) -> None:
    def build(messages: Sequence[Message]) -> Context:
        if messages[0].subjects["number"] == 13:
            raise ZeroDivisionError
        return Context({"number": "1", "lines": ""})

    registered(make_kind("notice", build=build))
    poison = queue(mette, "notice", 13)
    queue(bob, "notice", 14)
    assert send_due_messages() == SendResult(sent=1, retried=1)
    poison.refresh_from_db()
    assert (poison.state, poison.detail) == ("pending", "could not be written: ZeroDivisionError")
    assert poison.next_try_at == clock.now + dt.timedelta(minutes=1)


def test_a_header_in_a_name_stays_in_the_subject(
    mette: Client, registered: Register, mailoutbox: Mails
) -> None:
    text = Text("Hi {client_name}", "Hello {number} {lines}")
    registered(make_kind("notice", texts={"en": text, "da": text, "fi": text}))
    Client.objects.filter(pk=mette.pk).update(first_name="Eve\r\nBcc: all@example.test")
    queue(mette, "notice")
    assert send_due_messages().sent == 1
    wire = mailoutbox[0].message()
    assert wire["Subject"] == "Hi Eve Bcc: all@example.test"
    assert wire["Bcc"] is None


def test_html_in_a_name_is_escaped(mette: Client, notice: MessageKind, mailoutbox: Mails) -> None:
    Client.objects.filter(pk=mette.pk).update(first_name="<script>alert(1)</script>")
    queue(mette, "notice")
    send_due_messages()
    html = mailoutbox[0].alternatives[0].content
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_business_s_own_words_are_used(
    mette: Client, notice: MessageKind, mailoutbox: Mails
) -> None:
    save_text(kind="notice", language="da", subject="Egen", body="Hej {number}", actor=None)
    queue(mette, "notice")
    send_due_messages()
    assert mailoutbox[0].subject == "Egen"


def test_a_text_that_fails_at_sending_is_replaced_and_staff_are_warned(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    template = save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=None)
    MessageTemplate.objects.update(body="Hej {nubmer}")
    queue(mette, "notice")
    assert send_due_messages().sent == 1
    assert mailoutbox[0].subject == "Tal 7"
    (warned,) = broken_texts()
    assert (warned, warned.broken_at) == (template, clock.now)
    assert "{nubmer}" in warned.broken_reason
    assert template.history.count() == 1


def test_an_attachment_keeps_its_type_and_a_plain_name(
    mette: Client, registered: Register, mailoutbox: Mails
) -> None:
    def build(messages: Sequence[Message]) -> Context:
        calendar = Attachment(
            "visit\r\n.ics",
            b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "text/calendar",
            {"method": "X"},
        )
        other = Attachment("card.pdf", b"%PDF", "application/pdf")
        return Context({"number": "", "lines": ""}, attachments=[calendar, other])

    registered(make_kind("notice", build=build))
    queue(mette, "notice")
    send_due_messages()
    wire = mailoutbox[0].message()
    text, calendar, pdf = wire.get_payload()
    assert text.get_content_type() == "multipart/alternative"
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "X"
    assert calendar.get_content_charset() == "utf-8"
    assert calendar.get_filename() == "visit .ics"
    assert calendar.get_payload(decode=True) == b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    assert (pdf.get_content_type(), pdf.get_payload(decode=True)) == ("application/pdf", b"%PDF")


def test_the_sender_bears_the_business_s_name(
    mette: Client, notice: MessageKind, mailoutbox: Mails, settings: Any
) -> None:
    settings.DEFAULT_FROM_EMAIL = "Whoever <post@salon.test>"
    Business.objects.update(name="Birk, Bær\n& Co", email="hello@salon.test")
    queue(mette, "notice")
    send_due_messages()
    wire = mailoutbox[0].message()
    name, address = parseaddr(str(wire["From"]))
    assert (str(make_header(decode_header(name))), address) == (
        "Birk, Bær & Co",
        "post@salon.test",
    )
    assert wire["Reply-To"] == "hello@salon.test"


def begin_sending(message: Message, kind: MessageKind, at: dt.datetime) -> list[Message]:
    """What a sender has done when it hands the mail over."""
    claimed = sending._claim(message.pk, kind, at)
    assert sending._begin_handing_over(claimed)
    return claimed


def test_a_sender_that_died_leaves_service_mail_to_one_more_try(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue(mette, "notice")
    (claimed,) = begin_sending(message, notice, clock.now)
    clock.advance(minutes=9)
    assert send_due_messages() == SendResult()
    clock.advance(minutes=1)
    assert send_due_messages() == SendResult(retried=1)
    clock.advance(minutes=1)
    assert send_due_messages().sent == 1
    assert mailoutbox[0].extra_headers["Message-ID"] == claimed.message_id


def test_a_sender_that_died_twice_gives_up(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue(mette, "notice")
    for _ in range(2):
        begin_sending(message, notice, clock.now)
        clock.advance(minutes=10)
        sending._settle_abandoned(clock.now, SendResult())
        clock.advance(minutes=1)
    assert state_of(message) == ("failed", "outcome_unknown")


def test_a_sender_that_died_never_repeats_marketing(
    mette: Client, news: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue(mette, "news")
    begin_sending(message, news, clock.now)
    clock.advance(minutes=10)
    assert send_due_messages() == SendResult(dropped=1)
    assert state_of(message) == ("dropped", "outcome_unknown")


def test_a_sender_that_died_before_handing_over_loses_nothing(
    mette: Client, news: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    for number in range(3):
        queue(mette, "news", number)
    sending._claim(Message.objects.order_by("pk")[0].pk, news, clock.now)
    clock.advance(minutes=10)

    assert send_due_messages() == SendResult(retried=3)
    clock.advance(minutes=1)

    assert send_due_messages().sent == 1
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_sender_that_wakes_after_its_claim_was_settled_hands_nothing_over(
    mette: Client, news: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    message = queue(mette, "news")
    late = sending._claim(message.pk, news, clock.now)
    clock.advance(minutes=10)
    send_due_messages()
    clock.advance(minutes=1)
    assert send_due_messages().sent == 1

    with PostOffice() as post:
        assert sending._send_one(news, late, post, None, SendResult())

    assert len(mailoutbox) == 1
    assert state_of(message) == ("sent", "")


def test_a_row_is_claimed_once(mette: Client, news: MessageKind, clock: Clock) -> None:
    first, second = queue(mette, "news", 1), queue(mette, "news", 2)
    assert [row.pk for row in sending._claim(second.pk, news, clock.now)] == [first.pk, second.pk]
    assert sending._claim(first.pk, news, clock.now) == []
    assert sending._claim(second.pk, news, clock.now) == []


def test_a_settled_claim_is_not_overwritten_by_a_late_sender(
    mette: Client, news: MessageKind, clock: Clock
) -> None:
    from notifications.outcomes import record_sent

    message = queue(mette, "news")
    late = begin_sending(message, news, clock.now)
    clock.advance(minutes=10)
    send_due_messages()
    record_sent(news, late, clock.now, SendResult())
    assert state_of(message) == ("dropped", "outcome_unknown")


def test_the_instant_may_be_given(
    mette: Client, notice: MessageKind, mailoutbox: Mails, clock: Clock
) -> None:
    later = clock.now + dt.timedelta(hours=2)
    message = queue(mette, "notice", due_at=later)
    send_due_messages(at=later)
    message.refresh_from_db()
    assert message.sent_at == later


def test_the_demo_writes_mail_to_files(
    mette: Client, notice: MessageKind, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    queue(mette, "notice", 1)
    queue(mette, "notice", 2)
    assert send_due_messages() == SendResult(sent=2)
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert written.count("To: mette@example.test") == 2
