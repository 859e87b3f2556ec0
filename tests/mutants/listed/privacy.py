"""Clean history: whose name goes, and whose stays."""

from __future__ import annotations

from tests.mutants.kinds import code

_PRIVACY = "sales/privacy.py"

MUTANTS = (
    code(
        "clean-feature",
        "history is cleaned only while the feature is on",
        _PRIVACY,
        "return step(limit) if lock_features().clean_history else 0",
        "return step(limit)",
        "sales/test_privacy.py::test_nothing_happens_while_the_feature_is_off",
    ),
    code(
        "clean-waits",
        "a visit with points on the way is not cleaned yet",
        _PRIVACY,
        'old.exclude(Exists(awards)).order_by("pk")',
        'old.order_by("pk")',
        "sales/test_guards.py::test_a_visit_with_points_on_the_way_is_not_cleaned",
    ),
    code(
        "clean-reasons",
        "why an old visit was cancelled is blanked",
        _PRIVACY,
        "    forget_reasons(ids)\n",
        "",
        "sales/test_privacy.py::test_old_cancellations_lose_their_reason",
    ),
    code(
        "clean-visits",
        "a client with a visit keeps the name",
        _PRIVACY,
        "        .exclude(Exists(Visit.objects.filter(**mine)))\n",
        "",
        "sales/test_guards.py::test_a_client_with_a_visit_to_come_keeps_the_name",
    ),
    code(
        "clean-points",
        "a client with points keeps the name",
        _PRIVACY,
        "        .exclude(Exists(PointAccount.objects.filter(**mine).exclude(balance=0)))\n",
        "",
        "sales/test_guards.py::test_a_client_with_points_keeps_the_name",
    ),
    code(
        "clean-cards",
        "a client with a gift card keeps the name",
        _PRIVACY,
        '        .exclude(Exists(GiftCard.objects.filter(owner=OuterRef("pk"), balance__gt=0)))\n',
        "",
        "sales/test_guards.py::test_a_client_with_money_on_a_card_keeps_the_name",
    ),
    code(
        "clean-login",
        "a client with a login keeps the name",
        _PRIVACY,
        "anonymised_at__isnull=True, user__isnull=True, created_at",
        "anonymised_at__isnull=True, created_at",
        "sales/test_guards.py::test_a_client_with_a_login_keeps_the_name",
    ),
    code(
        "clean-reread",
        "who books meanwhile is not erased",
        _PRIVACY,
        "still = _forgotten(limit).filter(pk__in=ids)",
        "still = Client.objects.filter(pk__in=ids)",
        "sales/test_guards.py::test_who_books_while_it_is_cleaned_keeps_the_name",
    ),
)
