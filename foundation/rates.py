"""Exact attempt counters in the database (reliability T01, T21, T23).

A counter in process memory is multiplied by the number of workers, and one in a lost cache is
"unlimited"; a row and one atomic upsert is neither.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.db.models import F

from foundation import clock
from foundation.crypto import keyed_hash
from foundation.errors import TooManyAttempts
from foundation.models import RateCounter

_UPSERT = """
INSERT INTO foundation_ratecounter (scope, key_hash, "window", count, expires_at)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (scope, key_hash, "window") DO UPDATE SET count = foundation_ratecounter.count + 1
RETURNING count
"""


def hit(scope: str, key: str, *, limit: int, seconds: int) -> None:
    """Count one attempt of ``scope`` by ``key`` in the current window of ``seconds``.

    Raises TooManyAttempts from the attempt after ``limit`` until the window ends. Call it
    outside a transaction that may roll back, or the attempt is forgotten.
    """
    at = clock.now()
    window = int(at.timestamp()) // seconds
    ends = dt.datetime.fromtimestamp((window + 1) * seconds, dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            [
                scope,
                keyed_hash(key, purpose="rate"),
                window,
                connection.ops.adapt_datetimefield_value(ends),
            ],
        )
        count = cursor.fetchone()[0]
    if count > limit:
        raise TooManyAttempts(retry_after=int((ends - at).total_seconds()) + 1)


def take_back(scope: str, key: str, *, seconds: int) -> None:
    """Uncount one attempt that turned out to be honest. Harmless when its window is over."""
    RateCounter.objects.filter(
        scope=scope,
        key_hash=keyed_hash(key, purpose="rate"),
        window=int(clock.now().timestamp()) // seconds,
        count__gt=0,
    ).update(count=F("count") - 1)


def forget_expired() -> int:
    """Delete the counters of windows that are over."""
    return RateCounter.objects.filter(expires_at__lt=clock.now()).delete()[0]
