"""Making and changing client records, and finding them again."""

from __future__ import annotations

import datetime as dt
import re

from django.conf import settings
from django.db import models, transaction
from phonenumber_field.phonenumber import to_python

from clients.consents import has_consent, record_consent
from clients.errors import ClientGone, NameMissing, PhoneUnknown
from clients.models import Client
from foundation import clock
from foundation.models import User
from foundation.names import fold, has_word
from foundation.translated import LANGUAGE_CODES

_NUMBER = re.compile(r"(?<!\S)\+?\d+(?: \d+)+(?!\S)")


def _search_name(client: Client) -> str:
    # Without the spaces that it is shown with: whoever types digits in a row must find it.
    phone = client.phone.as_e164 if client.phone else ""
    return fold(f"{client.first_name} {client.last_name} {client.email} {phone}")[:300]


def _spoken(language: str) -> str:
    code = language.split("-", maxsplit=1)[0]
    return code if code in LANGUAGE_CODES else settings.LANGUAGE_CODE.split("-", maxsplit=1)[0]


def _check_phone(phone: str) -> None:
    number = to_python(phone) if phone else None
    if phone and (number is None or not number.is_valid()):
        raise PhoneUnknown


def create_client(
    *,
    first_name: str,
    last_name: str = "",
    email: str = "",
    phone: str = "",
    language: str = "en",
    user: User | None = None,
    note: str = "",
    actor: User | None,
) -> Client:
    """A new record of its own, whatever records share its e-mail.

    ``phone`` is empty or international (E.164); a language that the product does not speak
    becomes the default one. Raises NameMissing, PhoneUnknown.
    """
    if not first_name.strip():
        raise NameMissing
    _check_phone(phone)
    client = Client(
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        email=email.strip(),
        phone=phone,
        language=_spoken(language),
        user=user,
        note=note,
        created_at=clock.now(),
    )
    client.search_name = _search_name(client)
    client.save(force_insert=True)
    return client


def update_client(*, client: Client, actor: User | None, **fields: str) -> Client:
    """Change contact fields of one record. Raises NameMissing, PhoneUnknown, ClientGone."""
    _check_phone(str(fields.get("phone") or ""))
    with transaction.atomic():
        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if locked.anonymised_at is not None:
            raise ClientGone
        if fields.get("email", locked.email).strip() != locked.email:
            locked.mail_refused_at = None  # another address deserves a new try (F15)
        for name, value in fields.items():
            setattr(locked, name, value.strip() if isinstance(value, str) else value)
        if not locked.first_name:
            raise NameMissing
        locked.search_name = _search_name(locked)
        locked.save()
    return locked


def record_mail_refused(*, client_id: int, email: str, at: dt.datetime) -> None:
    """Note that the mail server refused ``email`` for good, unless the address changed since.

    Staff see it on the client; it goes away with the next change of address (F15).
    """
    Client.objects.filter(pk=client_id, email=email, mail_refused_at__isnull=True).update(
        mail_refused_at=at
    )


def lock_client(client_id: int) -> Client:
    """The client's row, locked and fresh, for a command that gives them something.

    Erasing locks it too, so nobody is booked for while their data goes. Raises ClientGone.
    """
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    if client.anonymised_at is not None:
        raise ClientGone
    return client


def client_for_user(user: User) -> Client:
    """The client record of a login, made at its first need (staff who never booked have none)."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        client = Client.objects.filter(user=user).first()
        if client is not None:
            return client
        first, _, last = (user.name or user.email.split("@", maxsplit=1)[0]).partition(" ")
        longest = Client._meta.get_field("first_name").max_length
        return create_client(
            first_name=first[:longest],
            last_name=last[:longest],
            email=user.email,
            language=user.language or "en",
            user=user,
            actor=user,
        )


def search_clients(text: str) -> models.QuerySet[Client]:
    """Clients in whose name, e-mail or phone every word of ``text`` occurs, by name.

    A word of one or two letters is looked for at the beginning of words only.
    """
    found = Client.objects.filter(anonymised_at__isnull=True)
    # A phone number is stored without the spaces that it is typed with.
    joined = _NUMBER.sub(lambda match: "".join(match[0].split()), fold(text))
    for word in joined.split():
        found = found.filter(has_word("search_name", word))
    return found.order_by("search_name", "pk")


def erase_personal_data(*, client: Client, actor: User | None) -> Client:
    """Leave a pseudonym: the row stays, because ledgers point at it, and names nobody.

    Consent ends with it, by a record of its own. Repeating it changes nothing.
    """
    with transaction.atomic():
        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if locked.anonymised_at is not None:
            return locked
        if has_consent(locked.pk):
            record_consent(
                client=locked,
                granted=False,
                language=locked.language,
                source="erasure",
                actor=actor,
            )
        locked.first_name, locked.last_name = f"#{locked.public_id}", ""
        locked.email, locked.phone, locked.note = "", "", ""
        locked.user = None
        locked.anonymised_at = clock.now()
        locked.search_name = _search_name(locked)
        locked.save()
    return locked
