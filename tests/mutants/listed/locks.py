# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Row locks on points, cards and people. SQLite has one writer, and no row to lock: PostgreSQL only.

Each test holds the row as a rival would, and looks at what the command does that wants it.
"""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, Mutant, code

_HERE = (POSTGRESQL,)
_POINTS = "locks/test_points.py::test_{}"
_CARDS = "locks/test_cards.py::test_{}"
_PEOPLE = "locks/test_people.py::test_{}"
_LOCKS = "foundation/locks.py"
_OF_SELF = '.select_for_update(of=("self",), no_key=True)'


def _lock(name: str, off: str, path: str, old: str, new: str, test: str) -> Mutant:
    return code(name, f"lock: {off}", path, old, new, test, databases=_HERE)


MUTANTS = (
    _lock(
        "lock-one",
        "`lock_one`, as a whole",
        _LOCKS,
        "return queryset" + _OF_SELF + ".get(pk=pk)",
        "return queryset.get(pk=pk)",
        _CARDS.format("spending_reads_what_is_left_on_the_card"),
    ),
    _lock(
        "lock-in-order",
        "`lock_in_order`, as a whole",
        _LOCKS,
        'queryset.filter(pk__in=wanted).order_by("pk")' + _OF_SELF,
        'queryset.filter(pk__in=wanted).order_by("pk")',
        _CARDS.format("booking_pays_with_what_is_left_on_the_card"),
    ),
    _lock(
        "lock-order",
        "rows are locked in the order of their ids",
        _LOCKS,
        'queryset.filter(pk__in=wanted).order_by("pk")',
        'queryset.filter(pk__in=wanted).order_by("-pk")',
        _POINTS.format("rows_are_locked_in_the_order_of_their_ids"),
    ),
    _lock(
        "lock-one-no-key",
        "`lock_one` holds up no row that points at it",
        _LOCKS,
        "return queryset" + _OF_SELF,
        'return queryset.select_for_update(of=("self",))',
        _POINTS.format("a_lock_does_not_hold_up_rows_that_point_at_it"),
    ),
    _lock(
        "lock-in-order-no-key",
        "`lock_in_order` holds up no row that points at it",
        _LOCKS,
        '.order_by("pk")' + _OF_SELF,
        '.order_by("pk").select_for_update(of=("self",))',
        _POINTS.format("a_lock_does_not_hold_up_rows_that_point_at_it"),
    ),
    _lock(
        "lock-adjust",
        "the account of a correction",
        "loyalty/points.py",
        '    return lock_one(PointAccount.objects.select_related("client"), open_account(client).pk)',
        "    return open_account(client)",
        _POINTS.format("deducting_reads_the_balance_that_is_left"),
    ),
    _lock(
        "lock-spend",
        "the account that is spent from, step by step",
        "loyalty/points.py",
        "    account = lock_one(PointAccount.objects.all(), open_account(client).pk)\n    done",
        "    account = open_account(client)\n    done",
        _POINTS.format("spending_step_by_step_reads_the_balance_that_is_left"),
    ),
    _lock(
        "lock-spend-at-once",
        "the account that is spent from, in one statement",
        "ledger/sql.py",
        "WHERE {owner_column} = %s FOR NO KEY UPDATE",
        "WHERE {owner_column} = %s",
        _POINTS.format("spending_reads_the_balance_that_is_left"),
    ),
    code(
        "spend-at-once-balance",
        "no more is spent than there is, in one statement",
        "ledger/sql.py",
        "FROM locked WHERE balance >= %s",
        "FROM locked WHERE balance >= -%s",
        "loyalty/test_points.py::test_spend_more_than_there_is_says_how_many_are_missing",
        databases=_HERE,
    ),
    code(
        "spend-at-once-key",
        "a spending is recorded once, in one statement",
        "ledger/sql.py",
        "ON CONFLICT (key) DO NOTHING",
        "",
        "loyalty/test_guards.py::test_a_spending_repeated_while_points_are_left_spends_once",
        databases=_HERE,
    ),
    _lock(
        "lock-return-points",
        "the account that points return to",
        "loyalty/points.py",
        "        account = lock_one(PointAccount.objects.all(), entry.account_id)",
        "        account = PointAccount.objects.get(pk=entry.account_id)",
        _POINTS.format("giving_back_follows_who_was_first"),
    ),
    _lock(
        "lock-withdraw",
        "the account that a credit is taken from",
        "loyalty/awards.py",
        "    account = lock_one(PointAccount.objects.all(), award.account_id)",
        "    account = PointAccount.objects.get(pk=award.account_id)",
        _POINTS.format("taking_back_follows_who_was_first"),
    ),
    _lock(
        "lock-undo-award",
        "the award that is undone",
        "loyalty/awards.py",
        "return mine.select_for_update(no_key=True).first()",
        "return mine.first()",
        _POINTS.format("a_no_show_sees_what_the_sweep_did"),
    ),
    _lock(
        "lock-awards-before-cards",
        "awards are locked before cards",
        "loyalty/awards.py",
        "    lock_in_order(Award.objects.all(), ids)\n",
        "    list(ids)\n",
        _POINTS.format("cancelling_waits_for_the_award_before_it_holds_a_card"),
    ),
    _lock(
        "lock-decide",
        "the award that somebody decides about",
        "loyalty/awards.py",
        "        locked = lock_one(Award.objects.all(), award.pk)",
        "        locked = Award.objects.get(pk=award.pk)",
        _POINTS.format("two_who_decide_about_one_award_decide_once"),
    ),
    _lock(
        "lock-postpone",
        "the award that is postponed",
        "loyalty/sweep.py",
        "Award.objects.select_for_update(no_key=True).get(pk=award_id)",
        "Award.objects.get(pk=award_id)",
        _POINTS.format("an_award_that_ended_meanwhile_is_not_postponed"),
    ),
    _lock(
        "lock-sweep-awards",
        "the sweep leaves alone what others hold (SKIP LOCKED)",
        "loyalty/sql.py",
        '" FOR NO KEY UPDATE SKIP LOCKED"',
        '""',
        _POINTS.format("the_sweep_waits_for_nobody_s_award"),
    ),
    _lock(
        "lock-sweep-accounts",
        "the accounts of a chunk",
        "loyalty/sweep.py",
        "        sql.lock_accounts_of(mine)\n",
        "",
        _POINTS.format("crediting_follows_who_was_first"),
    ),
    _lock(
        "lock-client",
        "the client who is given something",
        "clients/people.py",
        "    client = Client.objects.select_for_update(no_key=True).get(pk=client_id)",
        "    client = Client.objects.get(pk=client_id)",
        _POINTS.format("nothing_is_given_to_whom_is_being_erased"),
    ),
    _lock(
        "open-account-race",
        "an account that somebody else opened meanwhile is used",
        "loyalty/points.py",
        "        return PointAccount.objects.get(client=client)",
        "        raise",
        _POINTS.format("an_account_opened_twice_at_once_is_one"),
    ),
    _lock(
        "lock-spend-card",
        "the card that pays",
        "giftcards/cards.py",
        "        card = lock_one(GiftCard.objects.all(), card_id)\n        made",
        "        card = GiftCard.objects.get(pk=card_id)\n        made",
        _CARDS.format("spending_reads_what_is_left_on_the_card"),
    ),
    _lock(
        "lock-return-card",
        "the card that money returns to",
        "giftcards/cards.py",
        "        card = lock_one(GiftCard.objects.all(), entry.card_id)",
        "        card = GiftCard.objects.get(pk=entry.card_id)",
        _CARDS.format("returning_follows_who_was_first"),
    ),
    _lock(
        "lock-void-card",
        "the card that is voided",
        "giftcards/cards.py",
        "        card = lock_one(GiftCard.objects.all(), card_id)\n        if card.voided_at",
        "        card = GiftCard.objects.get(pk=card_id)\n        if card.voided_at",
        _CARDS.format("voiding_writes_off_what_is_left"),
    ),
    _lock(
        "lock-void-by-hand",
        "the card that is voided by hand",
        "sales/issuing.py",
        "        locked = lock_one(GiftCard.objects.all(), card.pk)",
        "        locked = GiftCard.objects.get(pk=card.pk)",
        _CARDS.format("voiding_by_hand_sees_that_the_card_was_used"),
    ),
    _lock(
        "lock-paying-cards",
        "the cards that pay a visit",
        "sales/visits.py",
        "usable_in_order(lock_in_order(GiftCard.objects.all(), card_ids), card_ids)",
        "usable_in_order(GiftCard.objects.in_bulk(card_ids), card_ids)",
        _CARDS.format("booking_pays_with_what_is_left_on_the_card"),
    ),
    _lock(
        "issue-race",
        "a card that somebody else issued meanwhile is returned",
        "giftcards/cards.py",
        "            if made is None:\n                raise\n            return made.card",
        "            raise",
        _CARDS.format("one_card_issued_by_two_at_once_is_one"),
    ),
    _lock(
        "lock-update-client",
        "the client who is changed",
        "clients/people.py",
        "        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)\n"
        "        if locked.anonymised_at is not None:\n            raise ClientGone",
        "        locked = Client.objects.get(pk=client.pk)\n"
        "        if locked.anonymised_at is not None:\n            raise ClientGone",
        _PEOPLE.format("two_changes_of_one_client_are_both_kept"),
    ),
    _lock(
        "lock-erased-client",
        "the client who is erased",
        "clients/people.py",
        "        locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)\n"
        "        if locked.anonymised_at is not None:\n            return locked",
        "        locked = Client.objects.get(pk=client.pk)\n"
        "        if locked.anonymised_at is not None:\n            return locked",
        _PEOPLE.format("erasing_keeps_what_was_changed_meanwhile"),
    ),
    _lock(
        "lock-login",
        "the login whose record is made",
        "clients/people.py",
        "        User.objects.select_for_update(no_key=True).get(pk=user.pk)\n",
        "",
        _PEOPLE.format("the_record_of_a_login_is_made_once"),
    ),
    _lock(
        "lock-accounts-of-chunk",
        "the accounts of a chunk, in their statement",
        "loyalty/sql.py",
        "ORDER BY id FOR NO KEY UPDATE",
        "ORDER BY id",
        _POINTS.format("crediting_follows_who_was_first"),
    ),
    _lock(
        "lock-due-awards",
        "the due awards of a chunk",
        "loyalty/sweep.py",
        "        mine = sql.lock_due_awards(ids, due_by, only_marked=only_marked)",
        "        mine = ids",
        _POINTS.format("the_sweep_waits_for_nobody_s_award"),
    ),
    _lock(
        "lock-transfer-clients",
        "the clients of a transfer",
        "loyalty/transfers.py",
        "lock_in_order(Client.objects.all(), [source.pk, target.pk])",
        "Client.objects.in_bulk([source.pk, target.pk])",
        _POINTS.format("nothing_is_moved_to_whom_is_being_erased"),
    ),
    _lock(
        "lock-awards-when-cancelling",
        "the awards of a visit that is cancelled, before its cards",
        "sales/visits.py",
        "        lock_awards(standing)\n",
        "",
        _POINTS.format("cancelling_waits_for_the_award_before_it_holds_a_card"),
    ),
    _lock(
        "lock-cards-of-booking",
        "the cards that a booking is paid with",
        "sales/visits.py",
        "    cards = _lock_usable(shown.card_ids)",
        "    ids = shown.card_ids\n    cards = usable_in_order(GiftCard.objects.in_bulk(ids), ids)",
        _CARDS.format("booking_pays_with_what_is_left_on_the_card"),
    ),
    _lock(
        "lock-forgotten-clients",
        "the clients who are forgotten",
        "sales/privacy.py",
        "    lock_in_order(Client.objects.all(), ids)\n",
        "",
        "locks/test_switches.py::test_who_books_while_history_is_cleaned_is_not_erased",
    ),
    _lock(
        "lock-text",
        "the text that is reset",
        "notifications/texts.py",
        "MessageTemplate.objects.select_for_update(no_key=True)",
        "MessageTemplate.objects.all()",
        _PEOPLE.format("a_text_that_is_reset_leaves_its_last_words_in_the_history"),
    ),
    _lock(
        "lock-business",
        "the business, for who sets the delay",
        "backoffice/features.py",
        "Business.objects.select_for_update(no_key=True)",
        "Business.objects.all()",
        _PEOPLE.format("the_delay_leaves_a_true_row_in_the_history"),
    ),
    _lock(
        "lock-adjusted-client",
        "the client whose points are corrected",
        "loyalty/points.py",
        "    lock_client(client.pk)\n",
        "    client = Client.objects.get(pk=client.pk, anonymised_at=None)\n",
        _POINTS.format("nothing_is_given_to_whom_is_being_erased"),
    ),
)
