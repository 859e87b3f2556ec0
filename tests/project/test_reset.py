"""The reset between tests that commit: guards neither stop it nor are lost by it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from foundation.guards import missing_guards

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_leaves_a_row() -> None:
    get_user_model().objects.create(email="left@behind.test")
    assert missing_guards() == []


def test_two_finds_neither_the_row_nor_a_missing_guard() -> None:
    assert not get_user_model().objects.filter(email="left@behind.test").exists()
    assert missing_guards() == []
