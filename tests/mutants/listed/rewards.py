# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Services booked by points."""

from __future__ import annotations

from tests.mutants.kinds import code

_SALES = "sales/test_rewards.py::test_{}"
_REWARDS = "sales/rewards.py"

MUTANTS = (
    code(
        "reward-feature",
        "no reward is booked while loyalty is off",
        _REWARDS,
        '    require_feature(features, "loyalty")\n    had',
        "    had",
        _SALES.format("no_reward_while_loyalty_is_off"),
    ),
    code(
        "reward-feature-again",
        "no cancelled reward is taken up again while loyalty is off",
        _REWARDS,
        '        require_feature(lock_features(), "loyalty")\n',
        "",
        _SALES.format("an_undo_while_loyalty_is_off_changes_nothing"),
    ),
    code(
        "reward-in-the-way",
        "what stands in a reward's way is looked at when it is booked",
        _REWARDS,
        "        if reason or not is_there or",
        "        if not is_there or",
        _SALES.format("what_stands_in_the_way"),
        in_sample=True,
    ),
    code(
        "reward-points-shown",
        "a reward costs the points that were shown",
        _REWARDS,
        "        if reason or not is_there or",
        "        if reason or",
        _SALES.format("a_reward_that_changed_since_it_was_shown_is_refused"),
    ),
    code(
        "reward-online",
        "the website books the rewards that are shown there",
        _REWARDS,
        " or (source == Source.ONLINE and not reward.online):",
        ":",
        _SALES.format("the_website_books_what_is_shown_there"),
    ),
    code(
        "reward-of-its-service",
        "a reward pays a line of its own service",
        _REWARDS,
        "        if number in wanted and wanted[number].reward.service_id != line.service.pk:\n            raise RewardNotNow\n",
        "",
        _SALES.format("a_reward_that_changed_since_it_was_shown_is_refused"),
    ),
    code(
        "reward-first-time",
        "first time only is the first time",
        "loyalty/rewards.py",
        "    if reward.first_time_only and (",
        "    if False and (",
        _SALES.format("first_time_only"),
    ),
    code(
        "reward-first-time-in-a-visit",
        "first time only is once in a visit",
        _REWARDS,
        "        had.add(booking.service_id)\n",
        "",
        _SALES.format("first_time_only"),
    ),
    code(
        "reward-cancelled",
        "cancelling returns the points of rewards",
        "sales/visits.py",
        "        return_rewards(bookings=standing, actor=actor)\n",
        "",
        _SALES.format("cancelling_returns_the_points_once"),
        in_sample=True,
    ),
    code(
        "reward-taken-again",
        "a cancellation that is undone takes the points again",
        "sales/marking.py",
        "    take_again(bookings=revived, actor=actor)\n",
        "",
        _SALES.format("a_cancellation_that_is_undone_takes_the_points_again"),
    ),
    code(
        "reward-no-show-again",
        "a no-show that is undone takes returned points again",
        "sales/marking.py",
        "                take_again(bookings=[restored], actor=actor)\n",
        "",
        _SALES.format("a_no_show_keeps_them_until_staff_return_them"),
    ),
    code(
        "reward-return-right",
        "who may cancel may return the points of a no-show",
        "sales/marking.py",
        "    if not actor.has_perm(CANCEL):\n        raise NotAllowed\n",
        "",
        _SALES.format("returning_needs_the_right_to_cancel"),
    ),
    code(
        "reward-return-no-show",
        "points of a reward return to who did not come, and to no other",
        "sales/marking.py",
        "        if fresh.status != BookingStatus.NO_SHOW:\n            raise WrongStatus(status=BookingStatus(fresh.status).label)\n        return",
        "        return",
        _SALES.format("a_no_show_keeps_them_until_staff_return_them"),
    ),
    code(
        "reward-return-lock",
        "lock: the visit of a no-show whose points return",
        "sales/marking.py",
        "        _sale, bookings = lock_visit(booking.visit)\n        fresh = next(each for each in bookings if each.pk == booking.pk)\n        if fresh.status",
        "        fresh = Booking.objects.get(pk=booking.pk)\n        if fresh.status",
        "locks/test_visits.py::test_returning_the_points_of_a_no_show_waits_for_who_undoes_it",
        databases=("postgresql",),
    ),
    code(
        "reward-moved",
        "a reward costs nothing with whom it is moved to",
        "bookings/moving.py",
        " or booking.by_points:",
        ":",
        _SALES.format("moving_keeps_the_reward"),
    ),
    code(
        "reward-of-a-guest",
        "a guest's draft is paid by no points",
        "website/views/review.py",
        " if my_client(request) else []\n    chosen",
        "\n    chosen",
        "website/test_booking_rewards.py::test_nothing_of_points_for_a_guest_or_while_loyalty_is_off",
    ),
)
