"""Corrections by hand: limits, requests for a second person, and taking one back."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, SQLITE, Mutant, code

_POINTS = "loyalty/points.py"
_LIMITS = "loyalty/correcting_limits.py"
_REQUESTS = "loyalty/correcting_requests.py"
_UNDO = "loyalty/correcting_undo.py"
_PANEL = "backoffice/admin/limits.py"
_UNLOCKED = '__import__("business.features").features.get_features()'
_OF_LIMITS = "loyalty/test_correcting_limits.py::test_{}"
_OF_REQUESTS = "loyalty/test_correcting_requests.py::test_{}"
_OF_UNDO = "loyalty/test_correcting_undo.py::test_{}"
_OF_PANEL = "backoffice/test_limits.py::test_{}"
_RIVALS = "locks/test_corrections.py::test_{}"


def _lock(name: str, off: str, path: str, old: str, new: str, test: str) -> Mutant:
    return code(name, f"lock: {off}", path, old, new, _RIVALS.format(test), databases=(POSTGRESQL,))


MUTANTS = (
    # --- limits ---
    code(
        "limit-of-superusers",
        "who has no limit",
        _LIMITS,
        "    if person.is_superuser:",
        "    if True:",
        _OF_LIMITS.format("roles_begin_with_500_at_the_desk_and_no_limit_for_managers"),
    ),
    code(
        "limit-without-role",
        "without a role nobody moves points alone",
        _LIMITS,
        "for each in limits), default=0)",
        "for each in limits), default=10**9)",
        _OF_LIMITS.format("who_has_the_right_without_a_role_moves_nothing_alone"),
    ),
    code(
        "limit-of-the-day",
        "a day has a limit",
        _LIMITS,
        "        if moved + abs(amount) > limit:",
        "        if False:",
        _OF_LIMITS.format("points_added_and_deducted_count_towards_the_day"),
        in_sample=True,
    ),
    code(
        "limit-day-deducted",
        "what is deducted counts towards the day",
        _LIMITS,
        'Sum(Abs("amount"), default=0)',
        'Sum("amount", default=0)',
        _OF_LIMITS.format("points_added_and_deducted_count_towards_the_day"),
    ),
    code(
        "limit-day-begins",
        "a day begins at the salon's midnight",
        _LIMITS,
        "created_at__gte=start, created_at__lt=end",
        "created_at__lt=end",
        _OF_LIMITS.format("a_day_of_the_salon_begins_at_its_own_midnight"),
    ),
    code(
        "limit-of-own-role",
        "nobody sets the limit of a role of their own",
        _PANEL,
        "        return not person.groups.filter(pk=obj.role_id).exists()",
        "        return True",
        _OF_PANEL.format("a_manager_sets_the_limits_of_other_roles_and_not_their_own"),
        databases=(SQLITE,),
    ),
    code(
        "limit-set-by-owner",
        "who decides about roles sets every limit",
        _PANEL,
        'person.has_perm("foundation.change_user")',
        "False",
        _OF_PANEL.format("the_owner_sets_every_limit"),
        databases=(SQLITE,),
    ),
    code(
        "limit-added",
        "no role gets a second row of limits",
        _PANEL,
        "    def has_add_permission(self, request: HttpRequest) -> bool:\n"
        "        # A row for each role is kept by ``ensure_roles``.\n        return False\n\n",
        "",
        _OF_PANEL.format("not_even_a_superuser_adds_a_limit"),
        databases=(SQLITE,),
    ),
    _lock(
        "lock-corrector",
        "who corrects points, as a whole",
        _LIMITS,
        "    lock_one(User.objects.all(), person.pk)",
        "    pass",
        "a_correction_sees_what_the_day_has_left",
    ),
    _lock(
        "lock-corrector-adjust",
        "who corrects points",
        _POINTS,
        "            lock_corrector(actor)\n",
        "",
        "a_correction_sees_what_the_day_has_left",
    ),
    code(
        "lock-account-adjust",
        "a correction takes client and account",
        _POINTS,
        "account=lock_account(client)",
        "account=open_account(client)",
        "loyalty/test_points.py::test_adjust_of_an_erased_client_is_refused",
    ),
    # --- requests ---
    code(
        "request-permission",
        "who decides about a request",
        _REQUESTS,
        '    if not actor.has_perm("loyalty.adjust_points"):',
        "    if False:",
        _OF_REQUESTS.format("a_provider_neither_asks_nor_decides"),
    ),
    code(
        "request-own",
        "nobody decides about a request of their own",
        _REQUESTS,
        "    if request.asked_by_id == actor.pk:",
        "    if False:",
        _OF_REQUESTS.format("nobody_decides_about_a_request_of_their_own"),
    ),
    code(
        "request-decided",
        "a request is decided once, and told so",
        _REQUESTS,
        "    if (request.state, request.decided_by_id) != (wanted, actor.pk):",
        "    if False:",
        _OF_REQUESTS.format("what_is_decided_stays_so"),
    ),
    code(
        "request-limit",
        "who approves has the right to that amount",
        _REQUESTS,
        "        check_limits(person=actor, amount=locked.amount)\n",
        "",
        _OF_REQUESTS.format("who_may_not_move_that_much_decides_nothing"),
        in_sample=True,
    ),
    code(
        "request-limit-decline",
        "who declines has the right to that amount",
        _REQUESTS,
        "        check_at_once(person=actor, amount=locked.amount)\n",
        "",
        _OF_REQUESTS.format("who_may_not_move_that_much_decides_nothing"),
    ),
    code(
        "request-answer",
        "who declines says why",
        _REQUESTS,
        "        if not answer.strip():",
        "        if False:",
        _OF_REQUESTS.format("declining_says_why_and_moves_nothing"),
    ),
    code(
        "request-covered",
        "nobody asks to deduct what is not there",
        _REQUESTS,
        "            check_covered(account, amount)\n",
        "",
        _OF_REQUESTS.format("asking_to_deduct_more_than_there_is_is_refused"),
    ),
    code(
        "request-form-used",
        "a form asks once",
        _REQUESTS,
        "            if use.result:",
        "            if False:",
        _OF_REQUESTS.format("asking_twice_with_one_form_asks_once"),
    ),
    code(
        "request-feature",
        "nothing is approved while loyalty is off",
        _REQUESTS,
        '        require_feature(features, "loyalty")\n',
        "",
        _OF_REQUESTS.format("while_loyalty_is_off_nothing_is_asked_or_approved_but_declined"),
    ),
    code(
        "request-erased",
        "nothing is asked for an erased client",
        _REQUESTS,
        "            if client.anonymised_at is not None:",
        "            if False:",
        _OF_REQUESTS.format("an_erased_client_gets_nothing"),
    ),
    code(
        "lock-account-approve",
        "an approval takes client and account",
        _REQUESTS,
        "account=lock_account(locked.account.client)",
        "account=open_account(locked.account.client)",
        _OF_REQUESTS.format("an_erased_client_gets_nothing"),
    ),
    _lock(
        "lock-request",
        "the request that is decided, as a whole",
        _REQUESTS,
        'return lock_one(CorrectionRequest.objects.select_related("account__client"), pk)',
        'return CorrectionRequest.objects.select_related("account__client").get(pk=pk)',
        "two_who_decide_about_one_request_decide_once",
    ),
    _lock(
        "lock-request-approve",
        "the request that is approved",
        _REQUESTS,
        "        features = lock_features()\n        locked = _lock_request(request.pk, actor)",
        "        features = lock_features()\n        locked = request",
        "two_who_decide_about_one_request_decide_once",
    ),
    _lock(
        "lock-request-decline",
        "the request that is declined",
        _REQUESTS,
        "    with transaction.atomic():\n        locked = _lock_request(request.pk, actor)",
        "    with transaction.atomic():\n        locked = request",
        "declining_sees_that_it_was_approved",
    ),
    _lock(
        "lock-corrector-approve",
        "who approves",
        _REQUESTS,
        "        lock_corrector(actor)\n",
        "",
        "an_approval_sees_what_the_day_has_left",
    ),
    _lock(
        "lock-features-approve",
        "the switches, for an approval",
        _REQUESTS,
        "        features = lock_features()",
        f"        features = {_UNLOCKED}",
        "nothing_is_approved_while_loyalty_is_being_switched_off",
    ),
    # --- taking back ---
    code(
        "undo-kind",
        "only corrections are taken back",
        _UNDO,
        "    if not is_correction(entry):",
        "    if False:",
        _OF_UNDO.format("only_corrections_are_taken_back"),
    ),
    code(
        "undo-key",
        "a correction is taken back once",
        _UNDO,
        "        if done is not None:\n            return done\n",
        "",
        _OF_UNDO.format("points_that_come_back_later_are_not_taken_with_it"),
    ),
    code(
        "undo-balance",
        "no more is taken back than there is",
        _UNDO,
        "    taken = min(entry.amount, max(balance, 0))",
        "    taken = entry.amount",
        _OF_UNDO.format("an_undo_takes_at_most_the_balance"),
        in_sample=True,
    ),
    code(
        "undo-expected",
        "what is taken back is what the page told",
        _UNDO,
        "        if undo.amount != expected:",
        "        if False:",
        _OF_UNDO.format("a_balance_that_changed_since_the_page_is_said"),
    ),
    code(
        "undo-mirror",
        "what is taken back in part mirrors nothing",
        _UNDO,
        "reverses=None if undo.missing else entry",
        "reverses=entry",
        _OF_UNDO.format("where_points_were_spent_it_takes_what_is_left"),
    ),
    code(
        "undo-limit",
        "who takes back has the right to that amount",
        _UNDO,
        "        if entry.actor_id != actor.pk:",
        "        if False:",
        _OF_UNDO.format("it_needs_the_right_to_that_amount"),
    ),
    code(
        "undo-feature",
        "nothing is taken back while loyalty is off",
        _UNDO,
        '        require_feature(lock_features(), "loyalty")\n',
        "",
        _OF_UNDO.format("while_loyalty_is_off_nothing_is_taken_back"),
    ),
    code(
        "lock-account-undo",
        "taking back takes client and account",
        _UNDO,
        "account = lock_account(entry.account.client)",
        "account = entry.account",
        _OF_UNDO.format("of_an_erased_client_nothing_is_taken_back"),
    ),
    _lock(
        "lock-corrector-undo",
        "who takes back",
        _UNDO,
        "        lock_corrector(actor)\n",
        "",
        "taking_back_sees_what_the_day_has_left",
    ),
    _lock(
        "lock-features-undo",
        "the switches, for taking back",
        _UNDO,
        "require_feature(lock_features(),",
        f"require_feature({_UNLOCKED},",
        "nothing_is_taken_back_while_loyalty_is_being_switched_off",
    ),
)
