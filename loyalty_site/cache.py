"""A cache whose loss is not an outage (F12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """A lost Redis reads as empty and forgets what it is told.

    Only second lines of defence live in the cache: what must hold exactly is counted in the
    database (``foundation.rates``).
    """

    def _or(self, fallback: Any, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except RedisError as error:
            logger.warning("cache lost", error=type(error).__name__)
            return fallback

    def add(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> bool:
        parent = super().add
        return bool(self._or(True, lambda: parent(key, value, *args, **kwargs)))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        parent = super().get
        return self._or(default, lambda: parent(key, default, version))

    def set(self, key: Any, value: Any, *args: Any, **kwargs: Any) -> None:
        parent = super().set
        self._or(None, lambda: parent(key, value, *args, **kwargs))

    def touch(self, key: Any, *args: Any, **kwargs: Any) -> bool:
        parent = super().touch
        return bool(self._or(False, lambda: parent(key, *args, **kwargs)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        parent = super().delete
        return bool(self._or(False, lambda: parent(key, version)))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        parent = super().get_many
        return dict(self._or({}, lambda: parent(keys, version)))

    def set_many(self, data: Any, *args: Any, **kwargs: Any) -> list[Any]:
        parent = super().set_many
        return list(self._or([], lambda: parent(data, *args, **kwargs)))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        parent = super().delete_many
        self._or(None, lambda: parent(keys, version))

    def has_key(self, key: Any, version: int | None = None) -> bool:
        parent = super().has_key
        return bool(self._or(False, lambda: parent(key, version)))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        parent = super().incr
        return int(self._or(delta, lambda: parent(key, delta, version)))
