# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Loyalty card numbers."""

from __future__ import annotations

from tests.mutants.kinds import code

_NUMBERS = "clients/card_numbers.py"
_TESTS = "clients/test_card_numbers.py::test_{}"

MUTANTS = (
    code(
        "card-number-form",
        "a loyalty card number has a form",
        _NUMBERS,
        "    if text.strip() and not number:\n        raise CardNumberOdd\n",
        "",
        _TESTS.format("what_is_no_number_is_refused"),
    ),
    code(
        "card-number-lock",
        "a client is made one loyalty card number",
        "clients/people.py",
        "            locked = lock_client(client.pk)\n            if not locked.card_number",
        "            locked = Client.objects.get(pk=client.pk)\n            if not locked.card_number",
        "locks/test_people.py::test_a_card_asked_for_twice_at_once_is_one",
        databases=("postgresql",),
    ),
    code(
        "card-number-kept",
        "who has a loyalty card number keeps it",
        "clients/people.py",
        "if not locked.card_number:",
        "if True:",
        _TESTS.format("who_has_a_number_keeps_it"),
    ),
    code(
        "card-number-erasing",
        "erasing takes the loyalty card number",
        "clients/people.py",
        'locked.user, locked.card_number = None, ""',
        "locked.user = None",
        _TESTS.format("erasing_takes_the_number"),
    ),
    code(
        "card-number-search",
        "a loyalty card number that somebody has is no guess of a gift card's code",
        "backoffice/search.py",
        " and not is_card_number(text):",
        ":",
        "backoffice/test_loyalty_card.py::test_a_number_is_typed_and_the_search_at_the_top_finds_it",
    ),
    code(
        "card-number-own-card",
        "an account keeps its own loyalty card number when a guest's record joins it",
        "clients/people.py",
        "if numbers and not client.card_number:",
        "if numbers:",
        "sales/test_joining.py::test_the_card_in_the_pocket_finds_the_account",
    ),
    code(
        "card-number-while-off",
        "while loyalty is off nobody is made a card",
        "website/views/loyalty_card.py",
        "    if not (is_kept or features_of(request).loyalty):\n        raise Http404\n",
        "",
        "website/test_loyalty_card.py::test_while_loyalty_is_off_there_are_no_new_cards",
    ),
)
