"""The people that tests are about. ``alice`` and ``bob`` are clients, the others are logins.

``alice.user`` is Alice's login; ``pavel.provider`` is the person clients book. Staff get their
rights from the groups that ``post_migrate`` keeps (backoffice/roles.py).
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from clients.models import Client
from foundation.models import User
from tests.factories import ClientFactory, ProviderFactory, UserFactory


def _client(first: str, last: str) -> Client:
    email = f"{first.lower()}@example.test"
    login = UserFactory(email=email, name=f"{first} {last}")
    return ClientFactory(first_name=first, last_name=last, email=email, user=login)


def _staff(name: str, role: str) -> User:
    first = name.split(maxsplit=1)[0].lower()
    login = UserFactory(email=f"{first}@salon.test", name=name, is_staff=True)
    group = Group.objects.filter(name=role).first()
    assert group is not None, f"no group {role!r}: backoffice.roles.ensure_roles() makes it"
    login.groups.add(group)
    return login


@pytest.fixture
def alice(db: None) -> Client:
    """A client with a login."""
    return _client("Alice", "Andersen")


@pytest.fixture
def bob(db: None) -> Client:
    """Another client with a login."""
    return _client("Bob", "Berg")


@pytest.fixture
def daisy(db: None) -> User:
    """At the front desk."""
    return _staff("Daisy Dahl", "Front desk")


@pytest.fixture
def pavel(db: None) -> User:
    """A provider, with a provider's login."""
    login = _staff("Pavel Pihl", "Provider")
    ProviderFactory(name=login.name, user=login)
    return login


@pytest.fixture
def maria(db: None) -> User:
    """The manager."""
    return _staff("Maria Malm", "Manager")


@pytest.fixture
def olga(db: None) -> User:
    """The owner."""
    return _staff("Olga Olsen", "Owner")
