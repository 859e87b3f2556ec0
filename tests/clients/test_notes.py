"""Staff notes: added with who and when, once per form, and gone with the client."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from clients.errors import ClientGone, NoteMissing
from clients.models import Client, StaffNote
from clients.notes import add_note, notes_of
from clients.people import erase_personal_data
from foundation import clock as project_clock
from foundation.errors import FormAlreadyUsed, NotAllowed
from foundation.form_tokens import new_form_token
from foundation.locks import violated_constraint
from foundation.models import User

pytestmark = pytest.mark.django_db


def note(client: Client, text: str, actor: User, token: str = "") -> StaffNote:
    return add_note(client=client, text=text, form_token=token or new_form_token(), actor=actor)


def test_add_note_keeps_who_and_when(alice: Client, daisy: User) -> None:
    note(alice, "  Prefers mornings\n", daisy)

    (kept,) = notes_of(alice)
    assert (kept.text, kept.author, kept.written_at) == (
        "Prefers mornings",
        daisy,
        project_clock.now(),
    )


def test_one_form_writes_one_note(alice: Client, daisy: User) -> None:
    token = new_form_token()

    assert note(alice, "Tea", daisy, token) == note(alice, "Tea", daisy, token)
    with pytest.raises(FormAlreadyUsed):
        note(alice, "Coffee", daisy, token)

    assert notes_of(alice).count() == 1


def test_a_provider_writes_no_note(alice: Client, pavel: User) -> None:
    with pytest.raises(NotAllowed):
        note(alice, "Tea", pavel)


def test_a_note_says_something(alice: Client, daisy: User) -> None:
    with pytest.raises(NoteMissing):
        note(alice, " \n", daisy)


def test_erasing_takes_the_notes(alice: Client, bob: Client, daisy: User) -> None:
    note(alice, "Tea", daisy)
    kept = note(bob, "Coffee", daisy)

    erase_personal_data(client=alice, actor=daisy)

    assert list(StaffNote.objects.all()) == [kept]
    with pytest.raises(ClientGone):
        note(alice, "Tea", daisy)


def test_database_refuses_a_note_of_nothing(alice: Client, daisy: User) -> None:
    written = note(alice, "Tea", daisy)

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        StaffNote.objects.filter(pk=written.pk).update(text="")

    assert "staff_note_says_something" in violated_constraint(refused.value)
