"""How much a role may move by hand, at once and in a day."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission

from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.correcting_limits import Limits, limits_of, moved_today
from loyalty.errors import AboveDayLimit, AboveLimit
from loyalty.models import CorrectionLimit, PointEntry
from loyalty.points import adjust_points, balance_of
from tests.conftest import Clock
from tests.factories import UserFactory, give_points, turn_on

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loyalty_on(db: None) -> None:
    turn_on("loyalty")


def limit(role: str, **limits: int | None) -> None:
    CorrectionLimit.objects.filter(role__name=role).update(**limits)


def adjust(client: Client, actor: User, amount: int, token: str = "") -> PointEntry:
    return adjust_points(
        client=client,
        amount=amount,
        description="Sorry for the wait",
        form_token=token or new_form_token(),
        actor=actor,
        tell_client=False,
    )


def test_roles_begin_with_500_at_the_desk_and_no_limit_for_managers(
    daisy: User, maria: User, olga: User
) -> None:
    assert limits_of(daisy) == Limits(500, None)
    assert limits_of(maria) == limits_of(olga) == Limits(None, None)


def test_a_limit_holds_for_managers_too(alice: Client, maria: User) -> None:
    limit("Manager", per_entry=1000)

    with pytest.raises(AboveLimit):
        adjust(alice, maria, 1001)

    assert adjust(alice, maria, 1000).balance_after == 1000


def test_two_roles_have_the_widest_of_each(daisy: User) -> None:
    daisy.groups.add(Group.objects.get(name="Manager"))
    limit("Front desk", per_entry=500, per_day=None)
    limit("Manager", per_entry=900, per_day=2000)

    assert limits_of(daisy) == Limits(900, None)


def test_who_has_the_right_without_a_role_moves_nothing_alone(alice: Client) -> None:
    somebody = UserFactory(is_staff=True)
    somebody.user_permissions.add(Permission.objects.get(codename="adjust_points"))

    with pytest.raises(AboveLimit):
        adjust(alice, User.objects.get(pk=somebody.pk), 1)


def test_a_superuser_has_no_limit() -> None:
    assert limits_of(UserFactory(is_superuser=True)) == Limits(None, None)


def test_no_points_at_once_is_a_limit(alice: Client, daisy: User) -> None:
    limit("Front desk", per_entry=0)

    with pytest.raises(AboveLimit):
        adjust(alice, daisy, 1)


def test_points_added_and_deducted_count_towards_the_day(
    alice: Client, bob: Client, daisy: User
) -> None:
    limit("Front desk", per_day=600)
    adjust(alice, daisy, 300)
    adjust(alice, daisy, -200)

    with pytest.raises(AboveDayLimit) as refusal:
        adjust(bob, daisy, 101)

    assert (
        str(refusal.value) == "You may add or deduct at most 600 points a day; 100 are left today."
    )
    assert moved_today(daisy) == 500
    assert adjust(bob, daisy, 100).balance_after == 100


def test_a_day_of_the_salon_begins_at_its_own_midnight(
    alice: Client, daisy: User, clock: Clock
) -> None:
    limit("Front desk", per_day=500)
    adjust(alice, daisy, 500)

    clock.move_to(clock.now.replace(hour=21, minute=59))
    with pytest.raises(AboveDayLimit):
        adjust(alice, daisy, 1)

    # 00.00 in Helsinki.
    clock.move_to(clock.now.replace(hour=22, minute=0))
    assert adjust(alice, daisy, 500).balance_after == 1000


def test_what_others_did_and_what_clients_spend_does_not_count(
    alice: Client, daisy: User, maria: User
) -> None:
    limit("Front desk", per_day=100)
    adjust(alice, maria, 5000)
    give_points(alice, 5000)

    assert moved_today(daisy) == 0
    assert adjust(alice, daisy, 100).balance_after == 10_100


def test_a_form_that_was_used_returns_its_entry_when_the_day_is_full(
    alice: Client, daisy: User
) -> None:
    limit("Front desk", per_day=100)
    token = new_form_token()

    first = adjust(alice, daisy, 100, token)

    assert adjust(alice, daisy, 100, token) == first
    assert balance_of(alice) == 100


def test_ensure_roles_keeps_a_limit_that_was_changed() -> None:
    from backoffice.roles import ensure_roles

    limit("Front desk", per_entry=40)

    ensure_roles()

    assert CorrectionLimit.objects.get(role__name="Front desk").per_entry == 40


def test_the_limit_of_the_business_was_taken_over(db: Any) -> None:
    """The migration, on rows as they were."""
    from importlib import import_module

    migration = import_module("loyalty.migrations.0011_limit_of_the_desk")
    Group.objects.filter(name="Front desk").delete()

    class Business:
        desk_adjust_limit = 750
        objects: Any

    class Rows:
        given: dict[str, int] = {}

        def filter(self, **_fields: Any) -> Rows:
            return self

        def first(self) -> type[Business]:
            return Business

        def update(self, **fields: int) -> None:
            self.given.update(fields)

    Business.objects = Rows()
    models = {"Business": Business, "Group": Group, "CorrectionLimit": CorrectionLimit}

    class Apps:
        @staticmethod
        def get_model(_app: str, name: str) -> Any:
            return models[name]

    migration.take_over(Apps, None)
    assert CorrectionLimit.objects.get(role__name="Front desk").per_entry == 750

    CorrectionLimit.objects.filter(role__name="Front desk").update(per_entry=800)
    migration.give_back(Apps, None)
    assert Rows.given == {"desk_adjust_limit": 800}
