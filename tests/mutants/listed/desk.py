"""Booking at the desk, adding to classes, and what staff say with a cancellation."""

from __future__ import annotations

from tests.mutants.kinds import code

_CLIENT = "backoffice/new_booking_client.py"
_LINES = "backoffice/new_booking_lines.py"
_NEW = "backoffice/new_booking.py"
_PLACES = "backoffice/session_places.py"
_T_NEW = "backoffice/test_new_booking.py::test_{}"
_T_PLACES = "backoffice/test_session_places.py::test_{}"
_T_WORDS = "sales/test_desk_words.py::test_{}"

MUTANTS = (
    code(
        "desk-own-clients",
        "a role that does not see the clients finds and books its own only",
        _CLIENT,
        '    if actor.has_perm("clients.view_client"):',
        "    if True:",
        _T_NEW.format("a_provider_finds_and_books_own_clients_only"),
    ),
    code(
        "desk-own-calendar",
        "a role that sees its own bookings only books with itself",
        _LINES,
        "    if actor.has_perm(ALL):",
        "    if True:",
        _T_NEW.format("a_provider_books_with_nobody_else"),
    ),
    code(
        "desk-asks-first",
        "outside the hours, and for who may be known already, staff are asked",
        _NEW,
        "        if question and not is_answered:",
        "        if False:",
        _T_NEW.format("outside_the_hours_asks_once_and_then_books"),
        _T_NEW.format("somebody_known_is_shown_beside_the_new_client"),
    ),
    code(
        "desk-answer-fits",
        "a yes counts for the question that was asked",
        _NEW,
        'is_sure and draft.data.get("asked") == question',
        "is_sure",
        _T_NEW.format("outside_the_hours_asks_once_and_then_books"),
        _T_NEW.format("a_new_client_is_made_once_that_was_said"),
    ),
    code(
        "desk-second-press",
        "a second press is led to the first booking, and asks nothing",
        _NEW,
        '    if not was_used(draft.data.get("form_token", "")):',
        "    if True:",
        _T_NEW.format("a_second_press_lands_on_the_first_booking"),
        _T_NEW.format("a_second_press_for_a_new_client_asks_nothing"),
    ),
    code(
        "desk-price-shown",
        "a price that was shown is the one that is booked",
        _NEW,
        "expected_total_minor=int(total) if was_shown else None",
        "expected_total_minor=None",
        _T_NEW.format("a_price_that_changed_meanwhile_is_shown_before_it_is_booked"),
    ),
    code(
        "class-add-asks",
        "who may be known already is shown before a class gets a new client",
        _PLACES,
        "    if question and not is_answered and not was_used(token):",
        "    if False:",
        _T_PLACES.format("who_is_known_is_shown_beside_the_new_client"),
    ),
    code(
        "class-raise-right",
        "who may not change classes gives them no places",
        _PLACES,
        "        if step == RAISING and not request.user.has_perm(CHANGE):",
        "        if False:",
        _T_PLACES.format("a_full_class_is_refused_with_what_is_left"),
    ),
    code(
        "class-take-own-line",
        "somebody is moved to the class that they wait for",
        _PLACES,
        "WaitingPlace.objects.filter(session=session)",
        "WaitingPlace.objects.all()",
        _T_PLACES.format("somebody_of_another_line_is_not_moved"),
    ),
    code(
        "class-raise-only",
        "raising never makes a class smaller",
        "bookings/sessions.py",
        "pk=session.pk, places__lt=places, cancelled_at",
        "pk=session.pk, cancelled_at",
        _T_WORDS.format("raising_never_makes_a_class_smaller"),
    ),
    code(
        "line-moved-in-line",
        "staff move who is still in line",
        "sales/waiting.py",
        "by_staff and session is not None and locked.state in IN_LINE",
        "by_staff and session is not None",
        _T_WORDS.format("who_left_the_line_is_not_moved_in"),
    ),
    code(
        "booked-untold",
        "without a word no confirmation is queued",
        "sales/visits.py",
        "            if tell:\n",
        "            if True:\n",
        _T_WORDS.format("a_booking_without_a_word_queues_no_mail"),
    ),
    code(
        "cancelled-untold",
        "without a word no cancellation is queued",
        "sales/visits.py",
        "        if tell and visit.client_id is not None:",
        "        if visit.client_id is not None:",
        _T_WORDS.format("a_cancellation_without_a_word_queues_no_mail"),
    ),
)
