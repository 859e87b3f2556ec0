"""What the database refuses when two settings that exclude each other are saved at once."""

from __future__ import annotations

from unittest import mock

import pytest

from business import features
from business.errors import FeatureExcluded
from tests.factories import turn_on

pytestmark = pytest.mark.django_db


def test_an_exclusion_that_only_the_database_sees_is_said_as_one() -> None:
    turn_on("loyalty")

    with (
        mock.patch.object(features, "blockers_of", return_value=[]),
        pytest.raises(FeatureExcluded),
    ):
        features.set_feature(code="clean_history", on=True, actor=None)
