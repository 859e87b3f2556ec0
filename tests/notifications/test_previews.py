import json
from typing import Any

import pytest

from business.models import Business
from foundation.crypto import decrypt
from foundation.models import User
from notifications.errors import UnclosedBrace
from notifications.kinds import MessageKind, all_kinds
from notifications.models import Message
from notifications.previews import preview, queue_test
from notifications.sending import send_due_messages

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return User.objects.create_user("author@example.test", name="Author", is_staff=True)


def test_preview_fills_in_examples(notice: MessageKind) -> None:
    Business.objects.update(name="Birch & Berry")
    rendered = preview("notice", "en", "{number} at {business_name}", "Hi {client_name}")
    assert rendered.subject == "7 at Birch & Berry"
    assert rendered.text.startswith("Hi Mette\n")
    assert "Hi Mette</p>" in rendered.html


def test_preview_marks_what_does_not_exist_and_never_fails(notice: MessageKind) -> None:
    rendered = preview("notice", "en", "{nubmer}", "{client.password} {{x}} {% if %} {number {")
    assert rendered.subject == "⟦nubmer⟧"
    assert "⟦client.password⟧" in rendered.text
    assert "{number {" in rendered.text


def test_preview_escapes_what_is_typed(notice: MessageKind) -> None:
    rendered = preview("notice", "en", "<b>", "<script>alert(1)</script>")
    assert "<script>" not in rendered.html


def test_preview_of_nothing_is_an_empty_mail(notice: MessageKind) -> None:
    assert preview("notice", "en", "", "").subject == ""


@pytest.mark.parametrize("language", ["en", "da", "fi"])
def test_every_kind_can_be_previewed(language: str) -> None:
    for kind in [kind for kind in all_kinds() if kind.texts]:
        text = kind.original_text(language)
        rendered = preview(kind.code, language, text.subject, text.body)
        assert rendered.subject
        assert "⟦" not in rendered.html + rendered.text + rendered.subject, kind.code
        assert "{" not in rendered.text + rendered.subject, kind.code


def test_queue_test_mails_the_text_to_staff(
    notice: MessageKind, author: User, mailoutbox: list[Any]
) -> None:
    message = queue_test(
        kind="notice",
        language="da",
        subject="Egen {number}",
        body="Hej **{client_name}**",
        to_email=author.email,
        actor=author,
    )
    assert json.loads(decrypt(message.secret))["subject"] == "Egen {number}"
    assert send_due_messages().sent == 1
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["author@example.test"], "Test: Egen 7")
    assert mail.body.startswith("Hej Mette\n")
    assert "<strong>Mette</strong>" in mail.alternatives[0].content
    assert Message.objects.get().secret == ""


def test_queue_test_refuses_what_could_not_be_saved(notice: MessageKind, author: User) -> None:
    with pytest.raises(UnclosedBrace):
        queue_test(
            kind="notice",
            language="da",
            subject="Hej",
            body="{number",
            to_email=author.email,
            actor=author,
        )
    assert not Message.objects.exists()
