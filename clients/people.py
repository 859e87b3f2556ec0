"""Making and changing client records, and finding them again."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction

from clients.errors import ClientGone, NameMissing
from clients.models import Client
from foundation import clock
from foundation.models import User
from foundation.names import fold


def _search_name(client: Client) -> str:
    # Without the spaces that it is shown with: whoever types digits in a row must find it.
    phone = client.phone.as_e164 if client.phone else ""
    return fold(f"{client.first_name} {client.last_name} {client.email} {phone}")[:300]


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
    """A new record of its own, whatever records share its e-mail. Raises NameMissing."""
    if not first_name.strip():
        raise NameMissing
    client = Client(
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        email=email.strip(),
        phone=phone,
        language=language.split("-", maxsplit=1)[0],
        user=user,
        note=note,
        created_at=clock.now(),
    )
    client.search_name = _search_name(client)
    client.save(force_insert=True)
    return client


def update_client(*, client: Client, actor: User | None, **fields: str) -> Client:
    """Change contact fields of one record. Raises NameMissing, ClientGone."""
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


def client_for_user(user: User) -> Client:
    """The client record of a login, made at its first need (staff who never booked have none)."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        client = Client.objects.filter(user=user).first()
        if client is not None:
            return client
        first, _, last = (user.name or user.email.split("@")[0]).partition(" ")
        return create_client(
            first_name=first,
            last_name=last,
            email=user.email,
            language=user.language or "en",
            user=user,
            actor=user,
        )


def search_clients(text: str) -> models.QuerySet[Client]:
    """Clients in whose name, e-mail or phone every word of ``text`` occurs, by name."""
    found = Client.objects.filter(anonymised_at__isnull=True)
    for word in fold(text).split():
        found = found.filter(search_name__contains=word)
    return found.order_by("search_name", "pk")


def erase_personal_data(*, client: Client, actor: User | None) -> Client:
    """Leave a pseudonym: the row stays, because ledgers point at it, and names nobody.

    Repeating it changes nothing.
    """
    with transaction.atomic():
        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if locked.anonymised_at is not None:
            return locked
        locked.first_name, locked.last_name = f"#{locked.public_id}", ""
        locked.email, locked.phone, locked.note = "", "", ""
        locked.user = None
        locked.anonymised_at = clock.now()
        locked.search_name = _search_name(locked)
        locked.save()
    return locked
