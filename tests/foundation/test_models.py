from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from foundation.locks import violated_constraint
from foundation.models import User

pytestmark = pytest.mark.django_db


def test_create_user_folds_the_address_and_may_do_without_a_password():
    user = User.objects.create_user("  Alice@Example.Test ", name="Alice Andersen")

    assert user.email == "alice@example.test"
    assert not user.has_usable_password()
    assert User.objects.get_by_natural_key(" ALICE@example.test") == user
    assert (str(user), user.get_short_name()) == ("Alice Andersen", "Alice")


def test_create_superuser_may_everything():
    user = User.objects.create_superuser("owner@example.test", "a long enough pass phrase")

    assert (user.is_staff, user.is_superuser) == (True, True)
    assert user.check_password("a long enough pass phrase")


def test_one_address_is_one_login():
    User.objects.create_user("alice@example.test")

    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ALICE@example.test")


def test_the_database_refuses_an_address_in_capitals():
    user = User.objects.create_user("alice@example.test")

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Alice@example.test")

    assert "user_email_lower_case" in violated_constraint(refused.value)
