"""The sign-in library's mail takes the way of the outbox."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils.translation import override

from business.models import Business
from foundation.crypto import decrypt
from notifications.account_adapter import OutboxAccountAdapter
from notifications.account_kinds import how_long
from notifications.models import Message
from notifications.sending import send_due_messages
from notifications.tasks import send_due_messages as send_due_messages_task
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_a_visitor(rf: RequestFactory) -> Iterator[HttpRequest]:
    request = rf.get("/", headers={"host": "testserver"})
    with context.request_context(request):
        yield request


@pytest.fixture
def adapter(request_of_a_visitor: HttpRequest) -> OutboxAccountAdapter:
    adapter = get_adapter(request_of_a_visitor)
    assert isinstance(adapter, OutboxAccountAdapter)
    Business.objects.update(name="Birch & Berry")
    return adapter


def test_codes_have_six_digits(adapter: OutboxAccountAdapter) -> None:
    for make in (
        adapter.generate_login_code,
        adapter.generate_email_verification_code,
        adapter.generate_password_reset_code,
    ):
        code = make()
        assert len(code) == 6
        assert code.isdigit()


def test_a_sign_in_code_is_queued_encrypted_and_not_sent_in_the_request(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any], clock: Clock, settings: Any
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
    adapter.send_mail("account/email/login_code", "mette@example.test", {"code": "123456"})
    message = Message.objects.get()
    assert mailoutbox == []
    assert (message.kind, message.to_email, message.client) == (
        "sign_in_code",
        "mette@example.test",
        None,
    )
    assert message.due_at == clock.now
    assert message.expires_at == clock.now + dt.timedelta(minutes=10)
    assert "123456" not in message.secret
    assert json.loads(decrypt(message.secret)) == {"code": "123456", "seconds": "600"}


@pytest.mark.parametrize(
    ("language", "subject", "valid"),
    [
        ("en", "Your sign-in code for Birch & Berry: 123456", "10 min"),
        ("da", "Din kode til Birch & Berry: 123456", "10 min"),
        ("fi", "Kirjautumiskoodisi, Birch & Berry: 123456", "10 min"),
    ],
)
def test_a_sign_in_code_stands_at_the_end_of_the_subject(
    adapter: OutboxAccountAdapter,
    mailoutbox: list[Any],
    settings: Any,
    language: str,
    subject: str,
    valid: str,
) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
    with override(language):
        adapter.send_mail("account/email/login_code", "mette@example.test", {"code": "123456"})
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.subject == subject
    assert "\n123456\n" in mail.body
    assert valid in mail.body
    assert "<strong>123456</strong>" in mail.alternatives[0].content
    assert f'<html lang="{language}">' in mail.alternatives[0].content


def test_a_code_leaves_no_trace_once_sent(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any]
) -> None:
    adapter.send_mail("account/email/login_code", "mette@example.test", {"code": "123456"})
    send_due_messages()
    message = Message.objects.get()
    assert (message.state, message.secret) == ("sent", "")


def test_a_code_that_is_over_is_not_sent(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any], clock: Clock
) -> None:
    adapter.send_mail("account/email/login_code", "mette@example.test", {"code": "123456"})
    clock.advance(hours=1)
    send_due_messages()
    message = Message.objects.get()
    assert (message.state, message.reason, message.secret) == ("dropped", "expired", "")
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("prefix", "kind"),
    [
        ("account/email/email_confirmation", "confirm_address_code"),
        ("account/email/email_confirmation_signup", "confirm_address_code"),
        ("account/email/password_reset_code", "reset_password_code"),
    ],
)
@pytest.mark.parametrize("language", ["en", "da", "fi"])
def test_other_codes_have_texts_of_their_own(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any], prefix: str, kind: str, language: str
) -> None:
    with override(language):
        adapter.send_mail(prefix, "mette@example.test", {"code": "654321"})
    assert Message.objects.get().kind == kind
    send_due_messages()
    assert mailoutbox[0].subject.endswith(": 654321")
    assert "\n654321\n" in mailoutbox[0].body


def test_a_link_leads_to_our_own_address_whatever_host_was_asked(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any], settings: Any
) -> None:
    settings.BASE_URL = "https://salon.test"
    adapter.send_mail(
        "account/email/account_already_exists",
        "mette@example.test",
        {
            "signup_url": "http://evil.test/sign-up/",
            "password_reset_url": "http://evil.test/account/password/reset/",
        },
    )
    send_due_messages()
    (mail,) = mailoutbox
    assert "https://salon.test/account/password/reset/" in mail.body
    assert "https://salon.test/account/login/" in mail.body
    assert "evil.test" not in mail.body + mail.alternatives[0].content


def test_whatever_else_the_library_writes_is_passed_on(
    adapter: OutboxAccountAdapter, mailoutbox: list[Any], settings: Any
) -> None:
    settings.BASE_URL = "https://salon.test"
    adapter.send_mail(
        "account/email/unknown_account",
        "mette@example.test",
        {"signup_url": "http://evil.test/sign-up/"},
    )
    message = Message.objects.get()
    assert message.kind == "account_mail"
    assert "sign-up" not in message.secret
    send_due_messages()
    (mail,) = mailoutbox
    assert "https://salon.test/sign-up/" in mail.body
    assert "evil.test" not in mail.body


def test_each_request_makes_a_message_of_its_own(adapter: OutboxAccountAdapter) -> None:
    for code in ("111111", "222222"):
        adapter.send_mail("account/email/login_code", "mette@example.test", {"code": code})
    assert Message.objects.count() == 2


def test_the_worker_is_nudged_after_the_commit(
    adapter: OutboxAccountAdapter,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    nudges: list[dict[str, Any]] = []
    monkeypatch.setattr(send_due_messages_task, "apply_async", lambda **kw: nudges.append(kw))
    with django_capture_on_commit_callbacks(execute=True):
        adapter.send_mail("account/email/login_code", "mette@example.test", {"code": "123456"})
        assert nudges == []
    assert len(nudges) == 1


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (dt.timedelta(seconds=10), "1 minute"),
        (dt.timedelta(minutes=10), "10 minutes"),
        (dt.timedelta(hours=1), "1 hour"),
        (dt.timedelta(hours=3), "3 hours"),
        (dt.timedelta(minutes=90), "90 minutes"),
        (dt.timedelta(days=1), "1 day"),
        (dt.timedelta(days=3), "3 days"),
    ],
)
def test_how_long_is_said_in_whole_units(length: dt.timedelta, words: str) -> None:
    with override("en"):
        assert how_long(length) == words
