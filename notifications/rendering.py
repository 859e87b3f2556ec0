"""From a text with variables to a mail in two parts.

Neither Django's template engine nor ``str.format`` ever sees what staff wrote: both printed a
password hash through an attribute path when tried (reliability trap 12). A variable is a name
between braces out of the kind's fixed list, found by one regular expression.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from business.models import Business
from notifications import formatting
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
from notifications.formatting import Value, Values, clean_value
from notifications.kinds import STOP_LINK, MessageKind, Placeholder, Rendered, Text, get_kind
from notifications.models import BODY_LIMIT, SUBJECT_LIMIT

# Longer values are cut: a thousand variables times an endless value is not a mail.
VALUE_LIMIT = 2_000
SUBJECT_HINT = 60

_BRACED = re.compile(r"\{([^{}\n]{0,80})\}")


def check_text(kind: str | MessageKind, subject: str, body: str) -> None:
    """Whether a text may be saved for ``kind``.

    Raises EmptyText, TextTooLong, UnknownPlaceholder (MisspeltPlaceholder where a name is near),
    UnclosedBrace, MissingStopLink and MissingRequired, each naming the field.
    """
    known = _kind(kind)
    for field, text, limit in (("subject", subject, SUBJECT_LIMIT), ("body", body, BODY_LIMIT)):
        if not text.strip():
            raise EmptyText(field=field)
        if len(text) > limit:
            raise TextTooLong(field=field, limit=limit)
        for error in _faults(known, field, text):
            raise error
    used = {*_names(subject), *_names(body)}
    for name in known.required:
        if name not in used:
            raise MissingRequired(field="body", name=f"{{{name}}}")
    if known.is_marketing and STOP_LINK not in _names(body):
        raise MissingStopLink(field="body", name=f"{{{STOP_LINK}}}")


def hints(kind: str | MessageKind, subject: str, body: str) -> list[str]:
    """What staff should know about a text that may be saved all the same."""
    found = []
    if len(subject) > SUBJECT_HINT:
        found.append(
            _("The subject is longer than %(limit)s characters: phones cut it off.")
            % {"limit": SUBJECT_HINT}
        )
    if STOP_LINK in _names(subject):
        found.append(_("A link in the subject cannot be followed."))
    return found


def _kind(kind: str | MessageKind) -> MessageKind:
    return kind if isinstance(kind, MessageKind) else get_kind(kind)


def _names(text: str) -> set[str]:
    return set(formatting.VARIABLE.findall(text))


def _faults(kind: MessageKind, field: str, text: str) -> Iterator[TextError]:
    """Everything wrong with the braces of one field, in the order of reading."""
    known = kind.placeholders
    position = 0
    for match in _BRACED.finditer(text):
        if _stray_brace(text[position : match.start()]):
            yield UnclosedBrace(field=field)
        position = match.end()
        if match.group(1) not in known:
            yield _unknown(match.group(1), list(known), field)
    if _stray_brace(text[position:]):
        yield UnclosedBrace(field=field)


def _stray_brace(text: str) -> bool:
    return "{" in text or "}" in text


def _unknown(written: str, known: list[str], field: str) -> UnknownPlaceholder:
    near = difflib.get_close_matches(written.strip().lower(), known, n=1, cutoff=0.6)
    if near:
        return MisspeltPlaceholder(field=field, name=f"{{{written}}}", suggestion=f"{{{near[0]}}}")
    return UnknownPlaceholder(field=field, name=f"{{{written}}}")


def fill_values(kind: MessageKind, found: Mapping[str, str]) -> dict[str, Value]:
    """Clean values for every variable of ``kind``.

    Raises KeyError when ``found`` lacks one: better no mail than one with a hole in it.
    """
    return {name: _value(spec, found[name]) for name, spec in kind.placeholders.items()}


def _value(spec: Placeholder, text: str) -> Value:
    cleaned = clean_value(str(text), multiline=spec.multiline)[:VALUE_LIMIT]
    if spec.link and not cleaned.startswith(("https://", "http://")):
        return Value(cleaned)  # never a javascript: address behind a button
    return Value(cleaned, link=spec.link)


def render(
    kind: MessageKind, text: Text, values: Values, *, language: str, business: Business
) -> Rendered:
    """``text`` with ``values`` as a mail in ``language``.

    Raises UnknownPlaceholder or UnclosedBrace when the text does not fit the kind (any more).
    """
    for field, part in (("subject", text.subject), ("body", text.body)):
        for error in _faults(kind, field, part):
            raise error
    return lay_out(
        subject=formatting.as_line(text.subject, values),
        body_html=formatting.as_html(text.body, values),
        body_text=formatting.as_text(text.body, values),
        language=language,
        business=business,
    )


def lay_out(
    *, subject: str, body_html: SafeString, body_text: str, language: str, business: Business
) -> Rendered:
    """The frame around every mail, with who sends it in the footer."""
    subject = subject[:SUBJECT_LIMIT]
    place = f"{business.postcode} {business.city}".strip()
    context = {
        "subject": subject,
        "body_html": body_html,
        "body_text": body_text,
        "language": language,
        "business": business,
        "address": ", ".join(part for part in (business.street, place) if part),
    }
    with override(language):
        return Rendered(
            subject=subject,
            html=render_to_string("notifications/mail.html", context),
            text=render_to_string("notifications/mail.txt", context).strip() + "\n",
        )
