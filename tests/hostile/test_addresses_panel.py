"""The panel's addresses, asked for from outside and from inside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile.asking import ask, headers, keys, methods, queries, rotate
from tests.hostile.conftest import Visit
from tests.hostile.shares import enough, step
from tests.hostile.watching import thin_frame
from tests.hostile.world import World, answer_of

pytestmark = [pytest.mark.django_db, pytest.mark.long]

OUTSIDE = "addresses of the panel, from outside"
INSIDE = "addresses of the panel, from inside"


@pytest.mark.parametrize("visitor", ["guest", "alice"])
def test_no_address_of_the_panel_opens_to_a_stranger(
    visitor: str, visit: Visit, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = visit(visitor)
    thin_frame(settings, monkeypatch)
    with watch.watching():
        for number, (name, path) in enumerate(world.paths_of("olga").items()):
            asked = [*headers(path), *methods(path), *rotate(list(queries(path)), number, 3)]
            for question in asked[:: step()]:
                ask(watch, visitor, name, question)
    assert not watch.broken, "\n".join(watch.broken)
    enough(OUTSIDE, 2 * watch.count)


def test_no_address_of_the_panel_breaks(
    visit: Visit, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of the panel are large: the questions go round from address to address, so that each
    is asked of many."""
    watch = visit("olga")
    thin_frame(settings, monkeypatch)
    with watch.watching():
        for number, (name, path) in enumerate(world.paths_of("olga").items()):
            asked = [
                *rotate(list(queries(path)), number, 4),
                *rotate([*headers(path), *methods(path)], number, 4),
                *rotate(list(keys(world, name, path)), number, 5),
            ]
            for question in asked[:: step()]:
                ask(watch, "olga", name, question)
    assert not watch.broken, "\n".join(watch.broken)
    enough(INSIDE, watch.count)


def test_no_address_opens_to_the_wrong_role(
    visit: Visit, world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pavel sees his own calendar; no header or method opens what is the managers'."""
    watch = visit("pavel")
    thin_frame(settings, monkeypatch)
    with watch.watching():
        for number, (name, path) in enumerate(world.paths_of("pavel").items()):
            some = rotate([*headers(path), *methods(path)], number, 3)
            for question in some[:: min(step(), 3)]:
                ask(watch, "pavel", name, question)
    assert not watch.broken, "\n".join(watch.broken)


@pytest.mark.parametrize("visitor", ["guest", "alice"])
def test_the_panel_tells_a_stranger_nothing(visitor: str, visit: Visit) -> None:
    """What is there and what is not look the same from outside."""
    watch = visit(visitor)
    for path in ("/admin/clients/client/1/", "/admin/nothing/", "/admin/clients/client/x/"):
        answer = watch.browser.generic("GET", path)
        assert answer_of("admin:index", answer) == "sign in first", path
