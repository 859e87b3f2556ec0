"""Awards: fixed when booked, dropped or taken back when the visit is undone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from business.models import Business
from business.profile import get_business
from catalogue.models import Service
from clients.models import Client
from loyalty.awards import due_at, promise_award, undo_award
from loyalty.models import Award, AwardState, DropReason, EarningRule, PointEntry
from loyalty.points import balance_of
from loyalty.rules import points_by_service
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.factories import RewardFactory, ServiceFactory, turn_off
from tests.loyalty.conftest import Promise, make_booking

pytestmark = pytest.mark.django_db


def test_award_is_fixed_when_booked(alice: Client, massage: Service, promise: Promise) -> None:
    award = promise(alice)
    EarningRule.objects.filter(service=massage).update(points=999)

    award.refresh_from_db()
    assert (award.base, award.rate, award.points) == (1, 60, 60)


def test_award_of_several_places_multiplies(alice: Client, massage: Service, clock: Clock) -> None:
    booking = make_booking(alice, massage, clock.now, places=2)

    award = promise_award(booking=booking, client=alice, business=get_business())

    assert award is not None
    assert (award.base, award.rate, award.points) == (2, 60, 120)


def test_no_award_without_a_rule_or_with_loyalty_off(
    alice: Client, massage: Service, clock: Clock
) -> None:
    plain = make_booking(alice, ServiceFactory(), clock.now)
    assert promise_award(booking=plain, client=alice, business=get_business()) is None

    turn_off("loyalty")
    booking = make_booking(alice, massage, clock.now)
    assert promise_award(booking=booking, client=alice, business=get_business()) is None
    assert points_by_service() == {}


@pytest.mark.parametrize(
    ("ends", "due"),
    [
        # Spring: 02:00 → 03:00 on 29 March 2026. Three hours after 01:30 it is 05:30.
        (dt.datetime(2026, 3, 29, 1, 30), dt.datetime(2026, 3, 29, 5, 30)),
        # Autumn: 03:00 → 02:00 on 25 October 2026. Three hours after 01:30 it is 03:30.
        (dt.datetime(2026, 10, 25, 1, 30), dt.datetime(2026, 10, 25, 3, 30)),
    ],
)
def test_due_hour_is_elapsed_time_across_daylight_saving(
    db: None, ends: dt.datetime, due: dt.datetime
) -> None:
    zone = ZoneInfo("Europe/Copenhagen")

    instant = due_at(ends.replace(tzinfo=zone), get_business())

    assert instant.astimezone(zone).replace(tzinfo=None) == due


@pytest.mark.parametrize("minutes", [179, 231, 0])
def test_database_refuses_a_delay_that_breaks_the_promise(db: None, minutes: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Business.objects.update(award_delay_minutes=minutes)


def test_undo_before_the_credit_drops_with_the_reason(alice: Client, promise: Promise) -> None:
    award = promise(alice)

    undo_award(booking=award.booking, reason=DropReason.CANCELLED, actor=None)

    award.refresh_from_db()
    assert (award.state, award.reason) == (AwardState.DROPPED, DropReason.CANCELLED)
    assert not PointEntry.objects.exists()


def test_undo_after_the_credit_takes_everything_back_once(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    award = promise(alice)
    clock.advance(hours=4)
    credit_due_awards()

    for _ in range(2):
        undo_award(booking=award.booking, reason=DropReason.NO_SHOW, actor=None)

    award.refresh_from_db()
    amounts = PointEntry.objects.order_by("sequence").values_list("kind", "amount")
    assert award.state == AwardState.WITHDRAWN
    assert list(amounts) == [("earn", 60), ("withdraw", -60)]


def test_only_taking_back_leaves_a_balance_below_zero_and_later_points_fill_it(
    alice: Client, promise: Promise, clock: Clock
) -> None:
    from loyalty.points import spend_points

    first = promise(alice)
    clock.advance(hours=4)
    credit_due_awards()
    spend_points(client=alice, reward=RewardFactory(points=60), points=60, key="k", actor=None)

    undo_award(booking=first.booking, reason=DropReason.NO_SHOW, actor=None)
    assert balance_of(alice) == -60

    promise(alice)
    clock.advance(hours=4)
    credit_due_awards()
    assert balance_of(alice) == 0


def test_database_keeps_one_live_award_per_booking(alice: Client, promise: Promise) -> None:
    award = promise(alice)

    with pytest.raises(IntegrityError), transaction.atomic():
        promise_award(booking=award.booking, client=alice, business=get_business())


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (AwardState.DROPPED, AwardState.PROMISED),
        (AwardState.DROPPED, AwardState.CREDITED),
        (AwardState.WITHDRAWN, AwardState.PROMISED),
        (AwardState.WITHDRAWN, AwardState.CREDITED),
        (AwardState.CREDITED, AwardState.PROMISED),
    ],
)
def test_database_refuses_an_award_that_goes_back(
    alice: Client, promise: Promise, clock: Clock, start: str, end: str
) -> None:
    award = promise(alice)
    if start == AwardState.DROPPED:
        undo_award(booking=award.booking, reason=DropReason.CANCELLED, actor=None)
    else:
        clock.advance(hours=4)
        credit_due_awards()
        if start == AwardState.WITHDRAWN:
            undo_award(booking=award.booking, reason=DropReason.NO_SHOW, actor=None)

    with pytest.raises(IntegrityError, match="award"), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(state=end, reason="")


def test_database_refuses_to_delete_an_award_or_change_its_points(
    alice: Client, promise: Promise
) -> None:
    award = promise(alice)

    with pytest.raises(IntegrityError, match="award_kept"), transaction.atomic():
        Award.objects.filter(pk=award.pk).delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(points=600, rate=600)
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(points=61)


def test_database_refuses_a_credit_without_an_entry(alice: Client, promise: Promise) -> None:
    award = promise(alice)

    with pytest.raises(IntegrityError, match="award_credited_by_entry"), transaction.atomic():
        Award.objects.filter(pk=award.pk).update(state=AwardState.CREDITED)
