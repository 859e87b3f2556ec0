"""What this floor refuses, and what the sending command reacts to."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class TextError(BadInput):
    """A text that staff wrote for a message cannot be used.

    ``field`` is ``subject`` or ``body``, so that a form shows the sentence where it belongs.
    """

    def __init__(self, *, field: str, **params: Any) -> None:
        self.field = field
        super().__init__(**params)


class UnknownPlaceholder(TextError):
    code = "unknown-placeholder"
    message = _("%(name)s is not a variable of this message.")


class MisspeltPlaceholder(UnknownPlaceholder):
    message = _("%(name)s: did you mean %(suggestion)s?")


class UnclosedBrace(TextError):
    code = "unclosed-brace"
    message = _("A variable stands between two braces, like {client_name}. One brace is missing.")


class MissingRequired(TextError):
    code = "missing-required"
    message = _("This message cannot do without %(name)s.")


class MissingStopLink(MissingRequired):
    code = "missing-stop-link"
    message = _("A message that needs consent must offer a way out: add {stop_link}.")


class EmptyText(TextError):
    code = "empty-text"
    message = _("Enter a text.")


class TextTooLong(TextError):
    code = "text-too-long"
    message = _("This text is too long. Keep it under %(limit)s characters.")


class UnknownLanguage(BadInput):
    code = "unknown-language"
    message = _("This language is not offered.")


class BadStopLink(DomainError):
    """The link is not one of ours, or it was signed with a key that is gone."""

    code = "bad-stop-link"
    message = _("This link no longer works.")
    status = 404


class UnknownKind(LookupError):
    """No app registered this kind of message: a mistake in code, never in data entry."""


class SubjectGone(Exception):
    """A ``build`` function found that there is nothing left to write about."""
