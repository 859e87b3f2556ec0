"""One server for all rival posts of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.live.salon import Salon, make_owner
from tests.live.server import PEPPER, Site, running


@pytest.fixture(scope="module")
def site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web service on the tests' database; its tests are marked ``django_db``, without which
    pytest-django makes none."""
    assert connection.settings_dict["NAME"] == connection.settings_dict["TEST"]["NAME"]
    with running(tmp_path_factory.mktemp("live")) as site:
        yield site


@pytest.fixture
def salon(site: Site, transactional_db: None, settings: Any) -> Salon:
    settings.CODE_HASH_PEPPER = PEPPER
    return Salon(site, make_owner())
