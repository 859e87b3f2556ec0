"""Finding a card by the code somebody typed, without telling a guesser anything.

Every failure costs the same work (a keyed hash and one look-up by index) and gives the same
answer; the reason goes to the log (reliability T01, T02). Attempts are counted before the
look-up, in the database and outside any transaction that could forget them: per source, so that
one visitor's guesses stop early, and for the whole shop, so that a thousand sources do not help.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import transaction

from foundation import clock, rates
from giftcards.codes import NO_CODE, fold_code, hash_code
from giftcards.errors import CodeNotUsable
from giftcards.models import GiftCard
from giftcards.terms import why_not_usable

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 600
TRIES_PER_SOURCE = 10
TRIES_SHOP_WIDE = 200

_SOURCE, _SHOP = "gift-code", "gift-code-shop"


def find_usable_card(code: str, *, sources: Sequence[str]) -> GiftCard:
    """The card behind ``code``, if it pays now.

    ``sources`` name where the attempt comes from, each counted by itself: the address, the
    session or login. A success does not count. Call it outside a transaction. Raises
    CodeNotUsable for anything that does not pay, TooManyAttempts before looking at all.
    """
    counted = _count(sources)
    card, reason = _look_up(code)
    if card is None or reason is not None:
        logger.warning("Gift card code refused: %s", reason)
        raise CodeNotUsable
    for scope, source in counted:
        rates.take_back(scope, source, seconds=WINDOW_SECONDS)
    return card


def _count(sources: Sequence[str]) -> list[tuple[str, str]]:
    """Count the attempt against each source, then against the shop.

    In this order: a source that is refused must not use up the shop's attempts.
    """
    attempts = [(_SOURCE, source, TRIES_PER_SOURCE) for source in dict.fromkeys(sources)]
    attempts.append((_SHOP, "all", TRIES_SHOP_WIDE))
    for scope, source, limit in attempts:
        # durable: refused inside a transaction, whose rollback would forget the attempt.
        with transaction.atomic(durable=True):
            rates.hit(scope, source, limit=limit, seconds=WINDOW_SECONDS)
    return [(scope, source) for scope, source, _ in attempts]


def _look_up(code: str) -> tuple[GiftCard | None, str | None]:
    folded = fold_code(code)
    card = (
        GiftCard.objects.filter(code_hash=hash_code(folded or NO_CODE))
        .select_related("type")
        .first()
    )
    if folded is None:
        return None, "malformed"
    if card is None:
        return None, "unknown"
    return card, why_not_usable(card, clock.now())
