"""Every address of the resolver times every kind of visitor, and what must never break one.

An address without an expectation fails: a new page has no say about who sees it until somebody
decided (tests/project/addresses.py, tests/backoffice/addresses.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override

from clients.models import Client
from notifications.stop_links import make_stop_token
from tests.backoffice.addresses import ADDRESSES, LETTERS
from tests.journeys.salon import Salon, fill_salon, rows_of
from tests.project.addresses import ACCOUNTS, CLOSED, PANEL, SIGN_IN, WEBSITE

pytestmark = pytest.mark.django_db

VISITORS = ("guest", "alice", "bob", "daisy", "pavel", "maria", "olga")
STAFF = tuple(LETTERS)
PANEL_PAGES = {address.name: address for address in ADDRESSES}


# --- every address of the resolver ----------------------------------------------------------------


def named(resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all patterns; a pattern without a name stands there by its route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            deeper = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from named(pattern, deeper)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name)) if pattern.name else str(pattern.pattern)


# The admin's: a short address of a row leads to its form, and whatever else is asked for is
# answered by the sign-in page or a 404 (test_the_panel_tells_a_stranger_nothing).
NAMELESS = {"<path:object_id>/", "(?P<url>.*)$"}


EXPECTED = WEBSITE.keys() | ACCOUNTS.keys() | PANEL.keys() | PANEL_PAGES.keys()


def test_each_address_has_an_expectation() -> None:
    found = set(named()) - NAMELESS
    assert sorted(found - EXPECTED) == [], "nobody said who sees these"
    assert sorted(EXPECTED - found) == [], "expected, and not there"


# --- the world ------------------------------------------------------------------------------------


@dataclass
class World:
    rows: dict[str, Any]

    def path(self, name: str) -> str:
        return reverse(name, args=[self._argument(each) for each in arguments_of(name)])

    def _argument(self, name: str) -> Any:
        return name[1:] if name.startswith("=") else self.rows[name]


def arguments_of(name: str) -> tuple[str, ...]:
    """What stands in an address: names of rows, or with an equals sign itself."""
    if name in PANEL:
        return PANEL[name].args
    if name in PANEL_PAGES:
        page = PANEL_PAGES[name]
        return (page.row,) if page.row else tuple(f"={word}" for word in page.words)
    here = WEBSITE.get(name) or ACCOUNTS[name]
    return (here.row,) if here.row else ()


@pytest.fixture
def world(alice: Client, pavel: Any) -> World:
    salon: Salon = fill_salon(alice, pavel.provider)
    # The panel knows a card by its id, the website by its token.
    website = {
        "website_card": salon.bought.token,
        "massage": salon.massage.slug,
        "yoga": salon.yoga.slug,
        "draft": salon.draft.token,
        "visit": salon.coming.ref,
        "card_type": salon.card_type.slug,
        "stop_token": make_stop_token(alice.pk),
    }
    return World(rows_of(salon) | website)


def sign_in(browser: Browser, visitor: str, request: pytest.FixtureRequest) -> None:
    # A fault is one line of a test's answer, beside the other lines.
    browser.raise_request_exception = False
    if visitor == "guest":
        return
    person = request.getfixturevalue(visitor)
    browser.force_login(person.user if isinstance(person, Client) else person)


def all_paths(world: World) -> dict[str, str]:
    with override("en"):
        return {name: world.path(name) for name in sorted(EXPECTED.intersection(named()))}


def own_paths(world: World, visitor: str) -> dict[str, str]:
    """The half of the site that is this visitor's: the panel is for staff. Who comes to the other
    half is in the table above; what breaks there, its own visitors find."""
    panel = PANEL.keys() | PANEL_PAGES.keys()
    paths = all_paths(world)
    return {name: path for name, path in paths.items() if (name in panel) == (visitor in STAFF)}


# --- who gets what --------------------------------------------------------------------------------


def expected(name: str, visitor: str) -> int | str:
    if name in PANEL:
        return PANEL[name].answer if visitor in STAFF else PANEL[name].strangers
    if name in PANEL_PAGES:
        page = PANEL_PAGES[name]
        if page.is_posted:
            return CLOSED
        if visitor not in STAFF:
            return SIGN_IN
        return page.status if page.opens_for(visitor) else 403
    here = WEBSITE.get(name) or ACCOUNTS[name]
    return here.answer_to("staff" if visitor in STAFF else visitor)


def answer_of(name: str, response: Any) -> int | str:
    place = response.headers.get("Location", "")
    door = "/admin/login/" if name in PANEL or name in PANEL_PAGES else "/account/login/"
    if response.status_code == 302 and place.startswith(door):
        return SIGN_IN
    return int(response.status_code)


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_address_times_every_visitor(
    visitor: str, world: World, client: Browser, request: pytest.FixtureRequest
) -> None:
    sign_in(client, visitor, request)
    wrong = []
    for name, path in all_paths(world).items():
        found, wanted = answer_of(name, client.get(path)), expected(name, visitor)
        if found != wanted:
            wrong.append(f"{name} {path}: {found}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["da", "fi"])
def test_every_address_of_the_website_in_every_language(
    language: str, world: World, client: Browser, request: pytest.FixtureRequest
) -> None:
    sign_in(client, "alice", request)
    wrong = []
    for name, path in all_paths(world).items():
        if name not in WEBSITE or name == "healthz":
            continue
        response = client.get(f"/{language}{path}")
        wanted = expected(name, "alice")
        said = response.headers.get("Content-Language", language)
        if response.status_code != wanted or said != language:
            wrong.append(f"{path}: {response.status_code} in {said}, expected {wanted}")
    assert not wrong, "\n".join(wrong)


# --- forms of strangers ---------------------------------------------------------------------------

# A mail program posts here by itself, without a session (RFC 8058); the signed token is its key.
WITHOUT_CSRF_TOKEN = {"website:stop_messages"}


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
def test_no_address_takes_a_form_of_another_site(
    visitor: str, world: World, request: pytest.FixtureRequest
) -> None:
    browser = Browser(enforce_csrf_checks=True)
    sign_in(browser, visitor, request)
    taken = {}
    for name, path in all_paths(world).items():
        status = browser.post(path, {"next": "/", "theme": "dark"}).status_code
        if status != 403:
            taken[name] = status
    assert taken == dict.fromkeys(WITHOUT_CSRF_TOKEN, 200)


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
def test_no_form_breaks_a_page(
    visitor: str, world: World, client: Browser, request: pytest.FixtureRequest
) -> None:
    """Empty, and with what no form of ours sends: refused or answered, never a fault."""
    broken = []
    for name, path in own_paths(world, visitor).items():
        for sent in ({}, dict.fromkeys(FIELDS, "\x00"), dict.fromkeys(FIELDS, "9" * 30)):
            sign_in(client, visitor, request)  # a form before it may have signed out
            status = client.post(path, sent).status_code
            if status >= 500:
                broken.append(f"{name} {path}: {status} to {str(sent)[:40]}")
    assert not broken, "\n".join(broken)


# --- what people type into the address bar --------------------------------------------------------

FIELDS = (
    "action added at amount before body card cards_pay category client code day description draft "
    "email e first form_token from k kind language last_name login minutes name next note o "
    "on_only owner p page password phone points provider q service show starts_at status subject "
    "theme to token total type view week when with "
    "_popup _to_field _changelist_filters all id__exact state part field_name model_name app_label"
).split()
# As they stand in an address: NUL, a number no column holds, a digit that is no decimal, bytes
# that are no UTF-8, a date at the end of time, a week that is none.
NASTY = ("%00", "9" * 25, "%C2%B2", "%ED%A0%80", "9999-12-31", "2025-W99")


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
def test_no_query_string_breaks_a_page(
    visitor: str, world: World, client: Browser, request: pytest.FixtureRequest
) -> None:
    sign_in(client, visitor, request)
    broken = []
    for name, path in own_paths(world, visitor).items():
        if expected(name, visitor) in {SIGN_IN, CLOSED}:
            continue
        for value in NASTY:
            status = client.get(f"{path}?" + "&".join(f"{f}={value}" for f in FIELDS)).status_code
            if status >= 500:
                broken.append(f"{name} {path} {value[:20]}: {status}")
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
def test_no_odd_key_in_an_address_breaks_it(
    visitor: str, world: World, client: Browser, request: pytest.FixtureRequest
) -> None:
    sign_in(client, visitor, request)
    broken = []
    for name, path in own_paths(world, visitor).items():
        for key in _keys_in(name, path, world):
            for odd in ("x", "9" * 25, "-1", "_00", "%00", "%ED%A0%80", "²"):
                asked = path.replace(f"/{key}/", f"/{odd if '%' in odd else quote(odd)}/", 1)
                status = client.get(asked).status_code
                if status >= 500:
                    broken.append(f"{name} {asked}: {status}")
    assert not broken, "\n".join(broken)


def _keys_in(name: str, path: str, world: World) -> list[str]:
    found = [each[1:] if each[0] == "=" else str(world.rows[each]) for each in arguments_of(name)]
    return [each for each in found if f"/{each}/" in path]


@pytest.mark.parametrize("visitor", ["guest", "alice"])
def test_the_panel_tells_a_stranger_nothing(
    visitor: str, client: Browser, request: pytest.FixtureRequest
) -> None:
    """What is there and what is not look the same from outside."""
    sign_in(client, visitor, request)
    for path in ("/admin/clients/client/1/", "/admin/nothing/", "/admin/clients/client/x/"):
        assert answer_of("admin:index", client.get(path)) == SIGN_IN, path
