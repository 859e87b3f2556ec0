# ruff: noqa: E501 — fragments of source stand here as they stand there
"""The client card: who is left out of the programme, and staff notes."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, code

_PROGRAMME = "clients/programme.py"
_NOTES = "clients/notes.py"
_NOTED = "clients/test_notes.py::test_{}"
_OUT = "sales/test_left_out.py::test_{}"
_HIDDEN = "website/test_left_out.py::test_{}"
_DECIDED = "clients/test_programme.py::test_{}"

MUTANTS = (
    code(
        "note-right",
        "right: who writes a staff note",
        _NOTES,
        "    if not actor.has_perm(WRITE):\n        raise NotAllowed\n",
        "",
        _NOTED.format("a_provider_writes_no_note"),
    ),
    code(
        "lock-note",
        "lock: the client that a note is about",
        _NOTES,
        "client=lock_client(client.pk),",
        "client=client,",
        _NOTED.format("erasing_takes_the_notes"),
    ),
    code(
        "left-out-right",
        "right: who leaves a client out of the programme",
        _PROGRAMME,
        "    if not actor.has_perm(DECIDE):\n        raise NotAllowed\n",
        "    del actor\n",
        _DECIDED.format("the_desk_does_not_decide_it"),
    ),
    code(
        "lock-left-out",
        "lock: the client who is left out",
        _PROGRAMME,
        "        locked = lock_client(client.pk)\n        if locked.left_out_at is None:",
        "        locked = Client.objects.get(pk=client.pk)\n        if locked.left_out_at is None:",
        "locks/test_people.py::test_a_client_left_out_twice_at_once_keeps_the_first_reason",
        databases=(POSTGRESQL,),
    ),
    code(
        "lock-taken-in",
        "lock: the client who is taken in again",
        _PROGRAMME,
        '        locked = lock_client(client.pk)\n        locked.left_out_at, locked.left_out_reason, locked.left_out_by = None, "", None',
        '        locked = Client.objects.get(pk=client.pk)\n        locked.left_out_at, locked.left_out_reason, locked.left_out_by = None, "", None',
        "clients/test_programme.py::test_an_erased_client_is_not_taken_in",
    ),
    code(
        "left-out-first-reason",
        "who is left out already keeps the first reason",
        _PROGRAMME,
        "        if locked.left_out_at is None:\n",
        "        if True:\n",
        _DECIDED.format("leave_out_repeated_keeps_the_first_reason"),
    ),
    code(
        "left-out-earns",
        "who is left out earns nothing",
        "loyalty/awards.py",
        "    if not rate or client.left_out_at is not None:",
        "    if not rate:",
        _OUT.format("a_booking_of_who_is_left_out_promises_nothing"),
    ),
    code(
        "left-out-spends",
        "who is left out spends nothing",
        "loyalty/points.py",
        "    if is_left_out(client.pk) and find_entry(PointEntry, key) is None:\n        raise NotInProgramme\n",
        "",
        _OUT.format("points_cannot_be_spent_and_stay"),
    ),
    code(
        "left-out-repeat",
        "what was spent before is returned to a repeat",
        "loyalty/points.py",
        "    if is_left_out(client.pk) and find_entry(PointEntry, key) is None:",
        "    if is_left_out(client.pk):",
        _OUT.format("a_repeat_of_what_was_spent_before_returns_it"),
    ),
    code(
        "left-out-told",
        "who is left out hears nothing of points",
        "loyalty/messages.py",
        "    if not entries or entries[-1].account.client.left_out_at is not None:",
        "    if not entries:",
        _OUT.format("what_was_promised_before_arrives_without_a_message"),
    ),
    code(
        "left-out-website",
        "who is left out meets no loyalty on the website",
        "website/visitors.py",
        "            features.loyalty = False\n",
        "            pass\n",
        _HIDDEN.format("pages_say_nothing_of_points"),
    ),
    code(
        "left-out-history",
        "who is left out has no page of points",
        "website/views/points.py",
        "    if client.left_out_at is not None:\n        raise Http404\n",
        "",
        _HIDDEN.format("pages_about_points_are_not_there"),
    ),
    code(
        "left-out-card",
        "who is left out has no loyalty card on the website",
        "website/views/loyalty_card.py",
        "is_kept = client.card_number and client.left_out_at is None",
        "is_kept = client.card_number",
        _HIDDEN.format("pages_about_points_are_not_there"),
    ),
    code(
        "left-out-visit",
        "who is left out is told nothing of what a visit earned",
        "website/shown_visits.py",
        "bookings if visit.client is None or visit.client.left_out_at is None else []",
        "bookings",
        _HIDDEN.format("a_visit_tells_nothing_of_what_it_earned"),
    ),
)
