"""One person stands in a line once; what a second tab chose is not booked by the first."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, code

_JOIN = "sales/waiting.py"
_VIEW = "website/views/waiting.py"
_FLOW = "website/flow.py"
_T = "website/test_waiting_once.py::test_{}"
_LOCKED = "locks/test_waiting.py::test_{}"
_TABS = "website/test_two_tabs.py::test_{}"

MUTANTS = (
    code(
        "once-in-line-address",
        "an address stands in a line once",
        _JOIN,
        "    if client.user_id is None and client.email:",
        "    if False:",
        _T.format("the_refusal_names_the_place_of_the_same_address"),
    ),
    code(
        "once-in-line-same-answer",
        "who types an address that is in line is answered as any other guest",
        _VIEW,
        "        if error.place is None:\n",
        "        if True:\n",
        _T.format("an_address_in_line_is_answered_as_any_other"),
    ),
    code(
        "once-in-line-own",
        "who types another's address is not led to their place in line",
        _VIEW,
        "    if my_client(request) is not None:\n        return redirect(place_address(place))\n",
        "    return redirect(place_address(place))\n",
        _T.format("an_address_in_line_is_answered_as_any_other"),
    ),
    code(
        "lock-join-day",
        "lock: the lines for times of a service, by who joins one",
        _JOIN,
        "            lock_lines_of_days(service.pk)\n",
        "",
        _LOCKED.format("who_joins_the_line_of_a_day_sees_who_joined_just_before"),
        databases=(POSTGRESQL,),
    ),
    code(
        "lock-lines-of-days",
        "lock: the service that somebody waits for",
        "bookings/waiting.py",
        "    lock_one(Service.objects.all(), service_id)\n",
        "",
        _LOCKED.format("who_joins_the_line_of_a_day_sees_who_joined_just_before"),
        databases=(POSTGRESQL,),
    ),
    code(
        "wait-worked-on",
        "nobody waits for a day on which nobody works",
        _JOIN,
        "    if not is_worked_on(line=Line(service, provider), day=day):",
        "    if False:",
        _T.format("a_day_too_short_for_the_service_has_no_line"),
    ),
    code(
        "two-tabs-books-what-was-shown",
        "the page of a replaced draft books nothing",
        _FLOW,
        "return view(request, hold) if newest == token else _lead_on(request, hold, view)",
        "return view(request, hold)",
        _TABS.format("the_first_tab_s_last_button_books_nothing"),
    ),
)
