"""The kinds of message, registered by the app that knows what each is about.

A kind says who may get it (``service`` mail always goes, ``marketing`` only with consent), which
variables its text may hold, how their values are found when the message is sent, and the text in
each language of the product. Higher floors register theirs when Django starts::

    def ready(self) -> None:
        from loyalty import messages

        messages.register_kinds()
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.translated import LANGUAGE_CODES
from notifications.errors import UnknownKind

if TYPE_CHECKING:
    from notifications.models import Message

ConsentClass = Literal["service", "marketing"]


@dataclass(frozen=True)
class Placeholder:
    """One variable of a text: what staff read about it, and a value to show in previews."""

    label: str | Promise
    example: str | Promise
    #: The value may hold line breaks; any other value is squeezed into one line.
    multiline: bool = False
    #: The value is an address made by us: it becomes a link, and may be the target of one.
    link: bool = False


@dataclass(frozen=True)
class Text:
    subject: str
    body: str


@dataclass(frozen=True)
class Attachment:
    """A file of a mail. ``content_type`` is like ``text/calendar``, ``parameters`` follow it."""

    filename: str
    content: bytes
    content_type: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """A mail's words: the plain part and the whole HTML document."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Context:
    """What ``build`` found out: a value for every variable of the kind but the common ones.

    A kind that has no text of its own gives the finished words instead.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()
    rendered: Rendered | None = None


#: Variables that every message has. Their values come from the message itself and the business.
COMMON_PLACEHOLDERS: Mapping[str, Placeholder] = {
    "client_name": Placeholder(_("First name of the client"), "Mette"),
    "business_name": Placeholder(_("Name of the business"), "Birch & Berry"),
    "business_phone": Placeholder(_("Phone of the business"), "+45 12 34 56 78"),
    "home_link": Placeholder(_("Link to the website"), "https://example.com/", link=True),
}
STOP_LINK = "stop_link"
STOP_PLACEHOLDER = Placeholder(
    _("Link to stop these messages"), "https://example.com/m/…/", link=True
)


@dataclass(frozen=True)
class MessageKind:
    """One kind of message.

    ``build`` gets the messages of one mail (more than one only where ``merges``) with the
    recipient's language active, and raises SubjectGone when there is nothing left to say.
    ``wait_for`` names the clients, among those given, for whom more of this kind is about to be
    queued: their messages wait a little, so that a catch-up sends one summary (reliability F05).
    """

    code: str
    label: str | Promise
    consent_class: ConsentClass
    build: Callable[[Sequence[Message]], Context]
    texts: Mapping[str, Text] = field(default_factory=dict)
    own_placeholders: Mapping[str, Placeholder] = field(default_factory=dict)
    required: Sequence[str] = ()
    merges: bool = False
    #: False for mail whose text is not the business's to change; it may have none at all.
    editable: bool = True
    wait_for: Callable[[Iterable[int], dt.datetime], set[int]] | None = None

    def __post_init__(self) -> None:
        missing = set(LANGUAGE_CODES) - set(self.texts)
        if missing and (self.editable or self.texts):
            raise ValueError(f"message kind {self.code} has no text in {sorted(missing)}")

    @property
    def is_marketing(self) -> bool:
        return self.consent_class == "marketing"

    @property
    def placeholders(self) -> dict[str, Placeholder]:
        """Every variable that a text of this kind may hold, by name."""
        known = {**self.own_placeholders, **COMMON_PLACEHOLDERS}
        if self.is_marketing:
            known[STOP_LINK] = STOP_PLACEHOLDER
        return known

    def original_text(self, language: str) -> Text:
        """The text that ships with the product; the first language where ``language`` is new."""
        return self.texts.get(language) or self.texts[LANGUAGE_CODES[0]]


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    """Make ``kind`` known. Registering a code again replaces it: ``ready()`` may run twice."""
    _kinds[kind.code] = kind


def find_kind(code: str) -> MessageKind | None:
    return _kinds.get(code)


def get_kind(code: str) -> MessageKind:
    """The kind with this code. Raises UnknownKind."""
    try:
        return _kinds[code]
    except KeyError:
        raise UnknownKind(code) from None


def all_kinds() -> list[MessageKind]:
    """Every registered kind, in the order of registration."""
    return list(_kinds.values())


def marketing_codes() -> list[str]:
    return [kind.code for kind in _kinds.values() if kind.is_marketing]
