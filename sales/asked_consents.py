"""A guest's tick for news and points messages counts once the address is proved.

Anybody can type anybody's address. So the tick writes nothing on the record: it queues one mail
with a signed link, and consent is recorded when the page behind it is confirmed by a POST within
a week. The link names one record and the address that the mail went to; nothing of it is stored,
and it tells nothing about other records with that address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy

from business.profile import get_business
from clients.consents import record_consent
from clients.models import Client
from foundation import clock
from foundation.crypto import keyed_hash
from foundation.writing import write_day_time
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text
from notifications.links import site_url
from notifications.models import Message
from notifications.outbox import queue_message
from sales.errors import BadConsentLink
from sales.message_facts import a_day_time

_SALT = "sales.consent"
ASKED_FOR = dt.timedelta(days=7)


def ask_for_consent(client: Client) -> Message | None:
    """Ask the owner of the address whether it was they who ticked the box; None without one.

    Runs inside the booking's transaction. Once per record, however often it is asked.
    """
    if not client.email:
        return None
    return queue_message(
        kind="consent_asked",
        client=client,
        subjects={"client": client.pk},
        dedupe_key=f"client:{client.pk}:consent-asked",
        expires_at=clock.now() + ASKED_FOR,
    )


def make_consent_token(client: Client, until: dt.datetime) -> str:
    content = [client.pk, int(until.timestamp()), _address(client)]
    return signing.Signer(salt=_SALT).sign_object(content)


def find_asked(token: str) -> Client:
    """Who was asked by this link: the record, or the account that it joined meanwhile.

    Raises BadConsentLink for a link that is not ours or over, and once the address is another.
    """
    try:
        client_id, until, address = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise BadConsentLink from None
    client = Client.objects.filter(pk=client_id).select_related("joined_to").first()
    if client is not None and client.joined_to is not None:
        client = client.joined_to
    if client is None or client.anonymised_at is not None or _address(client) != address:
        raise BadConsentLink
    if clock.now().timestamp() >= until:
        raise BadConsentLink
    return client


def confirm_consent(*, token: str, language: str) -> Client:
    """Record the consent of whoever holds the link, with the wording in ``language``, which the
    page showed. Repeating it changes nothing. Raises BadConsentLink."""
    with transaction.atomic():
        asked = find_asked(token)
        Client.objects.select_for_update(no_key=True).get(pk=asked.pk)
        client = find_asked(token)
        record_consent(client=client, granted=True, language=language, source="booking", actor=None)
    return client


def _address(client: Client) -> str:
    return keyed_hash(client.email.strip().lower(), purpose="asked-consent")[:16]


def _asked(messages: Sequence[Message]) -> Context:
    message = messages[0]
    client = message.client
    if client is None or client.anonymised_at is not None:
        raise SubjectGone
    until = message.created_at + ASKED_FOR
    token = make_consent_token(client, until)
    return Context(
        {
            "confirm_link": site_url(f"/c/{token}/", message.language),
            "until": write_day_time(until, get_business().zone),
        }
    )


CONSENT_ASKED = MessageKind(
    code="consent_asked",
    label=gettext_lazy("Confirm news and points messages"),
    consent_class="service",
    own_placeholders={
        "confirm_link": Placeholder(
            gettext_lazy("Link to confirm"), "https://example.com/c/…/", link=True
        ),
        "until": Placeholder(gettext_lazy("Until when the link works"), a_day_time()),
    },
    required=("confirm_link",),
    build=_asked,
    texts={
        "en": Text(
            "Confirm: messages from {business_name}",
            "Hi {client_name},\n\n"
            "With a booking at {business_name} somebody asked for news and points messages to "
            "this address. Was it you?\n\n"
            "[See and confirm]({confirm_link})\n\n"
            "The link works until {until}. If it was not you, do nothing: no such messages are "
            "sent.",
        ),
        "da": Text(
            "Bekræft: beskeder fra {business_name}",
            "Hej {client_name}\n\n"
            "Ved en booking hos {business_name} har nogen bedt om nyheder og beskeder om point "
            "til denne adresse. Var det dig?\n\n"
            "[Se og bekræft]({confirm_link})\n\n"
            "Linket virker indtil {until}. Var det ikke dig, skal du ikke gøre noget: der bliver "
            "ikke sendt sådanne beskeder.",
        ),
        "fi": Text(
            "Vahvista: viestit, {business_name}",
            "Hei {client_name}\n\n"
            "Varauksen yhteydessä ({business_name}) joku pyysi uutisia ja pisteviestejä tähän "
            "osoitteeseen. Olitko se sinä?\n\n"
            "[Katso ja vahvista]({confirm_link})\n\n"
            "Linkki toimii {until} asti. Jos se et ollut sinä, sinun ei tarvitse tehdä mitään: "
            "viestejä ei lähetetä.",
        ),
    },
)
