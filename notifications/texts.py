"""The words of each message: the business's own where it wrote some, the original otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from foundation import clock
from foundation.models import User
from foundation.translated import LANGUAGE_CODES
from notifications.errors import UnknownLanguage
from notifications.kinds import MessageKind, Text, all_kinds, get_kind
from notifications.models import MessageTemplate
from notifications.rendering import check_text


@dataclass(frozen=True)
class SavedText:
    """The text in use for one kind in one language.

    ``broken_at`` is set when the business's own text could not be used at sending and the
    original went out in its place: staff are to look at it.
    """

    subject: str
    body: str
    is_own: bool = False
    broken_at: dt.datetime | None = None
    broken_reason: str = ""

    @property
    def text(self) -> Text:
        return Text(self.subject, self.body)


@dataclass(frozen=True)
class TextsOfKind:
    """One line of the list of messages: which languages have a text of the business's own."""

    kind: MessageKind
    own_languages: list[str]
    broken_languages: list[str]


def get_text(kind: str, language: str) -> SavedText:
    """The text in use. Raises UnknownKind."""
    known = get_kind(kind)
    own = MessageTemplate.objects.filter(kind=kind, language=language).first()
    if own is None:
        original = known.original_text(language)
        return SavedText(original.subject, original.body)
    return SavedText(
        own.subject,
        own.body,
        is_own=True,
        broken_at=own.broken_at,
        broken_reason=own.broken_reason,
    )


def save_text(
    *, kind: str, language: str, subject: str, body: str, actor: User | None
) -> MessageTemplate:
    """Use the business's own words from now on, also for messages that wait already.

    Raises UnknownLanguage, and what ``check_text`` raises. Saving the same again changes nothing.
    """
    known = get_kind(kind)
    if language not in LANGUAGE_CODES:
        raise UnknownLanguage
    subject = " ".join(subject.split())
    body = body.replace("\r\n", "\n").replace("\x00", "").strip()
    check_text(known, subject, body)
    with transaction.atomic():
        # No lock: every column is written, so of two who save at once the last one's words stand.
        template = MessageTemplate.objects.filter(kind=kind, language=language).first()
        if template is None:
            template = MessageTemplate(kind=kind, language=language)
        elif (template.subject, template.body, template.broken_at) == (subject, body, None):
            return template
        template.subject, template.body = subject, body
        template.broken_at, template.broken_reason = None, ""
        template.updated_at = clock.now()
        _sign_history(template, actor)
        template.save()
    return template


def reset_text(*, kind: str, language: str, actor: User | None) -> None:
    """Go back to the original text. Harmless where it is in use already."""
    with transaction.atomic():
        # Locked, so that the history keeps the words that were really in use last.
        rows = MessageTemplate.objects.select_for_update(no_key=True)
        template = rows.filter(kind=kind, language=language).first()
        if template is not None:
            _sign_history(template, actor)
            template.delete()


def mark_broken(*, kind: str, language: str, why: str) -> None:
    """Leave a warning for staff that their text could not be used (reliability F45).

    Not a version of the text, so the history does not grow by it.
    """
    MessageTemplate.objects.filter(kind=kind, language=language).update(
        broken_at=clock.now(), broken_reason=why[:200]
    )


def broken_texts() -> list[MessageTemplate]:
    """Own texts that could not be used; each stays listed until it is saved or reset."""
    broken = MessageTemplate.objects.filter(broken_at__isnull=False)
    return list(broken.order_by("kind", "language"))


def texts_overview() -> list[TextsOfKind]:
    """Every kind whose text the business may change, in the order of registration."""
    rows = MessageTemplate.objects.order_by("kind", "language")
    found = list(rows.values_list("kind", "language", "broken_at"))
    return [
        TextsOfKind(
            kind=kind,
            own_languages=[language for code, language, _ in found if code == kind.code],
            broken_languages=[
                language for code, language, at in found if code == kind.code and at is not None
            ],
        )
        for kind in all_kinds()
        if kind.editable
    ]


def _sign_history(template: MessageTemplate, actor: User | None) -> None:
    """Tell the history who and when; without a request it would not know either."""
    template._history_user = actor  # type: ignore[attr-defined]  # noqa: SLF001
    template._history_date = clock.now()  # type: ignore[attr-defined]  # noqa: SLF001
