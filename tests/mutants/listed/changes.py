# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Moving, marking and taking back: what a visit may become, by whom and until when."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, code

_MOVING = "bookings/moving.py"
_SALES_MOVING = "sales/moving.py"
_UNDOING = "bookings/undoing.py"
_CHANGES = "bookings/changes.py"
_MARKING = "sales/marking.py"
_AWARDS = "loyalty/awards.py"
_SQL = "loyalty/sql.py"
_TESTS = "sales/test_moving.py::test_{}"
_UNDO = "sales/test_marking.py::test_{}"
_WAITS = "loyalty/test_attendance.py::test_{}"

MUTANTS = (
    code(
        "mark-too-early",
        "a visit is not marked before it begins",
        _MARKING,
        "        if clock.now() < earliest_mark(fresh.starts_at, status, get_business()):",
        "        if False:",
        "sales/test_visits.py::test_nothing_is_settled_before_the_visit_begins",
    ),
    code(
        "mark-arrived-early",
        "nobody has arrived before the day",
        _CHANGES,
        "    return local_day_bounds(business, starts_at.astimezone(business.zone).date())[0]",
        "    return clock.now()",
        "sales/test_visits.py::test_nobody_arrives_before_the_day_of_the_visit",
    ),
    code(
        "move-form-used",
        "a form moves a visit once",
        _SALES_MOVING,
        "            if use.result:",
        "            if False:",
        "sales/test_moving.py::test_move_sent_again_after_another_move_moves_nothing",
    ),
    code(
        "move-late",
        "clients move until the hour of free cancelling",
        _MOVING,
        "    if clock.now() > free_to_cancel_until(visit, business):",
        "    if False:",
        _TESTS.format("a_client_moves_until_the_hour_of_free_cancelling"),
    ),
    code(
        "move-marked",
        "clients do not move what was marked; off with the hour of the mark",
        _MOVING,
        "        if booking.status != BookingStatus.BOOKED:\n            raise",
        "        if False:\n            raise",
        _TESTS.format("a_client_does_not_move_a_visit_that_was_marked"),
        also=(
            (
                "    if clock.now() < earliest_mark(starts_at, booking.status, business):",
                "    if False:",
            ),
        ),
    ),
    code(
        "move-offered",
        "clients move to what the website offers",
        _MOVING,
        "            for_staff=not by_client,",
        "            for_staff=True,",
        _TESTS.format("a_client_moves_only_to_what_is_on_offer"),
    ),
    code(
        "move-standing",
        "what is cancelled or missed does not move; off with the hour of the mark",
        _MOVING,
        "        if booking.status not in STANDING:",
        "        if False:",
        _TESTS.format("what_is_cancelled_or_missed_does_not_move"),
        also=(
            (
                "    if clock.now() < earliest_mark(starts_at, booking.status, business):",
                "    if False:",
            ),
        ),
    ),
    code(
        "move-marked-later",
        "what has happened does not move to what is still to come",
        _MOVING,
        "    if clock.now() < earliest_mark(starts_at, booking.status, business):",
        "    if False:",
        _TESTS.format("what_was_marked_moves_only_to_where_the_mark_could_have_been_made"),
    ),
    code(
        "move-place-class",
        "places stay in their class",
        _MOVING,
        "    if booking.session_id is None or booking.service_id != target.service_id:",
        "    if booking.session_id is None:",
        _TESTS.format("places_stay_in_their_class"),
    ),
    code(
        "move-place-over",
        "no place moves into a class that is cancelled",
        _MOVING,
        "    if target.cancelled_at is not None or closes <= clock.now():",
        "    if closes <= clock.now():",
        _TESTS.format("places_stay_in_their_class"),
    ),
    code(
        "move-place-takes",
        "places that move are taken where they go: once per client, and where there is room",
        _MOVING,
        "            take_places("
        "session=target, client_id=client_id, places=booking.places, left=left)\n",
        "",
        _TESTS.format("places_do_not_join_others_of_the_same_client"),
    ),
    code(
        "move-place-gives",
        "places that move are free again where they were",
        _MOVING,
        "            give_places_back(session_id=booking.session_id, places=booking.places)\n",
        "",
        _TESTS.format("places_move_to_another_session"),
    ),
    code(
        "move-price",
        "nobody owes what they were not shown",
        _SALES_MOVING,
        "    if expected_total_minor is not None and expected_total_minor != total:",
        "    if False:",
        _TESTS.format("move_refuses_a_price_that_nobody_was_shown"),
    ),
    code(
        "move-credited",
        "points that were credited do not stay for a visit still to come",
        _AWARDS,
        "        if due <= clock.now():\n            return award\n",
        "        if True:\n            return award\n",
        _TESTS.format("move_to_an_hour_still_to_come_promises_credited_points_anew"),
    ),
    code(
        "spend-again-returned",
        "only what was returned is taken again",
        "giftcards/cards.py",
        "    if amount_minor > -entry.amount or not CardEntry.objects.filter(reverses=entry).exists():",
        "    if False:",
        "giftcards/test_cards.py::test_spend_again_takes_only_what_was_returned",
    ),
    code(
        "lock-moving-bookings",
        "lock: the bookings that are moved; off with the sale's",
        _MOVING,
        'lock_in_order(Booking.objects.select_related("service"), ids)',
        'Booking.objects.select_related("service").in_bulk(list(ids))',
        "locks/test_visits.py::test_a_move_waits_for_who_holds_a_booking",
        databases=(POSTGRESQL,),
    ),
    code(
        "undo-permission",
        "who may not do it may not take it back",
        _MARKING,
        "        if not _has_right(current, actor):",
        "        if False:",
        _UNDO.format("who_may_not_do_it_may_not_undo_it"),
    ),
    code(
        "undo-day",
        "a mark is taken back on its day",
        _MARKING,
        "        if not _is_the_day(current, fresh, actor):",
        "        if False:",
        _UNDO.format("the_desk_undoes_on_the_local_day_of_the_mark"),
    ),
    code(
        "undo-later",
        "only who has the right takes back on the day of the visit",
        _MARKING,
        "    if actor.has_perm(UNDO_LATER):",
        "    if True:",
        _UNDO.format("the_manager_undoes_all_through_the_day_of_the_visit"),
    ),
    code(
        "undo-twice",
        "a mark is taken back once",
        _MARKING,
        "        if _was_undone(mark):\n            return fresh\n",
        "",
        _UNDO.format("undo_sent_twice_takes_back_one_mark"),
    ),
    code(
        "undo-last",
        "only the last mark is taken back",
        _MARKING,
        "        if current is None or current.pk != mark.pk:",
        "        if current is None:",
        _UNDO.format("undo_of_what_was_marked_otherwise_meanwhile_is_refused"),
    ),
    code(
        "undo-session-over",
        "no place in a cancelled class comes back",
        _UNDOING,
        "    if session.cancelled_at is not None:",
        "    if False:",
        _UNDO.format("undo_does_not_revive_a_place_in_a_cancelled_class"),
    ),
    code(
        "undo-place-takes",
        "a place that comes back is taken again: not beside a newer one, and where there is room",
        _UNDOING,
        "    take_places("
        "session=session, client_id=visit.client_id, places=booking.places, left=left)\n",
        "    assert take_places, left\n",
        _UNDO.format("undo_of_a_cancelled_place_is_refused_when_the_class_is_full"),
    ),
    code(
        "undo-overlap",
        "who takes back a time that has gone is told so",
        _UNDOING,
        "            if is_overlap(error):",
        "            if False:",
        _UNDO.format("undo_of_a_cancellation_is_refused_when_the_time_has_gone"),
    ),
    code(
        "undo-other-end",
        "no award comes back that something else had ended",
        _AWARDS,
        "    if last is None or last.reason not in (DropReason.CANCELLED, DropReason.NO_SHOW):",
        "    if last is None:",
        _UNDO.format("undo_opens_no_award_that_something_else_had_ended"),
    ),
    code(
        "hidden-visit",
        "a deleted visit is shown to nobody",
        "bookings/visits.py",
        "    return Visit.objects.filter(hidden_at__isnull=True)",
        "    return Visit.objects.all()",
        _UNDO.format("delete_cancels_and_hides"),
    ),
    code(
        "attendance-found",
        "what nobody marked is not looked for",
        _SQL,
        '    marked = _MARKED if only_marked else ""\n    rows = run(',
        '    marked = ""\n    rows = run(',
        "sales/test_last_looks.py::test_what_nobody_marked_is_not_found",
    ),
    code(
        "attendance-locked",
        "a mark taken back meanwhile is seen under the lock",
        _SQL,
        '    marked = _MARKED if only_marked else ""\n    lock =',
        '    marked = ""\n    lock =',
        _WAITS.format("a_mark_taken_back_before_the_lock_waits_again"),
    ),
    code(
        "attendance-message",
        "no mail waits for a mark",
        "loyalty/messages.py",
        "    if get_business().attendance_must_be_marked:",
        "    if False:",
        _WAITS.format("no_message_waits_for_a_mark"),
    ),
    code(
        "attendance-clean-history",
        "Clean history waits for no mark",
        "sales/privacy.py",
        "    if get_business().attendance_must_be_marked:",
        "    if False:",
        "sales/test_privacy.py::test_points_that_nobody_marked_do_not_keep_a_visit",
    ),
)
