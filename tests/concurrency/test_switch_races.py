"""Switches that exclude each other, turned at once by many hands (F39)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction

from business.features import get_features, lock_features
from business.models import Features
from foundation.locks import violated_constraint
from sales.features import switch_feature
from tests.concurrency.contests import contest, kinds
from tests.concurrency.racing import (
    CONNECTIONS,
    PATIENCE,
    Operation,
    lost,
    race,
    wait_until_somebody_waits,
    won,
)
from tests.factories import turn_off, turn_on

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def switcher(code: str) -> Operation:
    return lambda: switch_feature(code=code, on=True, actor=None)


@pytest.fixture
def prepared(db: None) -> None:
    """Everything that loyalty needs is on; neither loyalty nor Clean history is."""
    turn_on("payments", "client_login", "coupons", "gift_cards")


def test_of_two_that_exclude_each_other_one_side_is_saved(prepared: None) -> None:
    def plan(number: int) -> list[Operation]:
        turn_off("loyalty", "clean_history")
        # Who stands in front starts a little earlier: let both sides do so in turn.
        sides = ("loyalty", "clean_history")[:: 1 if number % 2 else -1]
        return [switcher(sides[n % 2]) for n in range(CONNECTIONS)]

    outcomes = contest("settings that exclude each other", plan)

    for round_ in outcomes:
        assert kinds(round_) == {"FeatureExcluded": 8, "Features": 8}
        assert {(each.loyalty, each.clean_history) for each in won(round_)} in (
            {(True, False)},
            {(False, True)},
        )


def test_who_comes_after_a_switch_waits_for_it(prepared: None) -> None:
    """Or a switch would starve in a busy hour: there is always somebody who holds the lock that
    newcomers share, and it would wait until its time-out."""
    held = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock_features()
            held.set()
            wait_until_somebody_waits(2)

    def switch() -> Features:
        assert held.wait(PATIENCE)
        return switch_feature(code="coupons", on=False, actor=None)

    def come_after() -> bool:
        assert held.wait(PATIENCE)
        wait_until_somebody_waits()
        with transaction.atomic():
            return lock_features().coupons

    _, switched, seen = race(hold, switch, come_after)

    assert switched.coupons is False
    assert seen is False


# --- the protections off ----------------------------------------------------------------------


def _write_what_was_read(code: str, both_read: threading.Barrier) -> Operation:
    """What a command without our lock would do: it saw both off, and saves what it saw."""

    def save() -> Features:
        features = get_features()
        both_read.wait(PATIENCE)
        setattr(features, code, True)
        features.save()
        return features

    return save


def test_without_the_lock_the_second_save_undoes_the_first(prepared: None) -> None:
    """No CHECK can see it: each row that is written is a good one, and one switch is lost."""
    both_read = threading.Barrier(2)

    results = race(
        _write_what_was_read("loyalty", both_read),
        _write_what_was_read("clean_history", both_read),
    )

    assert len(won(results)) == 2
    features = get_features()
    assert features.loyalty != features.clean_history


def _turn_one_column(code: str, both_read: threading.Barrier) -> Operation:
    def turn() -> int:
        assert not Features.objects.filter(
            models.Q(loyalty=True) | models.Q(clean_history=True)
        ).exists()
        both_read.wait(PATIENCE)
        changes: dict[str, Any] = {code: True}
        return Features.objects.update(**changes)

    return turn


def _turn_both() -> list[Any]:
    both_read = threading.Barrier(2)
    return race(
        _turn_one_column("loyalty", both_read), _turn_one_column("clean_history", both_read)
    )


def test_without_the_lock_the_database_refuses_both_at_once(prepared: None) -> None:
    results = _turn_both()

    (refused,) = lost(results)
    assert isinstance(refused, IntegrityError)
    assert violated_constraint(refused) == "features_loyalty_or_clean_history"


def test_without_lock_and_check_both_are_on(prepared: None) -> None:
    check = next(
        each
        for each in Features._meta.constraints
        if each.name == "features_loyalty_or_clean_history"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(Features, check)
    try:
        assert _turn_both() == [1, 1]
        features = get_features()
        assert (features.loyalty, features.clean_history) == (True, True)
    finally:
        Features.objects.update(clean_history=False)
        with connection.schema_editor() as editor:
            editor.add_constraint(Features, check)
