from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from foundation import rates
from foundation.errors import TooManyAttempts
from foundation.models import RateCounter
from tests.concurrency.racing import race


def hit(key: str = "ip:192.0.2.1", scope: str = "sign-in", limit: int = 3) -> None:
    rates.hit(scope, key, limit=limit, seconds=600)


def count() -> int:
    return RateCounter.objects.get().count


@pytest.mark.django_db
def test_hit_refuses_the_attempt_after_the_limit(clock):
    clock.advance(minutes=4)
    for _ in range(3):
        hit()

    with pytest.raises(TooManyAttempts) as refused:
        hit()

    assert refused.value.status == 429
    assert refused.value.retry_after == 361
    assert str(refused.value) == "Too many attempts. Try again in 7 minutes."


@pytest.mark.django_db
def test_hit_counts_each_source_and_scope_by_itself():
    for _ in range(3):
        hit()

    hit(key="ip:192.0.2.2")
    hit(scope="gift-code")


@pytest.mark.django_db
def test_hit_begins_again_with_the_next_window(clock):
    for _ in range(3):
        hit()

    clock.advance(minutes=10)

    hit()


@pytest.mark.django_db
def test_hit_keeps_no_address():
    hit()

    row = RateCounter.objects.get()
    assert "192.0.2.1" not in f"{row.scope} {row.key_hash} {row.window}"


@pytest.mark.django_db
def test_take_back_uncounts_and_never_goes_below_zero(clock):
    hit()
    rates.take_back("sign-in", "ip:192.0.2.1", seconds=600)
    rates.take_back("sign-in", "ip:192.0.2.1", seconds=600)
    rates.take_back("sign-in", "never seen", seconds=600)

    assert count() == 0


@pytest.mark.django_db
def test_forget_expired_deletes_windows_that_are_over(clock):
    hit()
    clock.advance(minutes=10, seconds=-1)
    assert rates.forget_expired() == 0

    clock.advance(seconds=2)
    assert rates.forget_expired() == 1


@pytest.mark.django_db
def test_a_clock_that_goes_back_does_not_lock_for_longer(clock):
    """F07: a limit never reaches beyond its own window."""
    for _ in range(3):
        hit()
    with pytest.raises(TooManyAttempts) as refused:
        hit()
    assert refused.value.retry_after <= 601

    clock.move_to(clock.now - dt.timedelta(days=1))

    hit()


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_hit_is_exact_when_eight_try_at_once():
    """T12, T23: parallel requests are the attack; not one attempt more gets through."""

    def try_five_times() -> int:
        passed = 0
        for _ in range(5):
            try:
                hit(limit=17)
            except TooManyAttempts:
                continue
            passed += 1
        return passed

    assert sum(race(*[try_five_times] * 8)) == 17
    assert count() == 40


@pytest.mark.django_db
def test_keep_house_forgets_windows_that_are_over_and_forms_of_last_month(clock):
    from foundation.form_tokens import new_form_token, once
    from foundation.housekeeping import keep_house

    rates.hit("sign-in", "somebody", limit=5, seconds=600)
    with transaction.atomic(), once(token=new_form_token(), purpose="x", content=1) as use:
        use.result = "1"
    assert keep_house() == {"rate counters": 0, "form tokens": 0}

    clock.advance(days=31)

    assert keep_house() == {"rate counters": 1, "form tokens": 1}
