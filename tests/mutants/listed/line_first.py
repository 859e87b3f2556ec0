# ruff: noqa: E501 — fragments of source stand here as they stand there
"""What becomes free belongs to who waits for it."""

from __future__ import annotations

from tests.mutants.kinds import code

_WAITING = "bookings/waiting.py"
_FREE = "bookings/availability.py"
_PLACING = "bookings/placing.py"
_MOVING = "bookings/moving.py"
_SCHEDULING = "bookings/scheduling.py"
_T = "sales/test_line_first.py::test_{}"

MUTANTS = (
    code(
        "line-first-places",
        "a freed place is not booked by a stranger before the line was asked",
        _SCHEDULING,
        "        if source == Source.ONLINE and not offered:",
        "        if False:",
        _T.format("a_freed_place_is_the_lines_before_it_is_offered"),
    ),
    code(
        "line-first-claim",
        "who was offered a place takes it, whoever else waits",
        _SCHEDULING,
        "        if source == Source.ONLINE and not offered:",
        "        if source == Source.ONLINE:",
        _T.format("who_has_an_offer_takes_it_beside_a_line_that_waits_for_more"),
    ),
    code(
        "line-first-fits",
        "what is too little for who waits is for everybody",
        _WAITING,
        "        if place.state == WaitingState.WAITING and place.places <= left:",
        "        if place.state == WaitingState.WAITING:",
        _T.format("what_the_line_leaves_is_for_everybody"),
    ),
    code(
        "line-first-offered",
        "an offered place is not counted twice",
        _WAITING,
        "        if place.state == WaitingState.WAITING and place.places <= left:",
        "        if place.places <= left:",
        _T.format("a_place_is_counted_once_offered_or_not"),
    ),
    code(
        "line-first-cut-off",
        "no place is kept for a line that has ended",
        _WAITING,
        "    if left < 1 or not is_open(session, business, clock.now()):",
        "    if left < 1:",
        _T.format("inside_the_cut_off_nobody_is_kept_waiting_for"),
    ),
    code(
        "line-first-move",
        "a client moves to what the line leaves",
        _MOVING,
        "            left = places_open_to(target, client_id) if by_client else target.places_left\n",
        "            left = target.places_left\n",
        _T.format("a_client_moves_to_what_the_line_leaves"),
    ),
    code(
        "line-first-times",
        "a freed time is not shown or booked before the line was asked",
        _FREE,
        "    if not calendar.waiting:\n        return\n",
        "    if True:\n        return\n",
        _T.format("a_freed_time_is_the_lines_before_it_is_offered"),
    ),
    code(
        "line-first-rooms",
        "the room of a freed time is not taken for something else",
        _FREE,
        "            for pk in rooms:\n",
        "            for pk in ():\n",
        _T.format("the_room_of_a_freed_time_is_kept_too"),
    ),
    code(
        "line-first-late-times",
        "no time is kept for a line that can be offered none",
        _FREE,
        "        if calendar.now >= last_offer_at(slot.starts_at, calendar.business):",
        "        if False:",
        _T.format("a_time_inside_the_cut_off_is_for_everybody"),
    ),
    code(
        "line-first-looked-again",
        "who joined the line while a time was decided is seen under its lock",
        _PLACING,
        "        if _is_still_so(placed, own, moving) and (for_line or is_line_unchanged(calendar)):",
        "        if _is_still_so(placed, own, moving):",
        _T.format("who_joins_while_a_time_is_decided_is_seen"),
    ),
)
