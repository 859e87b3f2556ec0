"""The day calendar: whose day is shown to whom, and what is told of who is in the way."""

from __future__ import annotations

from tests.mutants.kinds import SQLITE, code

_DAY = "backoffice/calendar_day.py"
_BESIDE = "backoffice/test_calendar_beside.py::test_{}"

MUTANTS = (
    code(
        "calendar-own-day",
        "a provider's calendar holds their own bookings, classes and time off",
        _DAY,
        '    mine = Q() if user.has_perm("bookings.see_all_bookings") else Q(provider__user=user)',
        "    mine = Q()",
        "backoffice/test_calendar.py::test_a_provider_sees_their_own_column_only",
        "backoffice/test_calendar.py::test_a_provider_sees_no_class_and_no_time_off_of_others",
        databases=(SQLITE,),
    ),
    code(
        "calendar-own-column",
        "a provider's calendar names nobody else",
        _DAY,
        "    return list(rows if everybody else rows.filter(user=user))",
        "    return list(rows)",
        "backoffice/test_calendar.py::test_a_provider_sees_their_own_column_only",
        databases=(SQLITE,),
    ),
    code(
        "clash-names-the-seen",
        "who is in the way is named to who may see the booking",
        "backoffice/in_the_way.py",
        "is_named=each.booking_id in named",
        "is_named=True",
        _BESIDE.format("a_provider_is_told_that_others_are_booked_and_not_by_whom"),
        databases=(SQLITE,),
    ),
    code(
        "client-note-for-the-desk",
        "the note about a client is for who keeps the clients' records",
        "templates/backoffice/bookings_one.html",
        "{% if client.note and perms.clients.view_client %}",
        "{% if client.note %}",
        _BESIDE.format("a_provider_is_not_told_the_clients_note"),
        databases=(SQLITE,),
    ),
)
