"""From the rows of the outbox to the mail that is handed over.

Everything is looked up at this moment: the client's address and name, the subject rows, the
business's own words. Reading only; no transaction is open, so a slow page or mail server holds no
lock.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import override

from business.models import Business
from business.profile import get_business
from notifications.delivery import make_mail
from notifications.errors import TextError
from notifications.formatting import clean_value
from notifications.kinds import STOP_LINK, Context, MessageKind, Rendered
from notifications.links import site_url
from notifications.models import Message
from notifications.rendering import fill_values, render
from notifications.stop_links import stop_url
from notifications.texts import get_text, mark_broken

logger = logging.getLogger(__name__)


def address_of(message: Message) -> str:
    """Where the message goes now: an address given with it, else the client's of today."""
    if message.to_email:
        return message.to_email
    return message.client.email if message.client is not None else ""


def write_mail(kind: MessageKind, messages: Sequence[Message]) -> EmailMultiAlternatives:
    """One mail for ``messages``, which are of one kind, language and recipient.

    Raises SubjectGone when there is nothing left to say; any other error is a fault in the
    kind's ``build``.
    """
    message = messages[0]
    business = get_business()
    with override(message.language):
        context = kind.build(messages)
    rendered = context.rendered or _render_with_fallback(kind, message, context, business)
    return make_mail(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        sender=sender_of(business),
        to=address_of(message),
        reply_to=[business.email] if business.email else [],
        headers=_headers(kind, message, business),
        attachments=context.attachments,
    )


def _render_with_fallback(
    kind: MessageKind, message: Message, context: Context, business: Business
) -> Rendered:
    """The business's own words, or the original ones where those cannot be used (F45)."""
    values = fill_values(kind, common_values(message, business) | dict(context.values))
    language = message.language
    saved = get_text(kind.code, language)
    if saved.is_own:
        try:
            return render(kind, saved.text, values, language=language, business=business)
        except TextError as error:
            logger.warning("The text of %s in %s was not usable", kind.code, language)
            mark_broken(kind=kind.code, language=language, why=str(error))
    original = kind.original_text(language)
    return render(kind, original, values, language=language, business=business)


def common_values(message: Message, business: Business) -> dict[str, str]:
    """The values of the variables that every kind has."""
    client = message.client
    values = {
        "client_name": client.first_name if client is not None else "",
        "business_name": business.name,
        "business_phone": business.phone,
        "home_link": site_url("/", message.language),
    }
    if client is not None:
        values[STOP_LINK] = stop_url(client.pk, message.language)
    return values


def sender_of(business: Business) -> str:
    """The configured address under the business's name."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return formataddr((clean_value(business.name) or name, address))


def _headers(kind: MessageKind, message: Message, business: Business) -> dict[str, str]:
    headers = {
        "Message-ID": message.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": message.language,
    }
    if kind.is_marketing and message.client is not None:
        ways = [f"<{stop_url(message.client.pk, message.language)}>"]
        if business.email:
            ways.append(f"<mailto:{clean_value(business.email)}?subject=unsubscribe>")
        headers["List-Unsubscribe"] = ", ".join(ways)
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers
