"""Services booked for points: taken with the booking, back with a cancellation, each once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookings.errors import SlotTaken, WrongStatus
from bookings.lines import Line
from bookings.models import BookingStatus, Source, Visit
from business.errors import FeatureOff
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.audit import load_checks
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.errors import InsufficientPoints
from loyalty.history import entries_of, explain
from loyalty.models import Award, PointEntry, PointKind, Reward
from loyalty.points import balance_of
from sales.errors import PriceChanged, RewardNotNow
from sales.marking import mark_no_show, return_no_show_points, undo_mark, undoable_mark
from sales.moving import move_visit
from sales.quotes import cancellation_effects
from sales.rewards import Wanted
from sales.visits import book_visit, cancel_visit, delete_visit
from tests.conftest import Clock
from tests.factories import (
    AddOnFactory,
    ProviderFactory,
    ServiceFactory,
    ServiceRewardFactory,
    give_card,
    give_points,
    turn_off,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def massage_reward(massage: Service, alice: Client) -> Reward:
    """The massage for 400 points; Alice has 820."""
    give_points(alice, 820)
    reward: Reward = ServiceRewardFactory(service=massage)
    return reward


def book(client: Client | None, reward: Reward, starts_at: dt.datetime, **changes: Any) -> Visit:
    """The reward as the only line, at the desk."""
    return book_visit(
        **{
            "client": client,
            "guest": None,
            "lines": [Line(reward.service)],
            "starts_at": starts_at,
            "source": Source.DESK,
            "form_token": new_form_token(),
            "actor": None,
            "rewards": {0: Wanted(reward, reward.points or 0)},
            **changes,
        }
    )


def kinds(client: Client) -> list[tuple[str, int]]:
    """The movements after the present, the oldest first."""
    return [(one.kind, one.amount) for one in entries_of(client).reverse()[1:]]


def is_clean() -> bool:
    return not [name for name, check in load_checks().items() if check().violations]


def test_points_leave_with_the_booking_and_it_costs_and_earns_nothing(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)

    booking = visit.bookings.get()
    line = booking.sale_line
    assert (booking.by_points, booking.price_minor) == (True, 0)
    assert (line.amount_minor, line.award, line.spend_entry.amount) == (0, None, -400)
    assert visit.sale.total_minor == 0
    assert (balance_of(alice), Award.objects.count()) == (420, 0)
    assert is_clean()


def test_a_repeat_of_the_form_takes_the_points_once(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    token = new_form_token()
    first = book(alice, massage_reward, tomorrow_ten, form_token=token)

    assert book(alice, massage_reward, tomorrow_ten, form_token=token) == first
    assert kinds(alice) == [("spend", -400)]


def test_too_few_points_book_nothing(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    book(alice, massage_reward, tomorrow_ten)
    book(alice, massage_reward, tomorrow_ten + dt.timedelta(hours=2))

    with pytest.raises(InsufficientPoints) as refused:
        book(alice, massage_reward, tomorrow_ten + dt.timedelta(hours=4))

    assert refused.value.missing == 380
    assert Visit.objects.count() == 2


def test_a_lost_slot_takes_nothing(
    alice: Client, bob: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    book(bob, massage_reward, tomorrow_ten, rewards={})

    with pytest.raises(SlotTaken):
        book(alice, massage_reward, tomorrow_ten)

    assert balance_of(alice) == 820


def test_a_reward_beside_what_is_paid(
    alice: Client, massage_reward: Reward, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    """Two lines: only the reward is free, and only the other earns; a card pays the rest."""
    card = give_card(alice, 5000)
    visit = book(
        alice,
        massage_reward,
        tomorrow_ten,
        lines=[Line(massage), Line(massage)],
        rewards={1: Wanted(massage_reward, 400)},
        card_ids=[card.pk],
        expected_card_minor=5000,
        expected_total_minor=7200,
    )

    paid, free = visit.bookings.order_by("starts_at")
    assert [(each.by_points, each.price_minor) for each in (paid, free)] == [
        (False, 7200),
        (True, 0),
    ]
    assert visit.sale.left_to_pay_minor == 2200
    assert [award.booking for award in Award.objects.all()] == [paid]
    assert is_clean()


def test_add_ons_of_a_reward_are_paid(
    alice: Client, massage_reward: Reward, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    stones = AddOnFactory(services=[massage], minutes=15, price_minor=1200)

    visit = book(alice, massage_reward, tomorrow_ten, lines=[Line(massage, None, (stones,))])

    assert (visit.sale.total_minor, balance_of(alice)) == (1200, 420)
    assert is_clean()


def test_cancelling_returns_the_points_once(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)

    assert cancellation_effects(visit).points_returned == 400
    cancel_visit(visit=visit, actor=None)
    cancel_visit(visit=visit, actor=None)

    assert kinds(alice) == [("spend", -400), ("return", 400)]
    assert cancellation_effects(visit).points_returned == 0
    assert is_clean()


def test_points_return_while_loyalty_is_off(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)
    turn_off("loyalty")

    cancel_visit(visit=visit, actor=None)

    assert balance_of(alice) == 820


def test_deleting_returns_the_points(
    alice: Client, maria: User, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    delete_visit(visit=book(alice, massage_reward, tomorrow_ten), actor=maria)

    assert kinds(alice) == [("spend", -400), ("return", 400)]


def test_moving_keeps_the_reward(
    alice: Client, massage_reward: Reward, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    """Also to somebody who costs more."""
    visit = book(alice, massage_reward, tomorrow_ten)
    jonas = ProviderFactory(name="Jonas")
    massage.providers.add(jonas, through_defaults={"price_minor": 9900})

    move_visit(
        visit=visit,
        starts_at=tomorrow_ten + dt.timedelta(hours=1),
        provider=jonas,
        form_token=new_form_token(),
        actor=None,
        expected_total_minor=0,
    )

    assert kinds(alice) == [("spend", -400)]
    assert visit.bookings.get().price_minor == 0
    assert is_clean()


def test_a_cancellation_that_is_undone_takes_the_points_again(
    alice: Client, maria: User, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)
    cancel_visit(visit=visit, actor=maria)
    booking = visit.bookings.get()
    mark = undoable_mark(booking, maria)
    assert mark is not None

    undo_mark(booking=booking, mark=mark, actor=maria)
    undo_mark(booking=booking, mark=mark, actor=maria)

    assert kinds(alice) == [("spend", -400), ("return", 400), ("spend", -400)]
    assert is_clean()
    cancel_visit(visit=visit, actor=maria)
    assert balance_of(alice) == 820
    assert is_clean()


def test_an_undo_that_the_balance_does_not_reach_changes_nothing(
    alice: Client, maria: User, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)
    cancel_visit(visit=visit, actor=maria)
    give_points(alice, -500)
    booking = visit.bookings.get()
    mark = undoable_mark(booking, maria)
    assert mark is not None

    with pytest.raises(InsufficientPoints):
        undo_mark(booking=booking, mark=mark, actor=maria)

    booking.refresh_from_db()
    assert (booking.status, balance_of(alice)) == (BookingStatus.CANCELLED, 320)
    assert is_clean()


def test_a_no_show_keeps_them_until_staff_return_them(
    alice: Client,
    maria: User,
    clock: Clock,
    massage_reward: Reward,
    tomorrow_ten: dt.datetime,
) -> None:
    booking = book(alice, massage_reward, tomorrow_ten).bookings.get()
    with pytest.raises(WrongStatus):
        return_no_show_points(booking=booking, actor=maria)
    clock.move_to(tomorrow_ten + dt.timedelta(minutes=20))
    mark_no_show(booking=booking, actor=maria)
    assert balance_of(alice) == 420
    assert is_clean()

    assert return_no_show_points(booking=booking, actor=maria) == 400
    assert return_no_show_points(booking=booking, actor=maria) == 0

    assert balance_of(alice) == 820
    assert is_clean()
    # Undone, she came after all: it is paid again.
    booking.refresh_from_db()
    mark = undoable_mark(booking, maria)
    assert mark is not None
    undo_mark(booking=booking, mark=mark, actor=maria)
    assert balance_of(alice) == 420
    assert is_clean()


def test_returning_needs_the_right_to_cancel(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    booking = book(alice, massage_reward, tomorrow_ten).bookings.get()

    assert alice.user is not None
    with pytest.raises(NotAllowed):
        return_no_show_points(booking=booking, actor=alice.user)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"enabled": False}, "Not offered now"),
        ({"weekdays": 0b1}, "Only on Mon"),
        ({"first_day": dt.date(2025, 11, 6)}, "From Thu 6 Nov on"),
        ({"last_day": dt.date(2025, 11, 4)}, "Only until Tue 4 Nov"),
    ],
)
def test_what_stands_in_the_way(
    alice: Client,
    massage_reward: Reward,
    tomorrow_ten: dt.datetime,
    changes: dict[str, Any],
    reason: str,
) -> None:
    Reward.objects.filter(pk=massage_reward.pk).update(**changes)

    with pytest.raises(RewardNotNow) as refused:
        book(alice, massage_reward, tomorrow_ten)

    assert refused.value.reason == reason
    assert (balance_of(alice), Visit.objects.count()) == (820, 0)


def test_only_with_some(
    alice: Client,
    aino: Provider,
    massage_reward: Reward,
    massage: Service,
    tomorrow_ten: dt.datetime,
) -> None:
    jonas = ProviderFactory(name="Jonas")
    massage.providers.add(jonas)
    massage_reward.providers.add(jonas)

    with pytest.raises(RewardNotNow, match="Only with Jonas"):
        book(alice, massage_reward, tomorrow_ten, lines=[Line(massage, aino)])

    assert book(alice, massage_reward, tomorrow_ten, lines=[Line(massage, jonas)])


def test_first_time_only(
    alice: Client, massage_reward: Reward, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    """What was cancelled was never had; twice in one visit is once too often."""
    Reward.objects.filter(pk=massage_reward.pk).update(first_time_only=True)
    cancel_visit(visit=book(alice, massage_reward, tomorrow_ten, rewards={}), actor=None)

    with pytest.raises(RewardNotNow, match="First time only"):
        book(
            alice,
            massage_reward,
            tomorrow_ten,
            lines=[Line(massage), Line(massage)],
            rewards={number: Wanted(massage_reward, 400) for number in (0, 1)},
        )
    book(alice, massage_reward, tomorrow_ten)
    with pytest.raises(RewardNotNow, match="First time only"):
        book(alice, massage_reward, tomorrow_ten + dt.timedelta(hours=2))


def test_a_reward_that_changed_since_it_was_shown_is_refused(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    with pytest.raises(RewardNotNow, match="changed meanwhile"):
        book(alice, massage_reward, tomorrow_ten, rewards={0: Wanted(massage_reward, 300)})
    with pytest.raises(RewardNotNow, match="changed meanwhile"):
        book(alice, massage_reward, tomorrow_ten, lines=[Line(ServiceFactory())])
    with pytest.raises(RewardNotNow, match="changed meanwhile"):
        book(alice, massage_reward, tomorrow_ten, rewards={1: Wanted(massage_reward, 400)})


def test_the_website_books_what_is_shown_there(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    with pytest.raises(RewardNotNow):
        book(alice, massage_reward, tomorrow_ten, source=Source.ONLINE)
    Reward.objects.filter(pk=massage_reward.pk).update(online=True)

    assert book(alice, massage_reward, tomorrow_ten, source=Source.ONLINE)


def test_no_reward_while_loyalty_is_off(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    turn_off("loyalty")

    with pytest.raises(FeatureOff):
        book(alice, massage_reward, tomorrow_ten)


def test_the_price_shown_is_that_without_the_reward(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    with pytest.raises(PriceChanged):
        book(alice, massage_reward, tomorrow_ten, expected_total_minor=7200)


def test_the_movements_say_what_they_were_for(
    alice: Client, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    from business.profile import get_business

    cancel_visit(visit=book(alice, massage_reward, tomorrow_ten), actor=None)

    entries = PointEntry.objects.filter(kind__in=(PointKind.SPEND, PointKind.RETURN))
    assert [explain(entry, get_business()) for entry in entries.order_by("pk")] == [
        "Reward: Deep tissue massage, Wed 5 Nov 10:00",
        "Reward returned: Deep tissue massage, Wed 5 Nov 10:00",
    ]


def test_an_undo_while_loyalty_is_off_changes_nothing(
    alice: Client, maria: User, massage_reward: Reward, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage_reward, tomorrow_ten)
    cancel_visit(visit=visit, actor=maria)
    booking = visit.bookings.get()
    mark = undoable_mark(booking, maria)
    assert mark is not None
    turn_off("loyalty")

    with pytest.raises(FeatureOff):
        undo_mark(booking=booking, mark=mark, actor=maria)

    booking.refresh_from_db()
    assert (booking.status, balance_of(alice)) == (BookingStatus.CANCELLED, 820)
