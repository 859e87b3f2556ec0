import pytest
from django.db import IntegrityError, transaction

from foundation.models import User
from notifications.errors import MisspeltPlaceholder, UnknownKind, UnknownLanguage
from notifications.kinds import MessageKind
from notifications.models import MessageTemplate
from notifications.texts import (
    broken_texts,
    get_text,
    mark_broken,
    reset_text,
    save_text,
    texts_overview,
)
from tests.conftest import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def author() -> User:
    return User.objects.create_user("author@example.test", name="Author", is_staff=True)


def test_get_text_is_the_original_at_first(notice: MessageKind) -> None:
    text = get_text("notice", "fi")
    assert (text.text, text.is_own) == (notice.texts["fi"], False)


def test_get_text_of_an_unknown_kind() -> None:
    with pytest.raises(UnknownKind):
        get_text("nonsense", "en")


def test_save_text_counts_for_its_language_only(notice: MessageKind, author: User) -> None:
    save_text(
        kind="notice", language="da", subject=" Vores\ntal ", body="Hej\r\n{number} ", actor=author
    )
    text = get_text("notice", "da")
    assert (text.subject, text.body, text.is_own) == ("Vores tal", "Hej\n{number}", True)
    assert not get_text("notice", "en").is_own


def test_save_text_keeps_versions_with_their_author(
    notice: MessageKind, author: User, clock: Clock
) -> None:
    first_time = clock.now
    template = save_text(kind="notice", language="da", subject="1", body="1", actor=author)
    clock.advance(days=1)
    save_text(kind="notice", language="da", subject="2", body="2", actor=None)
    save_text(kind="notice", language="da", subject="2", body="2", actor=author)
    versions = template.history.order_by("history_id")
    assert [(row.subject, row.history_user, row.history_date) for row in versions] == [
        ("1", author, first_time),
        ("2", None, clock.now),
    ]


def test_save_text_refuses_an_unknown_variable(notice: MessageKind, author: User) -> None:
    with pytest.raises(MisspeltPlaceholder):
        save_text(kind="notice", language="da", subject="Hej", body="{nubmer}", actor=author)
    assert not MessageTemplate.objects.exists()


def test_save_text_refuses_an_unknown_language(notice: MessageKind, author: User) -> None:
    with pytest.raises(UnknownLanguage):
        save_text(kind="notice", language="sv", subject="Hej", body="Hej", actor=author)


def test_reset_text_goes_back_to_the_original(notice: MessageKind, author: User) -> None:
    save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=author)
    reset_text(kind="notice", language="da", actor=author)
    reset_text(kind="notice", language="da", actor=author)
    assert get_text("notice", "da").text == notice.texts["da"]
    assert MessageTemplate.history.latest().history_type == "-"


def test_a_warning_stays_until_the_text_is_saved_again(notice: MessageKind, author: User) -> None:
    save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=author)
    mark_broken(kind="notice", language="da", why="{x} is not a variable")
    assert [text.kind for text in broken_texts()] == ["notice"]
    save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=author)
    assert broken_texts() == []


def test_texts_overview_says_which_languages_are_own(notice: MessageKind, author: User) -> None:
    for language in ("da", "fi"):
        save_text(kind="notice", language=language, subject="Egen", body="Hej", actor=author)
    mark_broken(kind="notice", language="fi", why="x")
    lines = {line.kind.code: line for line in texts_overview()}
    assert lines["notice"].own_languages == ["da", "fi"]
    assert lines["notice"].broken_languages == ["fi"]
    assert "account_mail" not in lines
    assert "test" not in lines


def test_the_database_refuses_a_second_text_and_a_foreign_language(
    notice: MessageKind, author: User
) -> None:
    save_text(kind="notice", language="da", subject="Egen", body="Hej", actor=author)
    save_text(kind="notice", language="fi", subject="Oma", body="Hei", actor=author)
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplate.objects.update(language="da")
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageTemplate.objects.filter(language="da").update(language="sv")
