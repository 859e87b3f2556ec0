# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Row locks on sales, sessions, providers, holds and bookings: PostgreSQL only."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, Code, Mutant, Together, code

_HERE = (POSTGRESQL,)
_VISITS = "locks/test_visits.py::test_{}"
_HOLDS = "bookings/holds.py"
_OF_SELF = '.select_for_update(of=("self",), no_key=True)'

_STATUS_LOCK = (
    "        locked = lock_one(Booking.objects.all(), booking.pk)\n        if locked.status == status",
    "        locked = Booking.objects.get(pk=booking.pk)\n        if locked.status == status",
)


def _lock(name: str, off: str, path: str, old: str, new: str, test: str) -> Mutant:
    return code(name, f"lock: {off}", path, old, new, test, databases=_HERE)


MUTANTS = (
    _lock(
        "lock-sale",
        "the sale of a visit",
        "sales/visits.py",
        "Sale.objects.select_for_update(no_key=True).filter(visit=visit)",
        "Sale.objects.filter(visit=visit)",
        _VISITS.format("a_visit_waits_for_who_holds_its_sale"),
    ),
    _lock(
        "lock-session",
        "the session that is booked",
        "bookings/scheduling.py",
        'lock_one(ClassSession.objects.select_related("service", "provider"), session.pk)',
        'ClassSession.objects.select_related("service", "provider").get(pk=session.pk)',
        _VISITS.format("the_last_place_is_seen_to_be_taken"),
    ),
    _lock(
        "lock-session-of-status",
        "the session of a place whose status changes",
        "bookings/scheduling.py",
        "            lock_one(ClassSession.objects.all(), booking.session_id)\n",
        "            pass\n",
        _VISITS.format("a_place_waits_for_who_holds_its_session"),
    ),
    _lock(
        "lock-status",
        "the booking whose status changes",
        "bookings/scheduling.py",
        *_STATUS_LOCK,
        _VISITS.format("a_status_is_changed_from_where_the_booking_stands"),
    ),
    Mutant(
        "lock-visit-bookings",
        "lock: the bookings of a visit; off with `lock-status`, which takes the same rows again",
        Together(
            (
                Code(
                    "sales/visits.py",
                    (
                        (
                            "lock_in_order(Booking.objects.all(), ids)",
                            "Booking.objects.in_bulk(list(ids))",
                        ),
                    ),
                ),
                Code("bookings/scheduling.py", (_STATUS_LOCK,)),
            )
        ),
        (_VISITS.format("a_mark_is_made_from_where_the_booking_stands"),),
        _HERE,
    ),
    _lock(
        "lock-provider",
        "the provider whose time is taken",
        "bookings/occupying.py",
        "lock_in_order(Provider.objects.all(), people)",
        "Provider.objects.in_bulk(people)",
        _VISITS.format("who_wants_time_waits_for_who_holds_the_provider"),
    ),
    _lock(
        "lock-resource",
        "the room or equipment whose time is taken",
        "bookings/occupying.py",
        "lock_in_order(Resource.objects.all(), rooms)",
        "Resource.objects.in_bulk(rooms)",
        _VISITS.format("who_wants_time_waits_for_who_holds_the_room"),
    ),
    _lock(
        "lock-expired-hold",
        "the expired hold whose time is taken",
        "bookings/occupying.py",
        '        .order_by("pk")\n        ' + _OF_SELF + "\n",
        '        .order_by("pk")\n',
        _VISITS.format("a_hold_that_is_being_extended_is_not_taken_over"),
    ),
    _lock(
        "lock-hold",
        "the hold that is changed",
        "bookings/holds.py",
        "Hold.objects.filter(pk=hold.pk)" + _OF_SELF,
        "Hold.objects.filter(pk=hold.pk)",
        _VISITS.format("what_two_pages_typed_is_all_kept"),
    ),
    _lock(
        "lock-old-holds",
        "the old holds that are forgotten",
        "bookings/holds.py",
        'old.filter(pk__in=ids).order_by("pk")' + _OF_SELF,
        'old.filter(pk__in=ids).order_by("pk")',
        _VISITS.format("an_old_hold_that_is_kept_meanwhile_is_not_forgotten"),
    ),
    _lock(
        "lock-visit-of-mark",
        "the visit that is marked",
        "sales/marking.py",
        "        _sale, bookings = lock_visit(booking.visit)\n"
        "        fresh = next(each for each in bookings if each.pk == booking.pk)\n        if seen",
        "        bookings = list(booking.visit.bookings.all())\n"
        "        fresh = next(each for each in bookings if each.pk == booking.pk)\n        if seen",
        _VISITS.format("a_visit_waits_for_who_holds_its_sale"),
    ),
    _lock(
        "lock-visit-of-cancel",
        "the visit that is cancelled",
        "sales/visits.py",
        "        sale, bookings = lock_visit(visit)\n",
        "        sale, bookings = Sale.objects.filter(visit=visit).first(), list(visit.bookings.all())\n",
        _VISITS.format("cancelling_waits_for_the_sale_before_it_holds_a_booking"),
    ),
    _lock(
        "lock-sessions-of-visit",
        "the sessions of a visit, before its bookings",
        "sales/visits.py",
        "    lock_in_order(ClassSession.objects.all(), {*sessions, *also})\n",
        "    list(sessions)\n",
        _VISITS.format("cancelling_waits_for_the_session_before_it_holds_a_place"),
    ),
    _lock(
        "lock-hold-extended",
        "the hold that is extended",
        _HOLDS,
        "        locked = _lock(hold)\n        if booked_ref(locked) or",
        "        locked = Hold.objects.get(pk=hold.pk)\n        if booked_ref(locked) or",
        _VISITS.format("extending_twice_at_once_extends_twice"),
    ),
    _lock(
        "lock-hold-typed",
        "the hold in which somebody types",
        _HOLDS,
        "        locked = _lock(hold)\n        if booked_ref(locked):",
        "        locked = Hold.objects.get(pk=hold.pk)\n        if booked_ref(locked):",
        _VISITS.format("what_two_pages_typed_is_all_kept"),
    ),
    _lock(
        "lock-hold-renewed",
        "the hold that is renewed",
        _HOLDS,
        "            _lock(fresh)\n",
        "",
        _VISITS.format("a_hold_that_is_being_given_up_is_not_renewed"),
    ),
)
