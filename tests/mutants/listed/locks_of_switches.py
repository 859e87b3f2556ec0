# ruff: noqa: E501 — fragments of source stand here as they stand there
"""Locks on the switches, each where it is taken: PostgreSQL only."""

from __future__ import annotations

from tests.mutants.kinds import POSTGRESQL, Mutant, code

_HERE = (POSTGRESQL,)
_POINTS = "locks/test_points.py::test_{}"
_PEOPLE = "locks/test_people.py::test_{}"
_SWITCHES = "locks/test_switches.py::test_{}"
_READ = "        features = lock_features()"
# Not every module that locks them imports what reads them.
_UNLOCKED = '__import__("business.features").features.get_features()'


def _lock(name: str, off: str, path: str, old: str, new: str, test: str) -> Mutant:
    return code(name, f"lock: {off}", path, old, new, test, databases=_HERE)


def _read(name: str, off: str, path: str, test: str) -> Mutant:
    return _lock(name, off, path, _READ, f"        features = {_UNLOCKED}", test)


MUTANTS = (
    _lock(
        "lock-features-share",
        "the switches, for who earns or spends, as a whole",
        "business/features.py",
        '"WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s))"\n'
        '                " SELECT 1 FROM turn, business_features f WHERE f.id = 1 FOR SHARE OF f"',
        '"SELECT %s"',
        _POINTS.format("nothing_is_earned_while_loyalty_is_being_switched_off"),
    ),
    code(
        "lock-features",
        "lock: the switches, for who turns them: the row and, with it, the turn that is taken before",
        "business/features.py",
        "Features.objects.select_for_update(no_key=True).get(pk=1)",
        "Features.objects.get(pk=1)",
        _PEOPLE.format("two_switches_at_once_are_both_turned"),
        also=(('cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])', "pass"),),
        databases=_HERE,
    ),
    _lock(
        "lock-turn",
        "the turn at the switches: who comes after a switch waits for it",
        "business/features.py",
        "(SELECT pg_advisory_xact_lock_shared(%s))",
        "(SELECT %s)",
        "concurrency/test_switch_races.py::test_who_comes_after_a_switch_waits_for_it",
    ),
    _lock(
        "lock-set-feature",
        "the switches, for who turns one in `business`",
        "business/features.py",
        "        features = lock_to_switch()",
        "        features = get_features()",
        _PEOPLE.format("two_switches_at_once_are_both_turned"),
    ),
    _lock(
        "lock-switch-feature",
        "the switches, for who drops what fell due while loyalty was off",
        "sales/features.py",
        "        before = lock_to_switch()",
        f"        before = {_UNLOCKED}",
        _SWITCHES.format("turning_loyalty_on_sees_since_when_it_was_off"),
    ),
    _read(
        "lock-features-sweep",
        "the switches, for the sweep",
        "loyalty/sweep.py",
        _SWITCHES.format("crediting_does_not_go_on_after_loyalty_was_switched_off"),
    ),
    _read(
        "lock-features-adjust",
        "the switches, for a correction",
        "loyalty/points.py",
        _POINTS.format("nothing_is_earned_while_loyalty_is_being_switched_off"),
    ),
    _read(
        "lock-features-exchange",
        "the switches, for who chooses a card by points",
        "sales/exchange.py",
        _SWITCHES.format("nothing_is_spent_while_loyalty_is_being_switched_off"),
    ),
    _read(
        "lock-features-issue",
        "the switches, for who issues a card",
        "giftcards/cards.py",
        _SWITCHES.format("no_card_is_issued_while_gift_cards_are_being_switched_off"),
    ),
    _lock(
        "lock-features-by-hand",
        "the switches, before the client, for who issues a card by hand",
        "sales/issuing.py",
        "        lock_features()\n",
        "",
        _SWITCHES.format("issuing_waits_for_a_switch_before_it_holds_a_client"),
    ),
    _lock(
        "lock-features-book",
        "the switches, for who books",
        "sales/visits.py",
        "        features = lock_features()\n        with once(",
        "        features = __import__('business.features').features.get_features()\n        with once(",
        _SWITCHES.format("no_points_are_promised_while_loyalty_is_being_switched_off"),
    ),
    _lock(
        "lock-features-cancel",
        "the switches, before the awards, for who cancels",
        "sales/visits.py",
        "        lock_features()\n        sale, bookings",
        "        sale, bookings",
        _SWITCHES.format("cancelling_waits_for_a_switch_before_it_holds_an_award"),
    ),
    _lock(
        "lock-features-clean",
        "the switches, for who cleans history",
        "sales/privacy.py",
        "lock_features().clean_history",
        f"{_UNLOCKED}.clean_history",
        _SWITCHES.format("nothing_is_cleaned_while_clean_history_is_being_switched_off"),
    ),
)
