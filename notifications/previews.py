"""Seeing a text before clients do: with example values on the page, or as a mail to oneself."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from business.models import Business
from business.profile import get_business
from foundation import clock
from foundation.models import User
from notifications import formatting
from notifications.account_kinds import read_payload
from notifications.formatting import VARIABLE, Value
from notifications.kinds import Context, MessageKind, Rendered, get_kind, register
from notifications.models import BODY_LIMIT, SUBJECT_LIMIT, Message
from notifications.outbox import nudge_sending, queue_message
from notifications.rendering import check_text, fill_values, lay_out

TEST_LIVES = dt.timedelta(hours=1)
# Visible marks round a variable that will not be filled in.
MARK = "⟦{}⟧"
_BRACED = re.compile(r"\{([^{}\n]{0,80})\}")


def preview(kind: str, language: str, subject: str, body: str) -> Rendered:
    """The mail with example values; a variable that does not exist is marked, never an error.

    For the editor's preview, which is shown while the text is half written.
    """
    known = get_kind(kind)
    business = get_business()
    values = example_values(known, language, business)
    subject, body = (
        _BRACED.sub(lambda match: _mark_unknown(match, known), text)
        for text in (subject[:SUBJECT_LIMIT], body[:BODY_LIMIT])
    )
    return lay_out(
        subject=formatting.as_line(subject, values),
        body_html=formatting.as_html(body, values),
        body_text=formatting.as_text(body, values),
        language=language,
        business=business,
    )


def example_values(kind: MessageKind, language: str, business: Business) -> dict[str, Value]:
    """The examples of the kind's variables in ``language``; the business's own facts are real."""
    with override(language):
        examples = {name: str(spec.example) for name, spec in kind.placeholders.items()}
    examples["business_name"] = business.name
    examples["business_phone"] = business.phone or examples["business_phone"]
    return fill_values(kind, examples)


def _mark_unknown(match: re.Match[str], kind: MessageKind) -> str:
    whole = VARIABLE.fullmatch(match.group(0))
    if whole is not None and whole.group(1) in kind.placeholders:
        return match.group(0)
    return MARK.format(match.group(1))


def queue_test(
    *, kind: str, language: str, subject: str, body: str, to_email: str, actor: User
) -> Message:
    """Mail the text, filled with examples, to a member of staff. Queued like any other.

    Raises what ``check_text`` raises: what cannot be saved is not mailed either.
    """
    check_text(kind, subject, body)
    rendered = {"kind": kind, "language": language, "subject": subject, "body": body}
    message = queue_message(
        kind="test",
        to_email=to_email,
        language=language,
        subjects={"user": actor.pk},
        dedupe_key=f"test:{secrets.token_hex(12)}",
        secret=json.dumps(rendered),
        expires_at=clock.now() + TEST_LIVES,
    )
    nudge_sending()
    return message


def _written_test(messages: Sequence[Message]) -> Context:
    """The mail as the client would see it, marked as a test in its subject."""
    payload = read_payload(messages[0])
    mail = preview(payload["kind"], payload["language"], payload["subject"], payload["body"])
    subject = gettext("Test: %(subject)s") % {"subject": mail.subject}
    return Context(rendered=replace(mail, subject=subject[:SUBJECT_LIMIT]))


TEST = MessageKind(
    code="test",
    label=_("Test of a text"),
    consent_class="service",
    editable=False,
    build=_written_test,
)


def register_kinds() -> None:
    register(TEST)
