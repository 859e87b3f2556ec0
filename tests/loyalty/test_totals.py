"""Daily totals: at every moment what the ledger itself adds up to."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from clients.models import Client
from foundation.audit import load_checks
from loyalty.models import PointEntry, PointTotal
from loyalty.tasks import total_days as task
from loyalty.totals import DAY, midnight, sums, sums_of, total_days
from tests.conftest import Clock
from tests.factories import give_points, turn_on

pytestmark = pytest.mark.django_db


def kept() -> list[tuple[dt.date, str, int, int]]:
    return list(
        PointTotal.objects.order_by("day", "kind").values_list("day", "kind", "entries", "points")
    )


@pytest.fixture
def month(alice: Client, clock: Clock) -> None:
    """Movements at odd hours of twenty days from 4 November on, none on some of them."""
    turn_on("loyalty")
    chance = random.Random(7)
    for number in range(40):
        give_points(alice, chance.choice([100, 250, -20]) if number else 5_000)
        clock.advance(hours=chance.choice([1, 5, 11, 30]), minutes=chance.randrange(60))


def test_total_days_writes_the_days_that_are_over(alice: Client, clock: Clock) -> None:
    turn_on("loyalty")
    give_points(alice, 100)
    give_points(alice, -30)
    clock.move_to(dt.datetime(2025, 11, 6, 1, 59, tzinfo=dt.UTC))
    give_points(alice, 7)
    total_days()
    first = (dt.date(2025, 11, 4), "adjust", 2, 70)
    assert kept() == [first]

    clock.move_to(dt.datetime(2025, 11, 7, 2, 0, tzinfo=dt.UTC))
    task()
    assert kept() == [first, (dt.date(2025, 11, 6), "adjust", 1, 7)]


def test_a_day_is_not_over_while_a_transaction_of_it_may_be_open(
    alice: Client, clock: Clock
) -> None:
    turn_on("loyalty")
    give_points(alice, 100)
    clock.move_to(dt.datetime(2025, 11, 5, 1, 59, tzinfo=dt.UTC))
    assert total_days() == 0
    clock.advance(minutes=1)
    assert total_days() == 1


def test_total_days_of_a_new_house_writes_nothing() -> None:
    assert total_days() == 0
    assert sums(None, None) == {}


def test_total_days_repeated_changes_nothing(month: None) -> None:
    total_days()
    before = kept()
    total_days()
    assert kept() == before


def test_total_days_mends_what_was_recorded_into_a_day_gone_by(
    alice: Client, month: None, clock: Clock
) -> None:
    """A clock that was put back by two days."""
    total_days()
    clock.advance(days=-2)
    give_points(alice, 11)
    clock.advance(days=2)
    total_days()
    assert sums(None, None) == sums_of([PointEntry.objects.all()])


@pytest.mark.parametrize("totalled", ["never", "until the middle", "until yesterday"])
def test_sums_equal_the_ledger_for_any_time(month: None, clock: Clock, totalled: str) -> None:
    if totalled == "until the middle":
        now = clock.now
        clock.move_to(Clock.START + dt.timedelta(days=9))
        total_days()
        clock.move_to(now)
    elif totalled == "until yesterday":
        total_days()
    chance = random.Random(11)
    zones = [ZoneInfo(name) for name in ("UTC", "Europe/Helsinki", "America/St_Johns")]
    for _round in range(25):
        zone = chance.choice(zones)
        day = dt.datetime(2025, 11, 2, tzinfo=zone) + dt.timedelta(days=chance.randrange(30))
        start = chance.choice([None, day])
        end = chance.choice([None, day + dt.timedelta(days=chance.randrange(12))])
        kind = chance.choice(["", "adjust", "earn"])
        entries = PointEntry.objects.all()
        entries = entries.filter(created_at__gte=start) if start else entries
        entries = entries.filter(created_at__lt=end) if end else entries
        entries = entries.filter(kind=kind) if kind else entries
        assert sums(start, end, kind=kind) == sums_of([entries]), (start, end, kind)


def test_sums_take_whole_days_from_the_totals(month: None, clock: Clock) -> None:
    """A total that lies is seen inside the time asked for, and not at its ends."""
    total_days()
    day = PointTotal.objects.order_by("day")[2].day
    PointTotal.objects.filter(day=day).update(points=1_000_000)
    whole = sums(midnight(day), midnight(day + DAY))["adjust"]
    assert whole.points == 1_000_000
    cut = sums(midnight(day) + dt.timedelta(microseconds=1), midnight(day + DAY))
    assert cut.get("adjust", whole) != whole or not cut


def test_audit_recomputes_the_totals(month: None) -> None:
    check = load_checks()["points-totals-are-sums"]
    assert check().violations == []
    total_days()
    finding = check()
    assert (finding.rows, finding.violations) == (len(kept()), [])
    day = PointTotal.objects.latest("day").day
    PointTotal.objects.filter(day=day).update(points=1)
    first = PointTotal.objects.earliest("day")
    first.delete()
    found = check().violations
    assert len(found) == 2
    assert found[0].startswith(f"total of {first.day} adjust says (0, 0)")
