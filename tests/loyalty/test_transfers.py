"""Moving points between two accounts (F41): the command, and the audit behind it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.audit import load_checks
from foundation.errors import BadInput
from foundation.guards import drop_guards
from foundation.models import User
from ledger.posting import post
from loyalty.awards import undo_award
from loyalty.errors import BelowZero, DescriptionMissing, NothingToAdjust
from loyalty.models import DropReason, PointAccount, PointEntry, PointKind
from loyalty.points import balance_of, open_account
from loyalty.sweep import credit_due_awards
from loyalty.transfers import Transfer, transfer_points
from tests.conftest import Clock
from tests.factories import give_points, turn_off, turn_on
from tests.loyalty.conftest import Promise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty_on(db: None) -> None:
    turn_on("loyalty")


def move(
    source: Client,
    target: Client,
    points: int | None = None,
    *,
    key: str = "join:1",
    actor: User | None = None,
) -> Transfer | None:
    return transfer_points(
        source=source,
        target=target,
        points=points,
        key=key,
        description="Your two accounts are one now",
        actor=actor,
    )


def unpaired() -> list[str]:
    return load_checks()["points-transfer-pairs"]().violations


def violations() -> list[str]:
    return [line for run in load_checks().values() for line in run().violations]


def test_transfer_moves_points_by_a_pair_of_entries(
    alice: Client, bob: Client, maria: User
) -> None:
    give_points(alice, 340)
    give_points(bob, 10)

    pair = move(alice, bob, 300, actor=maria)

    assert pair is not None
    assert [(each.key, each.amount, each.balance_after, each.kind) for each in pair] == [
        ("join:1:out", -300, 40, PointKind.TRANSFER),
        ("join:1:in", 300, 310, PointKind.TRANSFER),
    ]
    assert {(each.actor, each.description) for each in pair} == {
        (maria, "Your two accounts are one now")
    }
    assert (balance_of(alice), balance_of(bob)) == (40, 310)
    assert violations() == []


def test_transfer_of_everything_empties_the_account_and_opens_the_other(
    alice: Client, bob: Client
) -> None:
    give_points(alice, 340)

    move(alice, bob)

    assert (balance_of(alice), balance_of(bob)) == (0, 340)
    assert violations() == []


def test_transfer_of_everything_moves_a_balance_below_zero(
    alice: Client, bob: Client, promise: Promise, clock: Clock
) -> None:
    award = promise(alice)
    clock.advance(hours=5)
    credit_due_awards()
    give_points(alice, -60)
    give_points(bob, 100)
    undo_award(booking=award.booking, reason=DropReason.NO_SHOW, actor=None)
    assert balance_of(alice) == -60

    move(alice, bob)

    assert (balance_of(alice), balance_of(bob)) == (0, 40)
    assert unpaired() == []


def test_transfer_of_everything_where_there_is_nothing_writes_nothing(
    alice: Client, bob: Client
) -> None:
    assert move(alice, bob) is None
    assert not PointEntry.objects.exists()


def test_transfer_repeated_returns_the_pair(alice: Client, bob: Client) -> None:
    """Also when the source has nothing left, or was erased, as the source of a merge is."""
    give_points(alice, 340)
    first = move(alice, bob)
    erase_personal_data(client=alice, actor=None)

    assert move(alice, bob) == first
    assert PointEntry.objects.filter(kind="transfer").count() == 2
    assert balance_of(bob) == 340


def test_transfer_above_the_balance_says_what_is_there(alice: Client, bob: Client) -> None:
    give_points(alice, 340)

    with pytest.raises(BelowZero) as refusal:
        move(alice, bob, 341)

    assert str(refusal.value) == "Alice has 340 points; you can deduct at most 340."
    assert (balance_of(alice), balance_of(bob)) == (340, 0)


@pytest.mark.parametrize("points", [0, -5])
def test_transfer_of_nothing_or_less_is_refused(alice: Client, bob: Client, points: int) -> None:
    with pytest.raises(NothingToAdjust):
        move(alice, bob, points)


def test_transfer_to_oneself_is_refused(alice: Client) -> None:
    with pytest.raises(BadInput):
        move(alice, alice, 1)


def test_transfer_without_a_description_is_refused(alice: Client, bob: Client) -> None:
    with pytest.raises(DescriptionMissing):
        transfer_points(source=alice, target=bob, key="join:1", description=" ", actor=None)


def test_transfer_with_somebody_erased_is_refused(alice: Client, bob: Client) -> None:
    give_points(alice, 340)
    erase_personal_data(client=bob, actor=None)

    with pytest.raises(ClientGone):
        move(alice, bob)
    assert balance_of(alice) == 340


def test_transfer_goes_on_while_loyalty_is_off(alice: Client, bob: Client) -> None:
    give_points(alice, 340)
    turn_off("loyalty")

    move(alice, bob)

    assert (balance_of(alice), balance_of(bob)) == (0, 340)


def test_database_refuses_the_half_of_a_transfer_again(alice: Client, bob: Client) -> None:
    give_points(alice, 340)
    move(alice, bob, 100)
    account = PointAccount.objects.get(client=alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        half(account, -100, "join:1:out")


def half(account: PointAccount, amount: int, key: str) -> PointEntry:
    return post(
        PointEntry, account, account_field="account", kind="transfer", amount=amount, key=key
    )


@pytest.mark.parametrize(
    "lies",
    [
        [("alice", -100, "join:1:out")],
        [("alice", 100, "join:1:in")],
        [("alice", -100, "join:1:out"), ("bob", 99, "join:1:in")],
        [("alice", -100, "join:1:out"), ("alice", 100, "join:1:in")],
        [("alice", -100, "join:1"), ("bob", 100, "join:2")],
    ],
    ids=["never arrives", "from nowhere", "a point less", "one account", "no pair of keys"],
)
def test_audit_finds_a_transfer_without_its_other_half(
    alice: Client, bob: Client, lies: list[tuple[str, int, str]]
) -> None:
    """And no other check does: each half is an honest entry of its own account."""
    give_points(alice, 340)
    accounts = {"alice": PointAccount.objects.get(client=alice), "bob": open_account(bob)}
    drop_guards(["loyalty_pointentry", "loyalty_pointaccount"])

    halves = [half(accounts[who], amount, key) for who, amount, key in lies]

    assert unpaired() == [
        f"transfer {each.pk} ({each.key}) of {each.amount} has no other half that cancels it out"
        for each in halves
    ]
    assert violations() == unpaired()
