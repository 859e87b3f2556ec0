"""Gift cards by the hand of staff: issuing one, voiding one."""

from __future__ import annotations

from tests.mutants.kinds import code

_ISSUING = "sales/issuing.py"

MUTANTS = (
    code(
        "issue-permission",
        "who issues cards by hand",
        _ISSUING,
        '    if not actor.has_perm("giftcards.issue_cards"):',
        "    if False:",
        "sales/test_guards.py",
    ),
    code(
        "issue-description",
        "a card by hand says why",
        _ISSUING,
        "        raise NotAllowed\n    if not description.strip():\n"
        "        raise DescriptionMissing\n    with transaction.atomic():\n"
        "        lock_features()\n        content",
        "        raise NotAllowed\n    with transaction.atomic():\n"
        "        lock_features()\n        content",
        "sales/test_guards.py::test_issuing_needs_words",
    ),
    code(
        "issue-form-used",
        "a form issues one card",
        _ISSUING,
        "            if use.result:\n",
        "            if False:\n",
        "sales/test_guards.py::test_issuing_by_one_form_issues_once",
    ),
    code(
        "issue-archived",
        "an archived type is not issued",
        _ISSUING,
        "            if GiftCardType.objects.get(pk=card_type.pk).archived_at is not None:",
        "            if False:",
        "sales/test_guards.py::test_issuing_of_an_archived_type_is_refused",
    ),
    code(
        "issue-erased",
        "no card by hand for an erased client",
        _ISSUING,
        "                owner = lock_client(owner.pk)",
        "                owner.refresh_from_db()",
        "sales/test_guards.py::test_issuing_to_an_erased_client_is_refused",
    ),
    code(
        "void-permission",
        "who voids cards",
        _ISSUING,
        '    if not actor.has_perm("giftcards.change_giftcard"):',
        "    if False:",
        "sales/test_guards.py::test_voiding_needs_the_right",
    ),
    code(
        "void-description",
        "voiding says why",
        _ISSUING,
        "    if not description.strip():\n"
        "        raise DescriptionMissing\n    with transaction.atomic():\n        locked",
        "    with transaction.atomic():\n        locked",
        "sales/test_guards.py::test_voiding_needs_words",
    ),
    code(
        "void-repeat",
        "voiding again changes nothing",
        _ISSUING,
        "            if use.result or locked.voided_at is not None:",
        "            if False:",
        "sales/test_guards.py::test_voiding_twice_gives_the_points_back_once",
    ),
    code(
        "void-used",
        "a card that was used is not voided by hand",
        _ISSUING,
        "            if locked.balance != locked.value_minor:",
        "            if False:",
        "sales/test_guards.py::test_voiding_a_used_card_is_refused",
    ),
)
