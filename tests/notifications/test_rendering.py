from collections.abc import Callable

import pytest

from business.models import Business
from notifications.errors import (
    EmptyText,
    MissingRequired,
    MissingStopLink,
    MisspeltPlaceholder,
    TextError,
    TextTooLong,
    UnclosedBrace,
    UnknownPlaceholder,
)
from notifications.formatting import Value
from notifications.kinds import MessageKind, Text, all_kinds
from notifications.rendering import check_text, fill_values, hints, render
from tests.notifications.conftest import make_kind

BUSINESS = Business(
    name="Birch & Berry", street="Nygade 1", postcode="8000", city="Aarhus", phone="+45 12 34 56 78"
)


@pytest.fixture
def kind() -> MessageKind:
    return make_kind("plain")


def values(kind: MessageKind, **changes: str) -> dict[str, Value]:
    found = {name: f"<{name}>" for name in kind.placeholders} | changes
    return fill_values(kind, found)


def test_check_text_takes_known_variables(kind: MessageKind) -> None:
    check_text(kind, "{number}", "Hi {client_name}, {business_name}")


def test_check_text_names_the_nearest_variable(kind: MessageKind) -> None:
    with pytest.raises(MisspeltPlaceholder) as refusal:
        check_text(kind, "Hello", "You have {nubmer}")
    assert str(refusal.value) == "{nubmer}: did you mean {number}?"
    assert refusal.value.field == "body"
    assert refusal.value.status == 422


def test_check_text_refuses_a_variable_near_to_nothing(kind: MessageKind) -> None:
    with pytest.raises(UnknownPlaceholder) as refusal:
        check_text(kind, "{zzzz}", "Hello")
    assert str(refusal.value) == "{zzzz} is not a variable of this message."
    assert refusal.value.field == "subject"


@pytest.mark.parametrize(
    "attack",
    [
        "{client.password}",
        "{client_name.__class__}",
        "{number!r}",
        "{number:>30000000}",
        "{client_name|safe}",
        "{ client_name }",
        "{Client_name}",
        "{0}",
        "{}",
    ],
)
def test_check_text_refuses_anything_but_a_bare_name(kind: MessageKind, attack: str) -> None:
    with pytest.raises(UnknownPlaceholder):
        check_text(kind, "Hello", f"Hi {attack}")


def test_check_text_reads_django_s_tags_as_letters_or_refuses_them(kind: MessageKind) -> None:
    with pytest.raises(TextError):
        check_text(kind, "Hello", "{% load x %}")
    with pytest.raises(TextError):
        check_text(kind, "Hello", "{{ client_name }}")


@pytest.mark.parametrize(
    "text", ["Hi {client_name", "Hi client_name}", "{client_name}}", "{{number}"]
)
def test_check_text_refuses_an_unclosed_brace(kind: MessageKind, text: str) -> None:
    with pytest.raises(UnclosedBrace):
        check_text(kind, "Hello", text)


def test_check_text_wants_what_the_kind_requires() -> None:
    kind = make_kind("strict", required=("number",))
    with pytest.raises(MissingRequired) as refusal:
        check_text(kind, "Hello", "no number here")
    assert str(refusal.value) == "This message cannot do without {number}."
    check_text(kind, "Hello {number}", "in the subject is enough")


def test_check_text_wants_a_way_out_of_marketing() -> None:
    kind = make_kind("news", consent_class="marketing")
    with pytest.raises(MissingStopLink):
        check_text(kind, "Hello", "No way out")
    check_text(kind, "Hello", "[Stop]({stop_link})")


def test_check_text_does_not_know_the_stop_link_in_service_mail(kind: MessageKind) -> None:
    with pytest.raises(UnknownPlaceholder):
        check_text(kind, "Hello", "{stop_link}")


def test_check_text_refuses_empty_and_endless_texts(kind: MessageKind) -> None:
    with pytest.raises(EmptyText):
        check_text(kind, "Hello", "  \n")
    with pytest.raises(EmptyText):
        check_text(kind, " ", "Hello")
    with pytest.raises(TextTooLong):
        check_text(kind, "Hello", "x" * 10_001)
    with pytest.raises(TextTooLong):
        check_text(kind, "x" * 201, "Hello")


def test_hints_about_a_long_subject(kind: MessageKind) -> None:
    assert hints(kind, "x" * 60, "Hello") == []
    assert "60" in hints(kind, "x" * 61, "Hello")[0]


def test_render_escapes_in_html_and_not_in_text(kind: MessageKind) -> None:
    text = Text("For {client_name}", "Hi {client_name} & {number}")
    rendered = render(
        kind,
        text,
        values(kind, client_name='<b>"Mette"</b>', number="1 < 2"),
        language="en",
        business=BUSINESS,
    )
    assert rendered.subject == 'For <b>"Mette"</b>'
    assert "Hi &lt;b&gt;&quot;Mette&quot;&lt;/b&gt; &amp; 1 &lt; 2" in rendered.html
    assert "<b>" not in rendered.html
    assert 'Hi <b>"Mette"</b> & 1 < 2' in rendered.text


def test_render_keeps_a_header_in_one_line(kind: MessageKind) -> None:
    rendered = render(
        kind,
        Text("Hi {client_name}", "Hello"),
        values(kind, client_name="Eve\r\nBcc: everybody@example.test\x00"),
        language="en",
        business=BUSINESS,
    )
    assert rendered.subject == "Hi Eve Bcc: everybody@example.test"


def test_render_refuses_a_text_that_does_not_fit_any_more(kind: MessageKind) -> None:
    with pytest.raises(UnknownPlaceholder):
        render(kind, Text("Hi", "{gone}"), values(kind), language="en", business=BUSINESS)


def test_render_says_who_writes_in_which_language(kind: MessageKind) -> None:
    rendered = render(kind, Text("Hej", "Hej"), values(kind), language="da", business=BUSINESS)
    assert '<html lang="da">' in rendered.html
    assert "Nygade 1, 8000 Aarhus" in rendered.html
    assert "Birch &amp; Berry" in rendered.html
    assert rendered.text.endswith("Birch & Berry\nNygade 1, 8000 Aarhus\n+45 12 34 56 78\n")


def test_fill_values_wants_a_value_for_every_variable(kind: MessageKind) -> None:
    with pytest.raises(KeyError):
        fill_values(kind, {"number": "1"})


def test_fill_values_never_lets_another_scheme_behind_a_link(kind: MessageKind) -> None:
    filled = values(kind, home_link="javascript:alert(1)")
    assert filled["home_link"].link is False


def test_fill_values_cuts_an_endless_value(kind: MessageKind) -> None:
    assert len(values(kind, client_name="x" * 100_000)["client_name"].text) == 2_000


def with_texts() -> list[MessageKind]:
    return [kind for kind in all_kinds() if kind.texts]


@pytest.mark.parametrize("language", ["en", "da", "fi"])
def test_every_original_text_could_be_saved(language: str) -> None:
    for kind in with_texts():
        text = kind.original_text(language)
        check_text(kind, text.subject, text.body)
        assert hints(kind, text.subject, text.body) == [], kind.code


def test_original_texts_hold_the_same_variables_in_every_language() -> None:
    for kind in with_texts():
        used = {
            language: {
                name
                for name in kind.placeholders
                if f"{{{name}}}" in kind.texts[language].subject + kind.texts[language].body
            }
            for language in ("en", "da", "fi")
        }
        assert used["da"] == used["en"] == used["fi"], kind.code


def test_a_kind_without_a_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fi"):
        make_kind("half", texts={"en": Text("a", "b"), "da": Text("a", "b")})


def test_mail_of_the_project_s_own_may_have_no_text() -> None:
    make_kind("written", texts={}, editable=False)


def test_registering_again_replaces(registered: Callable[[MessageKind], MessageKind]) -> None:
    registered(make_kind("twice"))
    second = registered(make_kind("twice", label="second"))
    assert [kind for kind in all_kinds() if kind.code == "twice"] == [second]
