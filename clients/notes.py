"""Staff notes about a client: written down with who and when, one below the other."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet

from clients.errors import NoteMissing
from clients.models import Client, StaffNote
from clients.people import lock_client
from foundation import clock
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.models import User

WRITE = "clients.change_client"


def notes_of(client: Client) -> QuerySet[StaffNote]:
    """A client's notes with their authors, in no order."""
    return StaffNote.objects.filter(client=client).select_related("author")


def add_note(*, client: Client, text: str, form_token: str, actor: User) -> StaffNote:
    """Write a note down. The form's token names the fact: a double click writes one.

    Raises NotAllowed, NoteMissing, FormAlreadyUsed, ClientGone, ClientJoined.
    """
    if not actor.has_perm(WRITE):
        raise NotAllowed
    words = text.strip()[:2000]
    if not words:
        raise NoteMissing
    with (
        transaction.atomic(),
        once(token=form_token, purpose="staff-note", content=[client.pk, words]) as use,
    ):
        if use.result:
            return StaffNote.objects.get(pk=int(use.result))
        note = StaffNote.objects.create(
            client=lock_client(client.pk), text=words, author=actor, written_at=clock.now()
        )
        use.result = str(note.pk)
    return note


def keep_notes(*, client: Client, of: Iterable[Client]) -> None:
    """Let the notes of the records ``of`` go along to ``client``. The note that stands with every
    booking goes into an empty one, else into the list. Under the locks of all of them."""
    records = list(of)
    StaffNote.objects.filter(client__in=records).update(client=client)
    for told in filter(None, (record.note for record in records)):
        if client.note in ("", told):
            client.note = told
            client.save(update_fields=["note"])
        else:
            StaffNote.objects.create(client=client, text=told, written_at=clock.now())
