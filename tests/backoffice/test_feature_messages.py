"""The two loyalty messages beside the switch (A2, S16): own words that cannot break a mail."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from foundation.models import User
from notifications.models import Message, MessageTemplate
from notifications.texts import get_text, save_text

pytestmark = pytest.mark.django_db

PAGE = "/admin/features/messages/points_added/en/"
TEXT = {
    "subject": "Points for {client_name}",
    "body": "You have {balance}.\n\n[Stop]({stop_link})",
}


@pytest.fixture
def manager(client: Browser, maria: User) -> Browser:
    client.force_login(maria)
    return client


@pytest.mark.parametrize("kind", ["points_added", "points_adjusted"])
@pytest.mark.parametrize("language", ["en", "da", "fi"])
def test_editor_shows_the_text_in_use_and_its_variables(
    manager: Browser, kind: str, language: str
) -> None:
    html = manager.get(f"/admin/features/messages/{kind}/{language}/").content.decode()

    assert "Marketing (needs consent)" in html
    assert "Original text" in html
    for name in ("points", "change", "balance", "description", "next_goal", "stop_link"):
        assert f'data-insert="{{{name}}}"' in html


def test_saved_text_is_used_and_can_be_reset(manager: Browser, maria: User) -> None:
    response = manager.post(PAGE, TEXT, follow=True)

    html = response.content.decode()
    assert "Saved." in html
    assert "Your own text" in html
    assert (get_text("points_added", "en").subject, get_text("points_added", "en").is_own) == (
        "Points for {client_name}",
        True,
    )
    assert MessageTemplate.history.get().history_user == maria  # type: ignore[attr-defined]

    asked = manager.get(PAGE + "reset/").content.decode()
    assert "Reset to original" in asked
    assert "Keep my text" in asked
    assert get_text("points_added", "en").is_own

    html = manager.post(PAGE + "reset/", follow=True).content.decode()
    assert not get_text("points_added", "en").is_own
    assert "Points for {client_name}" in html  # still among the versions
    assert "Reset to the original text." in html


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"body": "{poins} [x]({stop_link})"}, "{poins}: did you mean {points}?"),
        ({"subject": "{xyzzy}"}, "{xyzzy} is not a variable of this message."),
        ({"body": "{points [x]({stop_link})"}, "One brace is missing."),
        ({"body": "No way out"}, "add {stop_link}"),
        ({"body": "{client_name.__class__} {stop_link}"}, "{client_name.__class__}"),
        ({"subject": ""}, "Enter a subject"),
        ({"body": ""}, "Enter a text"),
    ],
)
def test_text_that_would_break_is_refused_where_it_is_wrong(
    manager: Browser, change: dict[str, str], sentence: str
) -> None:
    """D15."""
    response = manager.post(PAGE, {**TEXT, **change})

    html = response.content.decode()
    assert response.status_code == 422
    assert "There is a problem" in html
    # In the summary, beside the field, and linked.
    assert html.count(sentence) >= 2
    assert f'href="#id_{next(iter(change))}"' in html
    assert not MessageTemplate.objects.exists()


def test_what_was_typed_stays_after_a_refusal(manager: Browser) -> None:
    html = manager.post(PAGE, {**TEXT, "subject": "My own {poins}"}).content.decode()

    assert 'value="My own {poins}"' in html
    assert "⟦poins⟧" in html  # the preview marks it


def test_long_subject_is_saved_with_a_hint(manager: Browser) -> None:
    html = manager.post(PAGE, {**TEXT, "subject": "x" * 70}, follow=True).content.decode()

    assert "longer than 60 characters" in html
    assert MessageTemplate.objects.count() == 1


def test_preview_is_in_the_language_of_the_text(manager: Browser) -> None:
    """D15."""
    fields = {"subject": "{points}", "body": "Saldo {balance} {nope}", "view": "text"}

    response = manager.post(
        "/admin/features/messages/points_added/fi/preview/", fields, HTTP_HX_REQUEST="true"
    )

    html = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in html.split("srcdoc")[0]
    assert "Saldo" in html
    assert "⟦nope⟧" in html
    assert '<pre class="mail" lang="fi"' in html
    assert not MessageTemplate.objects.exists()


def test_preview_without_scripts_keeps_what_was_typed(manager: Browser) -> None:
    response = manager.post(PAGE + "preview/", {"subject": "Half {", "body": "", "view": "wide"})

    html = response.content.decode()
    assert response.status_code == 200
    assert 'value="Half {"' in html
    assert 'class="mail wide"' in html
    assert "There is a problem" not in html


def test_preview_escapes_what_staff_write(manager: Browser) -> None:
    fields = {"subject": "<script>alert(1)</script>", "body": "<img src=x onerror=alert(1)>"}

    html = manager.post(PAGE + "preview/", fields, HTTP_HX_REQUEST="true").content.decode()

    assert "<script>" not in html
    assert "<img" not in html
    assert 'sandbox srcdoc="&lt;!doctype html&gt;' in html


def test_test_mail_goes_to_whoever_asks_and_saves_nothing(manager: Browser, maria: User) -> None:
    response = manager.post(PAGE + "test/", TEXT)

    message = Message.objects.get()
    assert (message.kind, message.to_email, message.language) == ("test", maria.email, "en")
    assert f"A test goes to {maria.email}." in response.content.decode()
    assert 'value="Points for {client_name}"' in response.content.decode()
    assert not MessageTemplate.objects.exists()


def test_test_mail_of_a_broken_text_is_refused(manager: Browser) -> None:
    response = manager.post(PAGE + "test/", {**TEXT, "body": "{poins} {stop_link}"})

    assert response.status_code == 422
    assert "did you mean {points}?" in response.content.decode()
    assert not Message.objects.exists()


def test_test_mails_are_limited(manager: Browser) -> None:
    answers = [manager.post(PAGE + "test/", TEXT).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    assert Message.objects.count() == 10


def test_text_that_could_not_be_sent_is_shown_as_broken(manager: Browser, maria: User) -> None:
    save_text(kind="points_added", language="en", actor=maria, **TEXT)
    MessageTemplate.objects.update(
        broken_at="2025-11-04T08:00:00Z", broken_reason="{old} is not a variable."
    )

    assert "Your text could not be used" in manager.get(PAGE).content.decode()
    assert "Could not be used" in manager.get("/admin/features/loyalty/").content.decode()


@pytest.mark.parametrize("path", ["visit_booked/en/", "points_added/sv/", "nothing/en/"])
def test_other_messages_and_languages_are_not_found(manager: Browser, path: str) -> None:
    for page in ("", "preview/", "test/", "reset/"):
        address = f"/admin/features/messages/{path}{page}"
        assert manager.post(address, TEXT).status_code == 404


def test_front_desk_may_not_write_messages(client: Browser, daisy: User) -> None:
    client.force_login(daisy)

    for page in ("", "preview/", "test/", "reset/"):
        response = client.post(PAGE + page, TEXT)
        assert response.status_code == 403
    assert not MessageTemplate.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize("page", ["preview/", "test/"])
def test_effects_never_follow_from_a_link(manager: Browser, page: str) -> None:
    """T13."""
    assert manager.get(PAGE + page).status_code == 405


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        (
            "body",
            "x" * 20_000,
            "A message holds at most 10,000 letters; this one has 20,000. Shorten it.",
        ),
        (
            "subject",
            "x" * 201,
            "A subject holds at most 200 letters; this one has 201. Shorten it.",
        ),
        ("body", "a\0b", "This text has an invisible character in it that cannot be used."),
    ],
)
def test_a_text_that_cannot_be_kept_is_told_in_own_words(
    manager: Browser, field: str, text: str, told: str
) -> None:
    answer = manager.post(PAGE, {"subject": "Hello", "body": "Hello", field: text})
    assert answer.status_code == 422
    assert told in answer.content.decode()
