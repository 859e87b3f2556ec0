"""How often signing in may be tried, and mail be asked for: exact counters in the database
(reliability T21, T23, F12).

The accounts library's own limits lie in the cache and are the second line. Each kind of try is
counted per address on the network and per account asked for, whether or not that exists, so the
answer tells nothing about accounts.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from foundation import rates
from website.visitors import guess_sources

TEN_MINUTES = 10 * 60
AN_HOUR = 60 * 60


@dataclass(frozen=True)
class Limit:
    """Tries in ``seconds``: a salon's guests share one address, an account is one person's."""

    per_address: int
    per_account: int
    seconds: int


LIMITS = {
    "sign-in": Limit(per_address=60, per_account=10, seconds=TEN_MINUTES),
    "code": Limit(per_address=60, per_account=6, seconds=TEN_MINUTES),
    "visit-link": Limit(per_address=30, per_account=6, seconds=TEN_MINUTES),
    "sign-up": Limit(per_address=30, per_account=6, seconds=AN_HOUR),
    "reset": Limit(per_address=30, per_account=6, seconds=AN_HOUR),
}


def count_try(request: HttpRequest, action: str, email: str) -> None:
    """Count one try of ``action`` for ``email``. Raises TooManyAttempts."""
    limit = LIMITS[action]
    address = guess_sources(request)[0]
    rates.hit(action, address, limit=limit.per_address, seconds=limit.seconds)
    account = f"account:{email.strip().lower()}"
    rates.hit(action, account, limit=limit.per_account, seconds=limit.seconds)
