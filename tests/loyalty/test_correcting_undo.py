"""Taking a correction by hand back: at most what is there, and once."""

from __future__ import annotations

import pytest

from business.errors import FeatureOff
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.audit import run_checks
from foundation.errors import NotAllowed
from foundation.models import User
from loyalty.correcting_limits import moved_today
from loyalty.correcting_undo import Undo, is_correction, plan_undo, undo_correction, undone_by
from loyalty.errors import (
    AboveLimit,
    DescriptionMissing,
    NotACorrection,
    NothingLeft,
    UndoChanged,
)
from loyalty.models import CorrectionLimit, PointEntry, PointKind, Reward
from loyalty.points import balance_of, return_points, spend_points
from tests.factories import RewardFactory, give_points, turn_off, turn_on

pytestmark = pytest.mark.django_db

CHECKS = ("points-reversal-mirrors", "points-chain", "correction-undone-at-most-whole")


@pytest.fixture(autouse=True)
def loyalty_on(db: None) -> None:
    turn_on("loyalty")


@pytest.fixture
def reward(db: None) -> Reward:
    return RewardFactory(points=500)


def undo(
    entry: PointEntry, actor: User, expected: int, description: str = "Taken back"
) -> PointEntry:
    return undo_correction(entry=entry, expected=expected, description=description, actor=actor)


def spend(client: Client, reward: Reward, points: int) -> PointEntry:
    return spend_points(client=client, reward=reward, points=points, key="form:s", actor=None)


def lies() -> list[str]:
    """What the audit of corrections finds."""
    return [lie for result in run_checks() if result.name in CHECKS for lie in result.violations]


@pytest.mark.parametrize(
    ("amount", "balance", "planned"),
    [
        (500, 900, Undo(-500, 0)),
        (500, 500, Undo(-500, 0)),
        (500, 120, Undo(-120, 380)),
        (500, 0, Undo(0, 500)),
        (500, -60, Undo(0, 500)),
        (-50, 0, Undo(50, 0)),
    ],
)
def test_an_undo_takes_at_most_the_balance(amount: int, balance: int, planned: Undo) -> None:
    assert plan_undo(PointEntry(amount=amount), balance) == planned


@pytest.mark.parametrize("amount", [300, -200])
def test_a_correction_taken_back_is_mirrored_once(alice: Client, maria: User, amount: int) -> None:
    give_points(alice, 200)
    entry = give_points(alice, amount, by=maria)

    undone = undo(entry, maria, -amount)

    assert (undone.kind, undone.amount, undone.reverses, undone.key, undone.actor) == (
        PointKind.ADJUST,
        -amount,
        entry,
        f"entry:{entry.pk}:undo",
        maria,
    )
    assert undo(entry, maria, -amount) == undone
    assert balance_of(alice) == 200
    assert undone_by([entry]) == {entry.pk: undone}
    assert lies() == []


def test_where_points_were_spent_it_takes_what_is_left(
    alice: Client, maria: User, reward: Reward
) -> None:
    entry = give_points(alice, 600, by=maria)
    spend(alice, reward, 500)

    undone = undo(entry, maria, -100)

    assert (undone.amount, undone.reverses, undone.balance_after) == (-100, None, 0)
    assert undo(entry, maria, -100) == undone
    assert lies() == []


def test_points_that_come_back_later_are_not_taken_with_it(
    alice: Client, maria: User, reward: Reward
) -> None:
    entry = give_points(alice, 600, by=maria)
    spent = spend(alice, reward, 500)
    undone = undo(entry, maria, -100)
    return_points(entry=spent, description="", actor=None)

    assert undo(entry, maria, -500) == undone
    assert balance_of(alice) == 500


def test_nothing_left_is_said(alice: Client, maria: User, reward: Reward) -> None:
    entry = give_points(alice, 500, by=maria)
    spend(alice, reward, 500)

    with pytest.raises(NothingLeft):
        undo(entry, maria, 0)


def test_a_balance_that_changed_since_the_page_is_said(
    alice: Client, maria: User, reward: Reward
) -> None:
    entry = give_points(alice, 600, by=maria)
    spend(alice, reward, 500)

    with pytest.raises(UndoChanged):
        undo(entry, maria, -600)

    assert balance_of(alice) == 100


def test_only_corrections_are_taken_back(alice: Client, maria: User, reward: Reward) -> None:
    entry = give_points(alice, 600, by=maria)
    spent = spend(alice, reward, 500)
    undone = undo(entry, maria, -100)

    for other in (spent, undone):
        assert not is_correction(other)
        with pytest.raises(NotACorrection):
            undo(other, maria, -other.amount)


def test_it_needs_the_right_to_that_amount(
    alice: Client, daisy: User, maria: User, pavel: User
) -> None:
    entry = give_points(alice, 501, by=maria)

    with pytest.raises(NotAllowed):
        undo(entry, pavel, -501)
    with pytest.raises(AboveLimit):
        undo(entry, daisy, -501)

    assert balance_of(alice) == 501


def test_ones_own_is_taken_back_also_when_the_day_is_full(alice: Client, daisy: User) -> None:
    CorrectionLimit.objects.filter(role__name="Front desk").update(per_day=500)
    entry = give_points(alice, 500, by=daisy)

    undo(entry, daisy, -500)

    # It makes no room for more.
    assert (balance_of(alice), moved_today(daisy)) == (0, 1000)


def test_it_says_why(alice: Client, maria: User) -> None:
    with pytest.raises(DescriptionMissing):
        undo(give_points(alice, 5, by=maria), maria, -5, " ")


def test_while_loyalty_is_off_nothing_is_taken_back(alice: Client, maria: User) -> None:
    entry = give_points(alice, 5, by=maria)
    turn_off("loyalty")

    with pytest.raises(FeatureOff):
        undo(entry, maria, -5)


def test_of_an_erased_client_nothing_is_taken_back(alice: Client, maria: User) -> None:
    entry = give_points(alice, 5, by=maria)
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        undo(entry, maria, -5)
