"""What staff write to a visit: of two who write at once one is told."""

from __future__ import annotations

import pytest

from bookings.errors import NoteChanged
from bookings.models import Visit
from bookings.notes import change_note
from clients.models import Client
from foundation import clock
from tests.backoffice.booking_pages import at
from tests.factories import ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(alice: Client) -> Visit:
    visit = book(alice, ServiceFactory(providers=[ProviderFactory()]), at(13))
    return change_note(visit=visit, note="Window seat", before="", actor=None)


def stands(visit: Visit) -> str:
    return Visit.objects.get(pk=visit.pk).note


def test_change_note_trims_what_was_typed(visit: Visit) -> None:
    change_note(visit=visit, note=" By the door ", before="Window seat", actor=None)

    assert stands(visit) == "By the door"


def test_change_note_takes_it_away(visit: Visit) -> None:
    change_note(visit=visit, note="", before="Window seat", actor=None)

    assert stands(visit) == ""


def test_change_note_repeated_changes_nothing(visit: Visit) -> None:
    for _time in range(2):
        change_note(visit=visit, note="By the door", before="Window seat", actor=None)

    assert stands(visit) == "By the door"


def test_change_note_leaves_what_somebody_else_wrote(visit: Visit) -> None:
    change_note(visit=visit, note="By the door", before="Window seat", actor=None)

    with pytest.raises(NoteChanged):
        change_note(visit=visit, note="No perfume", before="Window seat", actor=None)

    assert stands(visit) == "By the door"


def test_change_note_writes_nothing_to_a_visit_that_names_nobody(visit: Visit) -> None:
    Visit.objects.update(client=None, note="", anonymised_at=clock.now())

    with pytest.raises(NoteChanged):
        change_note(visit=visit, note="Alice came", before="", actor=None)

    assert stands(visit) == ""
