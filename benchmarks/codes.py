"""T02: how long a gift card code that does not pay takes, kind by kind."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable

from benchmarks.house import House, copy_of
from benchmarks.measuring import Result, benchmark, medians, milliseconds, times
from foundation import clock
from foundation.models import RateCounter
from giftcards.cards import issue_card, reveal_code, spend_card, void_card
from giftcards.codes import new_code
from giftcards.errors import CodeNotUsable
from giftcards.lookup import find_usable_card
from giftcards.models import CardOrigin, GiftCard, GiftCardType

ROUNDS = 301
A_DAY = dt.timedelta(days=1)
GOAL = 1.2


@benchmark(
    name="T02",
    title="a gift card code that does not pay, by why it does not",
    goal=f"the slowest kind ≤ {GOAL} × the quickest",
)
def codes(house: House) -> Iterable[Result]:
    # One warning a guess, the same for every kind: thousands of lines nobody reads.
    logging.disable(logging.WARNING)
    try:
        with copy_of(house):
            typed = _one_of_each_kind()
            found = medians({kind: _guess(code) for kind, code in typed.items()}, rounds=ROUNDS)
    finally:
        logging.disable(logging.NOTSET)
    quickest, slowest = min(found.values()), max(found.values())
    ratio = slowest / quickest
    yield Result(
        name="T02",
        what=f"slowest against quickest kind, medians of {ROUNDS} rounds by turns",
        ours=milliseconds(slowest),
        yardstick=milliseconds(quickest),
        ratio=times(ratio),
        goal=f"≤ {GOAL} ×",
        met=ratio <= GOAL,
        note=", ".join(f"{kind} {milliseconds(each)}" for kind, each in found.items()),
    )


def _one_of_each_kind() -> dict[str, str]:
    def card() -> GiftCard:
        card_type = GiftCardType.objects.filter(archived_at__isnull=True).order_by("pk")[0]
        key = f"benchmark:{new_code()}"
        return issue_card(
            card_type=card_type, owner=None, origin=CardOrigin.DESK, key=key, actor=None
        )

    void, expired, early, empty = card(), card(), card(), card()
    void_card(card_id=void.pk, key=f"void:{void.pk}", actor=None, description="Lost")
    GiftCard.objects.filter(pk=expired.pk).update(expires_at=clock.now() - A_DAY)
    GiftCard.objects.filter(pk=early.pk).update(active_from=clock.now() + A_DAY)
    spend_card(card_id=empty.pk, amount_minor=empty.balance, key=f"spend:{empty.pk}", actor=None)
    return {
        "malformed": "UUUU-UUUU-UUUU-UUU!",
        "unknown": new_code(),
        "voided": reveal_code(void),
        "expired": reveal_code(expired),
        "not active yet": reveal_code(early),
        "used up": reveal_code(empty),
    }


def _guess(code: str) -> Callable[[], None]:
    def guess() -> None:
        try:
            find_usable_card(code, sources=["address:192.0.2.1"])
        except CodeNotUsable:
            # The limit is not what is measured: the row stays, its count goes back.
            RateCounter.objects.update(count=1)
            return
        raise AssertionError("a code that does not pay was taken")

    return guess
