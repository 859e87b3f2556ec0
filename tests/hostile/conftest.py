"""The house, its visitors, and a quiet log: thousands of refusals are what is wanted here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group

from clients.models import Client
from giftcards.cards import reveal_code
from tests.factories import PASSWORD, give_card
from tests.hostile.watching import Sender, Watch
from tests.hostile.world import World, make_world, secrets_of, sign_in

Visit = Callable[..., Watch]


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world(alice: Client, pavel: Any) -> World:
    return make_world(alice, pavel)


@pytest.fixture
def good(world: World, alice: Client) -> dict[str, str]:
    """What a person types who knows what to type."""
    return {
        "password": PASSWORD,
        "oldpassword": PASSWORD,
        "old_password": PASSWORD,
        "code": reveal_code(give_card(None, 4000)),
        "client": str(alice.pk),
        "owner": str(alice.pk),
        "reason": "Is staff",
        "text": "Prefers mornings",
        "answer": "Ten years is long",
        "groups": str(Group.objects.order_by("pk")[1].pk),
    } | dict.fromkeys(
        ("password1", "password2", "new_password1", "new_password2"), "n3w pass phrase"
    )


@pytest.fixture
def visit(world: World, quiet: None, bob: Client, request: pytest.FixtureRequest) -> Visit:
    """A watched visitor. Nobody but staff may see anything of Bob's, a guest nothing of Alice's."""
    of_bob = secrets_of(bob, world.salon)

    def come(visitor: str, *, checks_csrf: bool = True) -> Watch:
        browser = Sender(enforce_csrf_checks=checks_csrf)
        person = None if visitor == "guest" else request.getfixturevalue(visitor)
        sign_in(browser, visitor, person)
        theirs = of_bob if visitor in {"guest", "alice"} else {}
        if visitor == "guest":
            theirs = theirs | {"name of Alice": "Andersen", "her visit": world.salon.past.ref}
        return Watch(browser, secrets_of_others=theirs)

    return come
