"""Corrections by hand, spending and returning: the commands, and the database behind them."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from business.errors import FeatureOff
from clients.consents import record_consent
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.errors import BadInput, FormAlreadyUsed, NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.errors import (
    AboveLimit,
    BelowZero,
    DescriptionMissing,
    InsufficientPoints,
    NothingToAdjust,
)
from loyalty.models import PointAccount, PointEntry, PointKind
from loyalty.points import adjust_points, balance_of, open_account, return_points, spend_points
from notifications.models import Message
from tests.factories import RewardFactory, give_points, turn_off, turn_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty_on(db: None) -> None:
    turn_on("loyalty")


def adjust(
    client: Client,
    actor: User,
    amount: int,
    token: str | None = None,
    *,
    description: str = "Sorry for the wait",
    tell: bool = True,
) -> PointEntry:
    return adjust_points(
        client=client,
        amount=amount,
        description=description,
        form_token=token or new_form_token(),
        actor=actor,
        tell_client=tell,
    )


def test_adjust_adds_points_with_the_staff_members_words(alice: Client, maria: User) -> None:
    entry = adjust(alice, maria, 340)

    assert (entry.amount, entry.balance_after, entry.sequence) == (340, 340, 1)
    assert (entry.kind, entry.description, entry.actor) == (
        PointKind.ADJUST,
        "Sorry for the wait",
        maria,
    )
    assert balance_of(alice) == 340


def test_adjust_with_a_minus_deducts(alice: Client, maria: User) -> None:
    adjust(alice, maria, 340)

    assert adjust(alice, maria, -50).balance_after == 290


def test_adjust_below_zero_is_refused_with_what_is_there(alice: Client, maria: User) -> None:
    adjust(alice, maria, 340)

    with pytest.raises(BelowZero) as refusal:
        adjust(alice, maria, -341)

    assert str(refusal.value) == "Alice has 340 points; you can deduct at most 340."
    assert balance_of(alice) == 340


def test_adjust_repeated_with_the_same_form_adds_once(alice: Client, maria: User) -> None:
    token = new_form_token()

    first, second = adjust(alice, maria, 100, token), adjust(alice, maria, 100, token)

    assert first == second
    assert balance_of(alice) == 100


def test_adjust_that_emptied_the_account_can_be_repeated(alice: Client, maria: User) -> None:
    adjust(alice, maria, 100)
    token = new_form_token()

    first = adjust(alice, maria, -100, token)

    assert adjust(alice, maria, -100, token) == first


def test_adjust_with_a_used_form_and_another_amount_is_refused(alice: Client, maria: User) -> None:
    token = new_form_token()
    adjust(alice, maria, 100, token)

    with pytest.raises(FormAlreadyUsed):
        adjust(alice, maria, 200, token)


def test_adjust_with_a_used_form_and_other_words_is_refused(alice: Client, maria: User) -> None:
    token = new_form_token()
    adjust(alice, maria, 100, token)

    with pytest.raises(FormAlreadyUsed):
        adjust(alice, maria, 100, token, description="Other words")


@pytest.mark.parametrize("token", ["", "short", "x" * 120, "bad token é with blanks"])
def test_adjust_refuses_a_token_that_is_not_ours(alice: Client, maria: User, token: str) -> None:
    with pytest.raises(BadInput):
        adjust_points(
            client=alice,
            amount=1,
            description="x",
            form_token=token,
            actor=maria,
            tell_client=False,
        )


def test_adjust_with_a_used_form_and_another_client_is_refused(
    alice: Client, bob: Client, maria: User
) -> None:
    token = new_form_token()
    adjust(alice, maria, 100, token)

    with pytest.raises(FormAlreadyUsed):
        adjust(bob, maria, 100, token)


@pytest.mark.parametrize("amount", [0, 10**7, -(10**7), 10**500])
def test_adjust_refuses_nothing_and_absurd_amounts(alice: Client, maria: User, amount: int) -> None:
    with pytest.raises(NothingToAdjust):
        adjust(alice, maria, amount)


def test_adjust_needs_a_description(alice: Client, maria: User) -> None:
    with pytest.raises(DescriptionMissing):
        adjust(alice, maria, 10, description="  ")


def test_front_desk_may_adjust_up_to_the_limit(alice: Client, daisy: User) -> None:
    adjust(alice, daisy, 500)

    with pytest.raises(AboveLimit):
        adjust(alice, daisy, 501)


def test_provider_may_not_adjust(alice: Client, pavel: User) -> None:
    with pytest.raises(NotAllowed):
        adjust(alice, pavel, 1)


def test_adjust_while_loyalty_is_off_is_refused(alice: Client, maria: User) -> None:
    turn_off("loyalty")

    with pytest.raises(FeatureOff):
        adjust(alice, maria, 10)

    assert balance_of(alice) == 0


def test_adjust_of_an_erased_client_is_refused(alice: Client, maria: User) -> None:
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        adjust(alice, maria, 10)


def test_adjust_tells_only_clients_who_agreed(alice: Client, bob: Client, maria: User) -> None:
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=None)

    entry = adjust(alice, maria, 10)
    adjust(bob, maria, 10)

    assert [(m.client, m.subjects) for m in Message.objects.all()] == [(alice, {"entry": entry.pk})]


def test_adjust_tells_nobody_when_not_asked(alice: Client, maria: User) -> None:
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=None)

    adjust(alice, maria, 10, tell=False)

    assert not Message.objects.exists()


def test_spend_takes_points_for_a_reward(alice: Client) -> None:
    give_points(alice, 820)
    reward = RewardFactory(points=500)

    entry = spend_points(client=alice, reward=reward, points=500, key="form:x:spend", actor=None)

    assert (entry.amount, entry.balance_after, entry.reward) == (-500, 320, reward)


def test_spend_more_than_there_is_says_how_many_are_missing(alice: Client) -> None:
    give_points(alice, 340)

    with pytest.raises(InsufficientPoints) as refusal:
        spend_points(client=alice, reward=RewardFactory(), points=500, key="k", actor=None)

    assert refusal.value.missing == 160
    assert balance_of(alice) == 340


def test_spend_repeated_returns_the_first_entry_even_when_nothing_is_left(alice: Client) -> None:
    give_points(alice, 500)
    reward = RewardFactory()

    first = spend_points(client=alice, reward=reward, points=500, key="k", actor=None)

    assert spend_points(client=alice, reward=reward, points=500, key="k", actor=None) == first


def test_return_gives_back_once_and_also_while_loyalty_is_off(alice: Client) -> None:
    give_points(alice, 500)
    spent = spend_points(client=alice, reward=RewardFactory(), points=500, key="k", actor=None)
    turn_off("loyalty")

    first = return_points(entry=spent, description="", actor=None)

    assert return_points(entry=spent, description="", actor=None) == first
    assert (first.amount, first.reverses, balance_of(alice)) == (500, spent, 500)


# --- the database refuses when the commands are bypassed ----------------------------------------


def raw_entry(account: PointAccount, **changes: object) -> PointEntry:
    fields = {
        "account": account,
        "sequence": account.last_sequence + 1,
        "kind": PointKind.ADJUST,
        "amount": 10,
        "balance_after": account.balance + 10,
        "key": "raw",
        "occurred_at": timezone.now(),
        "created_at": timezone.now(),
    } | changes
    return PointEntry(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"balance_after": 999}, "chain"),
        ({"sequence": 7}, "chain"),
        ({"sequence": 0}, "chain|from_one"),
        ({"kind": "spend"}, "sign"),
        ({"amount": -400, "balance_after": -60, "kind": "spend"}, "floor"),
        ({"amount": 0, "balance_after": 340}, "not_zero|sign"),
        ({"kind": "gift"}, "sign"),
    ],
)
def test_database_refuses_an_entry_that_lies(
    alice: Client, changes: dict[str, object], guard: str
) -> None:
    give_points(alice, 340)
    account = PointAccount.objects.get(client=alice)

    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        raw_entry(account, **changes).save(force_insert=True)


def test_database_refuses_a_key_twice(alice: Client) -> None:
    entry = give_points(alice, 340)
    account = PointAccount.objects.get(client=alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        raw_entry(account, key=entry.key).save(force_insert=True)


def test_database_refuses_to_change_or_delete_an_entry(alice: Client) -> None:
    entry = give_points(alice, 340)

    for statement in (
        "UPDATE loyalty_pointentry SET amount = 1000 WHERE id = %s",
        "UPDATE loyalty_pointentry SET description = 'other words' WHERE id = %s",
        "UPDATE loyalty_pointentry SET description = '', amount = 1 WHERE id = %s",
        "DELETE FROM loyalty_pointentry WHERE id = %s",
    ):
        with (
            pytest.raises(DatabaseError, match="append_only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [entry.pk])

    entry.refresh_from_db()
    assert (entry.amount, entry.description) == (340, "A present")


def test_database_lets_a_description_be_blanked_and_nothing_else(alice: Client) -> None:
    entry = give_points(alice, 340)

    assert PointEntry.objects.filter(pk=entry.pk).update(description="") == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a deferred constraint: PostgreSQL's")
def test_database_refuses_a_balance_that_is_not_the_last_entrys(alice: Client) -> None:
    give_points(alice, 340)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="cached_balance"), transaction.atomic():
        PointAccount.objects.filter(client=alice).update(balance=1_000)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="a deferred constraint: PostgreSQL's")
def test_database_refuses_an_entry_that_its_account_does_not_know(alice: Client) -> None:
    account = open_account(alice)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="cached_balance"), transaction.atomic():
        raw_entry(account).save(force_insert=True)
