"""The limit on gift card codes when sixteen try at once: not one look-up more (T12, T23)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from django.test import Client as Browser

from clients.models import Client
from foundation import rates
from foundation.errors import TooManyAttempts
from foundation.models import RateCounter
from giftcards import lookup
from giftcards.cards import find_usable_card, reveal_code
from giftcards.codes import new_code
from giftcards.errors import CodeNotUsable
from giftcards.lookup import TRIES_PER_SOURCE, TRIES_SHOP_WIDE
from tests.concurrency.racing import race
from tests.factories import give_card

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]

GUESSERS = 16


def guesser(tries: int, sources: Callable[[int], list[str]]) -> Callable[[], Counter[str]]:
    """Guesses ``tries`` times; how often it was told each thing."""

    def run() -> Counter[str]:
        told: Counter[str] = Counter()
        for number in range(tries):
            try:
                find_usable_card(new_code(), sources=sources(number))
            except CodeNotUsable:
                told["looked up"] += 1
            except TooManyAttempts:
                told["stopped"] += 1
        return told

    return run


def told(results: list[Counter[str]]) -> Counter[str]:
    assert all(isinstance(each, Counter) for each in results), results
    return sum(results, Counter())


def test_one_source() -> None:
    results = race(*[guesser(3, lambda number: ["address:192.0.2.1"])] * GUESSERS, timeout=120)

    assert told(results) == {"looked up": TRIES_PER_SOURCE, "stopped": 38}


def test_one_address_and_many_sessions() -> None:
    def fresh(index: int) -> Callable[[int], list[str]]:
        return lambda number: ["address:192.0.2.1", f"session:{index}-{number}"]

    results = race(*[guesser(3, fresh(index)) for index in range(GUESSERS)], timeout=120)

    assert told(results)["looked up"] == TRIES_PER_SOURCE


def test_many_sources_meet_the_limit_of_the_shop() -> None:
    """Each try from an address of its own: 256 addresses, 200 look-ups."""

    def elsewhere(index: int) -> Callable[[int], list[str]]:
        return lambda number: [f"address:192.0.{index}.{number}"]

    results = race(*[guesser(16, elsewhere(index)) for index in range(GUESSERS)], timeout=120)

    assert told(results) == {"looked up": TRIES_SHOP_WIDE, "stopped": 256 - TRIES_SHOP_WIDE}


def test_right_codes_among_the_guesses_open_nothing_more(alice: Client) -> None:
    """A success is taken back from the count; the wrong tries beside it are not."""
    right = reveal_code(give_card(alice))

    def honest() -> Counter[str]:
        answers: Counter[str] = Counter()
        for _ in range(3):
            try:
                find_usable_card(right, sources=["address:192.0.2.1"])
                answers["paid"] += 1
            except TooManyAttempts:
                answers["stopped"] += 1
        return answers

    wrong = [guesser(3, lambda number: ["address:192.0.2.1"])] * (GUESSERS - 4)
    results = told(race(*wrong, *[honest] * 4, timeout=120))

    assert results["looked up"] <= TRIES_PER_SOURCE
    assert results["looked up"] + results["paid"] + results["stopped"] == 48


def test_through_the_page() -> None:
    """Sixteen browsers, each with a session and a forged address of its own, from one address."""

    def run() -> Counter[int]:
        answers: Counter[int] = Counter()
        for number in range(2):
            answer = Browser().post(
                "/gift-cards/balance/",
                {"code": new_code()},
                HTTP_X_FORWARDED_FOR=f"198.51.100.{number}",
            )
            answers[answer.status_code] += 1
        return answers

    answers = sum(race(*[run] * GUESSERS, timeout=120), Counter())

    assert answers == {422: TRIES_PER_SOURCE, 429: 2 * GUESSERS - TRIES_PER_SOURCE}


def test_a_counter_that_reads_first_would_let_more_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: count, look, then write, which is how a cache does it."""

    def read_then_write(scope: str, key: str, *, limit: int, seconds: int) -> None:
        row, _ = RateCounter.objects.get_or_create(
            scope=scope,
            key_hash=key,
            window=0,
            defaults={"count": 0, "expires_at": rates.clock.now()},
        )
        if row.count >= limit:
            raise TooManyAttempts(retry_after=1)
        meet()
        RateCounter.objects.filter(pk=row.pk).update(count=row.count + 1)

    import threading

    both = threading.Barrier(2)

    def meet() -> None:
        both.wait(30)

    monkeypatch.setattr(lookup, "TRIES_PER_SOURCE", 1)
    monkeypatch.setattr(lookup.rates, "hit", read_then_write)
    RateCounter.objects.create(
        scope="gift-code", key_hash="a", window=0, count=0, expires_at=rates.clock.now()
    )
    RateCounter.objects.create(
        scope="gift-code-shop", key_hash="all", window=0, count=0, expires_at=rates.clock.now()
    )

    results = told(race(*[guesser(1, lambda number: ["a"])] * 2))

    assert results["looked up"] == 2
