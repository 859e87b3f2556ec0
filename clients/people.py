"""Making and changing client records, and finding them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from functools import reduce
from operator import and_, or_

from django.conf import settings
from django.db import IntegrityError, models, transaction
from phonenumber_field.phonenumber import to_python

from clients.card_numbers import card_number_of, is_taken, new_card_number, read_card_number
from clients.consents import has_consent, record_consent
from clients.errors import CardNumberTaken, ClientGone, ClientJoined, NameMissing, PhoneUnknown
from clients.models import Client
from clients.numbers import split_numbers
from foundation import clock
from foundation.models import User
from foundation.names import fold, has_word
from foundation.translated import LANGUAGE_CODES

TRIES = 5  # to make a loyalty card number that nobody has


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
    allergies: str = "",
    card_number: str = "",
    actor: User | None,
) -> Client:
    """A new record of its own, whatever records share its e-mail.

    ``phone`` is empty or international (E.164); a language that the product does not speak
    becomes the default one. Raises NameMissing, PhoneUnknown, CardNumberOdd, CardNumberTaken.
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
        allergies=allergies.strip(),
        card_number=read_card_number(card_number),
        created_at=clock.now(),
    )
    client.search_name = _search_name(client)
    _save(client, is_new=True)
    return client


def _save(client: Client, *, is_new: bool = False) -> None:
    try:
        with transaction.atomic():
            client.save(force_insert=is_new)
    except IntegrityError as error:
        if is_taken(error):
            raise CardNumberTaken from error
        raise


def update_client(*, client: Client, actor: User | None, **fields: str) -> Client:
    """Change contact fields of one record. Raises NameMissing, PhoneUnknown, CardNumberOdd,
    CardNumberTaken, ClientGone."""
    _check_phone(str(fields.get("phone") or ""))
    with transaction.atomic():
        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
        if locked.anonymised_at is not None:
            raise ClientGone
        if fields.get("email", locked.email).strip() != locked.email:
            locked.mail_refused_at = None  # another address deserves a new try (F15)
        if "card_number" in fields:
            locked.card_number = read_card_number(fields.pop("card_number"))
        for name, value in fields.items():
            setattr(locked, name, value.strip() if isinstance(value, str) else value)
        if not locked.first_name:
            raise NameMissing
        locked.search_name = _search_name(locked)
        _save(locked)
    return locked


def give_card_number(*, client: Client) -> Client:
    """Make a loyalty card number for a client who has none; who has one keeps it. Raises
    ClientGone, ClientJoined."""
    for _try in range(TRIES):
        with suppress(CardNumberTaken), transaction.atomic():
            locked = lock_client(client.pk)
            if not locked.card_number:
                locked.card_number = new_card_number()
                _save(locked)
            return locked
    raise CardNumberTaken


def record_mail_refused(*, client_id: int, email: str, at: dt.datetime) -> None:
    """Note that the mail server refused ``email`` for good, unless the address changed since.

    Staff see it on the client; it goes away with the next change of address (F15).
    """
    Client.objects.filter(pk=client_id, email=email, mail_refused_at__isnull=True).update(
        mail_refused_at=at
    )


def lock_client(client_id: int) -> Client:
    """The client's row, locked and fresh, for a command that gives them something.

    Erasing locks it too, so nobody is booked for while their data goes. Raises ClientGone,
    ClientJoined.
    """
    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)
    if client.joined_to_id is not None:
        raise ClientJoined
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
    """Clients in whose name, e-mail or phone every word of ``text`` occurs, or whose loyalty card
    has that number, by name.

    A word of one or two letters is looked for at the beginning of words only; a phone number may
    be typed as people say it.
    """
    words = [
        reduce(or_, (has_word("search_name", way) for way in ways))
        for ways in split_numbers(fold(text))
    ]
    named = reduce(and_, words, models.Q())
    number = card_number_of(text)
    if number:
        named |= models.Q(card_number=number)
    found = Client.objects.filter(named, anonymised_at__isnull=True)
    return found.order_by("search_name", "pk")


def keep_contact(*, client: Client, of: Iterable[Client]) -> None:
    """Fill what ``client`` has not of last name, e-mail and phone from the records ``of``, the
    first that has it. Under the locks of all of them."""
    for record in of:
        for name in ("last_name", "email", "phone"):
            if not getattr(client, name) and getattr(record, name):
                setattr(client, name, getattr(record, name))
                if name == "email":
                    client.mail_refused_at = record.mail_refused_at
    client.search_name = _search_name(client)
    client.save(update_fields=["last_name", "email", "phone", "mail_refused_at", "search_name"])


def keep_allergies(*, client: Client, of: Iterable[Client]) -> None:
    """Write what the records ``of`` tell of allergies to the client's own: whoever treats them must
    not lose it with a record. Under the locks of all of them."""
    told = [client.allergies, *(each.allergies for each in of)]
    client.allergies = "; ".join(dict.fromkeys(text for text in told if text))
    client.save(update_fields=["allergies"])


def keep_card_number(*, client: Client, of: Iterable[Client]) -> None:
    """Give a client who has no loyalty card number that of the records ``of``, the oldest first,
    once those are erased: the card in the pocket goes on finding its owner."""
    numbers = [each.card_number for each in of if each.card_number]
    if numbers and not client.card_number:
        client.card_number = numbers[0]
        client.save(update_fields=["card_number"])


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
        locked.email, locked.phone, locked.note, locked.allergies = "", "", "", ""
        locked.user, locked.card_number = None, ""
        locked.left_out_at, locked.left_out_reason, locked.left_out_by = None, "", None
        locked.staff_notes.all().delete()
        locked.anonymised_at = clock.now()
        locked.search_name = _search_name(locked)
        locked.save()
    return locked
