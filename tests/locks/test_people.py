"""Locks on clients, logins and the row of switches."""

from __future__ import annotations

import pytest

from business.features import set_feature
from business.models import Features
from clients.models import Client
from clients.people import client_for_user, erase_personal_data, update_client
from tests.factories import UserFactory, turn_on
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]


def test_two_changes_of_one_client_are_both_kept(alice: Client) -> None:
    after_rival(
        lambda: update_client(client=alice, actor=None, last_name="Berg"),
        lambda: update_client(client=alice, actor=None, note="Likes tea"),
    )

    alice.refresh_from_db()
    assert (alice.last_name, alice.note) == ("Berg", "Likes tea")


def test_erasing_keeps_what_was_changed_meanwhile(alice: Client) -> None:
    after_rival(
        lambda: update_client(client=alice, actor=None, language="fi"),
        lambda: erase_personal_data(client=alice, actor=None),
    )

    alice.refresh_from_db()
    assert (alice.language, alice.email) == ("fi", "")


def test_the_record_of_a_login_is_made_once(db: None) -> None:
    user = UserFactory()

    outcome = after_rival(lambda: client_for_user(user), lambda: client_for_user(user))

    assert outcome.result == Client.objects.get()


def test_two_switches_at_once_are_both_turned(db: None) -> None:
    turn_on("coupons", "payments")

    after_rival(
        lambda: set_feature(code="coupons", on=False, actor=None),
        lambda: set_feature(code="payments", on=False, actor=None),
    )

    features = Features.objects.get()
    assert (features.coupons, features.payments) == (False, False)
