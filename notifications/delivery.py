"""The door to the mail server: hand over one mail, and say plainly what became of it.

There are four answers. *Taken*: the call returns. *Refused*: this mail will never be taken.
*Delayed*: it was not taken now. *Unknown*: the connection went after the letter was handed over
and before the reply, so that nobody can tell (reliability F14). Only from the DATA command on is
an interruption unknown; before that nothing can have been delivered.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
from collections.abc import Sequence
from email import encoders
from email.mime.base import MIMEBase
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from notifications.formatting import clean_value
from notifications.kinds import Attachment

TIMEOUT_SECONDS = 10

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")


class Refused(Exception):
    """The server will not take this mail. ``address_is_bad``: because of the recipient."""

    def __init__(self, answer: str, *, address_is_bad: bool) -> None:
        self.address_is_bad = address_is_bad
        super().__init__(answer)


class Delayed(Exception):
    """The mail was not taken; another try makes sense."""


class PostClosed(Delayed):
    """The server cannot be reached at all: no use trying the next mail now."""


class OutcomeUnknown(Exception):
    """The mail was handed over, and the answer never came."""


class PostOffice:
    """One connection for a run of mails, opened at the first and renewed when it breaks."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._letter_begun = False

    def __enter__(self) -> PostOffice:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, mail: EmailMultiAlternatives) -> None:
        """Hand over one mail. Raises Refused, Delayed, PostClosed, OutcomeUnknown."""
        self.open()
        mail.connection = self._connection
        self._letter_begun = False
        try:
            mail.send(fail_silently=False)
        except smtplib.SMTPResponseException as error:
            self._close()
            raise _judge_answer(error.smtp_code, error.smtp_error, error) from error
        except smtplib.SMTPRecipientsRefused as error:
            self._close()
            code, answer = next(iter(error.recipients.values()))
            raise _judge_recipient(code, answer) from error
        except (smtplib.SMTPException, OSError) as error:
            self._close()
            if self._letter_begun:
                raise OutcomeUnknown(_short(error)) from error
            raise Delayed(_short(error)) from error

    def open(self) -> None:
        """Connect, unless the connection of the mail before still stands. Raises PostClosed."""
        if self._connection is not None:
            return
        connection = get_connection(
            fail_silently=False,
            timeout=min(settings.EMAIL_TIMEOUT or TIMEOUT_SECONDS, TIMEOUT_SECONDS),
        )
        try:
            connection.open()
        except (smtplib.SMTPException, OSError) as error:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.close()
            raise PostClosed(_short(error)) from error
        self._connection = connection
        self._watch_for_the_letter(getattr(connection, "connection", None))

    def _watch_for_the_letter(self, smtp: object) -> None:
        """Notice the DATA command, the only moment after which an outcome can be unknown."""
        if not isinstance(smtp, smtplib.SMTP):
            return  # files, memory: no conversation that could break off
        plain_data = smtp.data

        def data(message: Any) -> tuple[int, bytes]:
            self._letter_begun = True
            return plain_data(message)

        smtp.data = data  # type: ignore[method-assign, assignment]

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.close()


def _judge_answer(code: int, answer: bytes | str, error: Exception) -> Exception:
    """What a refusal other than of the recipient means."""
    text = _answer(code, answer)
    if code < 500 or isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPHeloError):
        return Delayed(text)  # the sender's address is the business's to mend, not the client's
    enhanced = _ENHANCED.search(text)
    return Refused(text, address_is_bad=bool(enhanced and enhanced[2] == "1"))


def _judge_recipient(code: int, answer: bytes | str) -> Exception:
    """What the refusal of the recipient means.

    5.7.x is a matter of policy ("relaying denied"): a wrong setting of ours must not brand every
    client's address as bad, so it is tried again.
    """
    text = _answer(code, answer)
    enhanced = _ENHANCED.search(text)
    if code < 500 or (enhanced and enhanced[2] == "7"):
        return Delayed(text)
    return Refused(text, address_is_bad=True)


def _answer(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return without_addresses(f"{code} {words}")


def _short(error: BaseException) -> str:
    return without_addresses(f"{type(error).__name__}: {error}")


def without_addresses(text: str) -> str:
    """``text`` in one short line, e-mail addresses masked: staff pages and logs show it."""
    return _ADDRESS.sub("…@…", clean_value(text))[:200]


def mime_part(attachment: Attachment) -> MIMEBase:
    """``attachment`` as a part of a mail, with its type's own parameters."""
    main, _, sub = attachment.content_type.partition("/")
    part: MIMEBase
    if main == "text":
        part = MIMEText(attachment.content.decode(), sub, "utf-8")
    else:
        part = MIMENonMultipart(main, sub)
        part.set_payload(attachment.content)
        encoders.encode_base64(part)
    for name, value in attachment.parameters.items():
        part.set_param(name, value)
    filename = clean_value(attachment.filename).replace("/", "-")
    part.add_header("Content-Disposition", "attachment", filename=filename)
    return part


def make_mail(
    *,
    subject: str,
    text: str,
    html: str,
    sender: str,
    to: str,
    reply_to: Sequence[str],
    headers: dict[str, str],
    attachments: Sequence[Attachment],
) -> EmailMultiAlternatives:
    """A mail of two parts and its files, ready to be handed over."""
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=sender,
        to=[to],
        reply_to=list(reply_to),
        headers=headers,
    )
    mail.attach_alternative(html, "text/html")
    for attachment in attachments:
        mail.attach(mime_part(attachment))
    return mail
