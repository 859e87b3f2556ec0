"""What staff write to a visit. A note is no part of what was agreed: nothing else moves with it."""

from __future__ import annotations

from bookings.errors import NoteChanged
from bookings.models import Visit
from foundation.models import User


def change_note(*, visit: Visit, note: str, before: str, actor: User | None) -> Visit:
    """Put ``note`` where ``before`` stood, which the page showed; "" takes it away.

    A conditional update instead of a lock: of two who write at once one is told. A repeat changes
    nothing. Raises NoteChanged where another note stands there, and for a visit whose personal data
    is gone.
    """
    note = note.strip()
    still = Visit.objects.filter(pk=visit.pk, anonymised_at__isnull=True, note__in=(before, note))
    if not still.update(note=note):
        raise NoteChanged
    visit.note = note
    return visit
