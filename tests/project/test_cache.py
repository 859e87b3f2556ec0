"""F12: a lost Redis reads as empty and breaks no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from loyalty_site.cache import ForgivingRedisCache


@pytest.fixture(scope="module")
def lost() -> ForgivingRedisCache:
    """Nothing listens there."""
    return ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 1}})


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda cache: cache.get("a"), None),
        (lambda cache: cache.get("a", "fallback"), "fallback"),
        (lambda cache: cache.set("a", 1), None),
        (lambda cache: cache.add("a", 1), True),
        (lambda cache: cache.incr("a"), 1),
        (lambda cache: cache.touch("a"), False),
        (lambda cache: cache.delete("a"), False),
        (lambda cache: cache.get_many(["a"]), {}),
        (lambda cache: cache.set_many({"a": 1}), []),
        (lambda cache: cache.delete_many(["a"]), None),
        (lambda cache: cache.has_key("a"), False),
        (lambda cache: "a" in cache, False),
        (lambda cache: cache.get_or_set("a", 5), 5),
    ],
)
def test_each_operation_goes_on(
    lost: ForgivingRedisCache, call: Callable[[Any], Any], expected: Any
) -> None:
    assert call(lost) == expected
