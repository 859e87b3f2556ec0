"""Time off, what lies outside the hours, the panel's search, and taking classes off offer."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, SQLITE, code

_TIME_OFF = "bookings/time_off.py"
_ARCHIVING = "sales/archiving.py"
_SEARCH = "backoffice/search.py"
_HERE = (POSTGRESQL,)
_LOCKS = "locks/test_time_off.py::test_{}"
_FOUND = "backoffice/test_search.py::test_{}"

MUTANTS = (
    code(
        "lock-time-off",
        "lock: whose time is kept free",
        _TIME_OFF,
        "            lock_and_clear([taking])\n",
        "",
        _LOCKS.format("time_off_waits_for_who_books_and_names_it"),
        databases=_HERE,
    ),
    code(
        "time-off-free",
        "what lies in a time off is looked at before the database refuses it",
        _TIME_OFF,
        "            _check_free(whose, starts_at, ends_at, instead_of)\n",
        "",
        "bookings/test_time_off.py::test_what_is_booked_refuses_it_and_is_named",
    ),
    code(
        "time-off-past",
        "time off is not hidden in the past",
        _TIME_OFF,
        "    if ends_at <= now or (starts_at < today and starts_at != began):",
        "    if False:",
        "bookings/test_time_off.py::test_what_began_before_today_keeps_its_beginning",
    ),
    code(
        "time-off-own",
        "right: a provider enters time off of their own",
        "backoffice/time_off_kinds.py",
        "    return user.has_perm(ALL)",
        "    return True",
        "backoffice/test_time_off.py::test_providers_enter_their_own_and_no_other",
        databases=(SQLITE,),
    ),
    code(
        "time-off-log",
        "why somebody is away stays out of the log",
        "backoffice/time_off.py",
        '        change_message="",',
        "        change_message=row.reason,",
        "backoffice/test_time_off.py::test_without_times_it_is_whole_days",
    ),
    code(
        "outside-own",
        "right: a provider sees what of theirs lies outside the hours",
        "backoffice/outside.py",
        "    own = None if actor.has_perm(ALL) else Provider.objects.filter(user=actor)",
        "    own = None",
        "backoffice/test_outside.py::test_a_provider_sees_their_own",
        databases=(SQLITE,),
    ),
    code(
        "search-clients",
        "right: who finds clients",
        _SEARCH,
        "    if user.has_perm(CLIENTS):",
        "    if True:",
        _FOUND.format("a_provider_finds_their_own_bookings_and_no_clients"),
        databases=(SQLITE,),
    ),
    code(
        "search-own-bookings",
        "right: a provider finds bookings of their own",
        _SEARCH,
        "    bookings = visible_bookings(user).filter(visit__hidden_at__isnull=True)",
        "    bookings = Booking.objects.filter(visit__hidden_at__isnull=True)",
        _FOUND.format("a_provider_finds_their_own_bookings_and_no_clients"),
        databases=(SQLITE,),
    ),
    code(
        "search-deleted",
        "a deleted visit is not found",
        _SEARCH,
        "visible_bookings(user).filter(visit__hidden_at__isnull=True)",
        "visible_bookings(user)",
        _FOUND.format("what_comes_next_stands_first_and_deleted_visits_nowhere"),
    ),
    code(
        "search-cards",
        "right: who asks for a card by its code",
        _SEARCH,
        "    if request.user.has_perm(CARDS):\n        try:",
        "    if True:\n        try:",
        _FOUND.format("a_role_without_cards_asks_for_none"),
        databases=(SQLITE,),
    ),
    code(
        "search-code-address",
        "a code typed in the box is led on to no address",
        _SEARCH,
        '    if request.method == "POST" and may_be_code(text) and not is_card_number(text):',
        "    if False:",
        _FOUND.format("every_code_that_does_not_pay_is_answered_alike"),
    ),
    code(
        "deleted-visit",
        "nothing is done with a deleted visit",
        "backoffice/bookings.py",
        '    if booking.visit.hidden_at is not None:\n        return {"undo": undo}\n',
        "",
        "backoffice/test_deleted_visit.py::test_a_deleted_visit_says_so_and_can_only_be_brought_back",
    ),
    code(
        "lock-archive-features",
        "lock: the switches, before a class is taken off offer",
        _ARCHIVING,
        "        lock_features()\n",
        "",
        _LOCKS.format("archiving_a_class_waits_for_a_switch_before_it_holds_the_rule"),
        databases=_HERE,
    ),
    code(
        "lock-archive-sessions",
        "lock: the sessions of a class that is taken off offer",
        _ARCHIVING,
        "lock_in_order(ClassSession.objects.all(), ids).values()",
        "ClassSession.objects.in_bulk(ids).values()",
        _LOCKS.format("a_session_booked_at_the_same_time_stays"),
        databases=_HERE,
    ),
    code(
        "archive-booked",
        "what somebody has booked is not cancelled with its class",
        _ARCHIVING,
        "            if session.booked_places or line_of_session(session.pk).exists():",
        "            if False:",
        "sales/test_archiving.py::test_archiving_a_class_ends_its_rules_and_cancels_what_nobody_booked",
    ),
    code(
        "archive-waited-for",
        "what somebody waits for is not cancelled with its class",
        _ARCHIVING,
        "            if session.booked_places or line_of_session(session.pk).exists():",
        "            if session.booked_places:",
        "sales/test_archiving.py::test_a_session_that_somebody_waits_for_stays",
    ),
)
