"""What a page showed is what is moved and cancelled, and what is listed is within the hours."""

from __future__ import annotations

from tests.mutants.kinds import code

_TABS = "backoffice/test_two_tabs.py::test_{}"

MUTANTS = (
    code(
        "move-as-shown",
        "what was changed since the page is not moved",
        "sales/moving.py",
        "            if seen is not None and seen != state_of(",
        "            if False and seen != state_of(",
        _TABS.format("a_move_from_another_state_shows_what_is_now"),
    ),
    code(
        "cancel-as-shown",
        "what was changed since the page is not cancelled",
        "sales/visits.py",
        "        if seen is not None and seen != state_of(bookings):",
        "        if False:",
        _TABS.format("a_cancellation_that_loses_the_race_cancels_nothing"),
    ),
    code(
        "no-show-as-shown",
        "what was changed since the page is no no-show",
        "sales/marking.py",
        "        if seen is not None and fresh.status != status and seen != state_of(bookings):",
        "        if False:",
        _TABS.format("a_no_show_that_loses_the_race_marks_nothing"),
    ),
    code(
        "delete-as-shown",
        "what was changed since the page is not deleted",
        "sales/visits.py",
        "        cancel_visit(visit=visit, actor=actor, seen=seen)",
        "        cancel_visit(visit=visit, actor=actor)",
        _TABS.format("a_deletion_that_loses_the_race_deletes_nothing"),
    ),
    code(
        "note-as-shown",
        "a note that somebody else wrote is not written over unseen",
        "bookings/notes.py",
        "anonymised_at__isnull=True, note__in=(before, note))",
        "anonymised_at__isnull=True)",
        "bookings/test_notes.py::test_change_note_leaves_what_somebody_else_wrote",
    ),
    code(
        "note-of-nobody",
        "nothing is noted of a visit whose personal data is gone",
        "bookings/notes.py",
        "anonymised_at__isnull=True, note__in=",
        "note__in=",
        "bookings/test_notes.py::test_change_note_writes_nothing_to_a_visit_that_names_nobody",
    ),
    code(
        "free-times-within-hours",
        "free times for staff are within the hours, whoever is named",
        "bookings/availability.py",
        "    chains = Chains(calendar, day, within_hours=True)",
        "    chains = Chains(calendar, day)",
        "bookings/test_within_hours.py::test_free_times_for_staff_keep_every_line_within_the_hours",
    ),
)
