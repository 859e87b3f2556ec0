"""The website's addresses as robots ask for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.asking import ask, headers, keys, methods, queries, rotate
from tests.hostile.conftest import Visit
from tests.hostile.nasty import PATHS
from tests.hostile.shares import enough, step
from tests.hostile.watching import thin_frame
from tests.hostile.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.long]


def test_no_address_of_the_website_breaks(
    visit: Visit, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = visit("guest")
    thin_frame(settings, monkeypatch)
    with watch.watching():
        for name, path in world.paths_of("guest").items():
            asked = [*queries(path), *headers(path), *methods(path), *keys(world, name, path)]
            for question in asked[:: step()]:
                ask(watch, "guest", name, question)
    assert not watch.broken, "\n".join(watch.broken)
    enough("addresses of the website", watch.count)


def test_no_address_of_a_client_breaks(
    visit: Visit, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that a guest does not get; the headers go round from page to page."""
    watch = visit("alice")
    thin_frame(settings, monkeypatch)
    with watch.watching():
        for number, (name, path) in enumerate(world.paths_of("alice").items()):
            some = rotate([*headers(path), *methods(path)], number, 6)
            asked = [*queries(path), *some, *keys(world, name, path)]
            for question in asked[:: step()]:
                ask(watch, "alice", name, question)
    assert not watch.broken, "\n".join(watch.broken)
    assert watch.count >= 700 // step() // 2


@pytest.mark.parametrize("visitor", ["guest", "olga"])
def test_no_address_of_nobody_breaks(visitor: str, visit: Visit) -> None:
    watch = visit(visitor)
    with watch.watching():
        for path in PATHS:
            for method in ("GET", "POST", "HEAD"):
                watch.send("a path", method, path)
    assert not watch.broken, "\n".join(watch.broken)
    enough("addresses of nobody", 2 * watch.count)


@pytest.mark.parametrize(
    "path", ["/account/login/", "/gift-cards/balance/", "/admin/login/", "/no/"]
)
def test_a_form_in_another_charset_is_refused(path: str, visit: Visit) -> None:
    """Django's own page for 400 reads the form again, for its token, and breaks on it."""
    browser = visit("guest").browser
    browser.cookies["csrftoken"] = "a" * 32

    answer = browser.generic(
        "POST", path, b"a=b", "application/x-www-form-urlencoded; charset=utf-16"
    )

    assert answer.status_code == 400
    assert "We could not read that request" in answer.content.decode()
