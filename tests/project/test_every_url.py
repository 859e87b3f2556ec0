"""Every address of the resolver times every kind of visitor.

An address without an expectation fails: a new page has no say about who sees it until somebody
decided (tests/project/addresses.py, tests/backoffice/addresses.py). Which role opens which page of
the panel is asked once, in tests/backoffice/test_roles.py; what must never break one is in
tests/hostile/.
"""

from __future__ import annotations

from typing import Any

import pytest

from clients.models import Client
from tests.hostile.watching import Sender
from tests.hostile.world import (
    EXPECTED,
    NAMELESS,
    PANEL_PAGES,
    STAFF,
    VISITORS,
    World,
    answer_of,
    expected,
    make_world,
    named,
    sign_in,
)
from tests.project.addresses import WEBSITE

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_each_address_has_an_expectation() -> None:
    found = set(named()) - NAMELESS
    assert sorted(found - EXPECTED) == [], "nobody said who sees these"
    assert sorted(EXPECTED - found) == [], "expected, and not there"


@pytest.fixture
def world(alice: Client, pavel: Any) -> World:
    return make_world(alice, pavel)


def come_as(browser: Sender, visitor: str, request: pytest.FixtureRequest) -> None:
    sign_in(browser, visitor, None if visitor == "guest" else request.getfixturevalue(visitor))


def is_asked_by_the_roles(name: str, visitor: str) -> bool:
    """A page of the panel that staff ask for. Those that take a POST only are refused here: there
    they are posted to."""
    return visitor in STAFF and name in PANEL_PAGES and not PANEL_PAGES[name].is_posted


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_times_every_visitor(
    visitor: str, world: World, request: pytest.FixtureRequest
) -> None:
    browser = Sender()
    come_as(browser, visitor, request)
    wrong = []
    for name, path in world.paths.items():
        if is_asked_by_the_roles(name, visitor):
            continue
        found, wanted = answer_of(name, browser.get(path)), expected(name, visitor)
        if found != wanted:
            wrong.append(f"{name} {path}: {found}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["da", "fi"])
def test_every_address_of_the_website_in_every_language(
    language: str, world: World, request: pytest.FixtureRequest
) -> None:
    browser = Sender()
    come_as(browser, "alice", request)
    wrong = []
    for name, path in world.paths.items():
        if name not in WEBSITE or name == "healthz":
            continue
        response = browser.get(f"/{language}{path}")
        wanted = expected(name, "alice")
        said = response.headers.get("Content-Language", language)
        if response.status_code != wanted or said != language:
            wrong.append(f"{path}: {response.status_code} in {said}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


# --- forms of strangers ---------------------------------------------------------------------------

# A mail program posts here by itself, without a session (RFC 8058); the signed token is its key.
WITHOUT_CSRF_TOKEN = {"website:stop_messages"}


@pytest.mark.parametrize("visitor", ["guest", "olga"])
def test_no_address_takes_a_form_of_another_site(
    visitor: str, world: World, request: pytest.FixtureRequest
) -> None:
    browser = Sender(enforce_csrf_checks=True)
    come_as(browser, visitor, request)
    taken = {}
    for name, path in world.paths.items():
        status = browser.post(path, {"next": "/", "theme": "dark"}).status_code
        if status != 403:
            taken[name] = status
    assert taken == dict.fromkeys(WITHOUT_CSRF_TOKEN, 200)
