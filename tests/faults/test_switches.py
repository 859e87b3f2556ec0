"""F38 and F39: switches that two people turn at once, and those that balances depend on."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client as Browser

from business import features as rules
from business.errors import FeatureExcluded, FeatureIsNeeded
from business.features import get_features, set_feature
from business.models import Features
from foundation.errors import DomainError
from foundation.models import User
from sales.features import switch_feature
from tests.concurrency.racing import lost, race, won
from tests.factories import UserFactory, turn_on

EXCLUDING = {"loyalty", "clean_history"}


def both_on() -> bool:
    now = get_features()
    return now.loyalty and now.clean_history


@pytest.fixture
def otto(db: None) -> User:
    """A second owner."""
    return UserFactory(email="otto@salon.test", is_superuser=True, is_staff=True)


def turner(code: str, *, on: bool, actor: User) -> Callable[[], Features]:
    return lambda: switch_feature(code=code, on=on, with_others=on, actor=actor)


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_two_owners_turn_excluding_switches_at_once(olga: User, otto: User) -> None:
    results = race(
        turner("loyalty", on=True, actor=olga), turner("clean_history", on=True, actor=otto)
    )

    assert len(won(results)) == 1
    assert [type(error) for error in lost(results)] == [FeatureExcluded]
    assert not both_on()


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_one_owner_turns_loyalty_on_while_another_takes_away_what_it_needs(
    olga: User, otto: User
) -> None:
    turn_on("coupons")

    results = race(turner("loyalty", on=True, actor=olga), turner("coupons", on=False, actor=otto))

    now = get_features()
    assert all(isinstance(error, DomainError) for error in lost(results))
    assert now.coupons or not now.loyalty
    assert {type(error) for error in lost(results)} <= {FeatureIsNeeded}


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_without_the_rule_and_its_lock_the_database_still_refuses(olga: User, otto: User) -> None:
    """The twin: two savers that look at nothing."""
    turn_on("coupons", "payments", "client_login", "gift_cards")

    def careless(code: str) -> Callable[[], int]:
        return lambda: Features.objects.filter(pk=1).update(**{code: True})

    results = race(careless("loyalty"), careless("clean_history"))

    assert [type(error) for error in lost(results)] == [IntegrityError]
    assert not both_on()


@pytest.mark.django_db
def test_a_rule_that_forgets_the_exclusion_is_refused_by_the_database(olga: User) -> None:
    turn_on("loyalty")

    with mock.patch.object(rules, "blockers_of", return_value=[]), pytest.raises(FeatureExcluded):
        set_feature(code="clean_history", on=True, actor=olga)

    assert not both_on()


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["payments", "client_login", "coupons", "gift_cards"])
def test_raw_sql_takes_nothing_away_that_loyalty_needs(column: str) -> None:
    turn_on("loyalty")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE business_features SET {column} = %s WHERE id = 1", [False])

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE business_features SET clean_history = %s WHERE id = 1", [True])


@pytest.mark.django_db
def test_the_second_owner_s_page_says_why(client: Browser, olga: User) -> None:
    """Seen from the browser: Clean history from a page that was loaded before Loyalty came on."""
    client.force_login(olga)
    turn_on("loyalty")

    answer = client.post("/admin/features/clean_history/on/")

    assert answer.status_code in {409, 422}
    assert not both_on()
