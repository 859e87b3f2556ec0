"""The loyalty card in the booking screen (S4, S5), and what a reward looks like afterwards."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import Booking
from catalogue.models import Service
from clients.models import Client
from foundation.models import User
from loyalty.models import Reward
from loyalty.points import balance_of
from sales.marking import mark_no_show
from tests.backoffice.booking_pages import at, text_of
from tests.backoffice.test_new_booking import DAY, opened, press
from tests.conftest import Clock
from tests.factories import (
    ProductFactory,
    ServiceFactory,
    ServiceRewardFactory,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def massage_reward(massage: Service, alice: Client) -> Reward:
    """The massage for 400 points; Alice has 820."""
    turn_on("loyalty")
    give_points(alice, 820)
    reward: Reward = ServiceRewardFactory(service=massage)
    return reward


def test_the_button_shows_the_balance_and_how_many_rewards(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    ServiceRewardFactory(points=900)
    page = opened(desk, client=alice.pk)

    words = text_of(page)
    for each in ("Loyalty card · 820", "1 reward", "Rewards you can book", "80 points missing"):
        assert each in words
    assert 'data-announce="Alice Andersen. 820 points. 1 reward available"' in page.content.decode()


def test_too_few_points_make_a_quiet_button(
    desk: Browser, bob: Client, massage_reward: Reward
) -> None:
    page = opened(desk, client=bob.pk)

    assert "Loyalty card · 0" in text_of(page)
    assert "400 points missing" in text_of(page)
    assert "btn-points" not in page.content.decode()


def test_without_a_client_or_the_feature_there_is_no_button(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    assert "Loyalty card ·" not in text_of(opened(desk))
    turn_off("loyalty")
    assert "Loyalty card ·" not in text_of(opened(desk, client=alice.pk))


def test_one_press_books_the_reward_once_client_and_time_are_chosen(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    page = opened(desk, day=DAY, at="13:00", client=alice.pk)

    answer = press(desk, page, reward=massage_reward.pk)

    booking = Booking.objects.get()
    assert answer.url == f"/admin/bookings/{booking.pk}/"
    assert (booking.by_points, booking.starts_at, balance_of(alice)) == (True, at(13), 420)
    words = text_of(desk.get(answer.url))
    assert "400 points taken, 420 points left." in words
    assert "REWARD</span> 400 points taken on 4 Nov 2025." in words


def test_without_a_time_it_becomes_a_line_that_book_pays(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    page = press(desk, opened(desk, client=alice.pk), reward=massage_reward.pk)
    assert 'REWARD</span> <span class="num">400 points' in text_of(page)
    assert "Total €0.00" in text_of(page)

    answer = press(desk, page, day=DAY, hour="13:00", step="book")

    assert answer.status_code == 302
    assert balance_of(alice) == 420


def test_the_line_of_the_service_becomes_the_reward_and_may_be_paid_instead(
    desk: Browser, alice: Client, massage: Service, massage_reward: Reward
) -> None:
    page = opened(desk, client=alice.pk, service=massage.pk)
    page = press(desk, page, reward=massage_reward.pk)
    assert page.content.decode().count("line-0-reward") == 1
    assert "Service 2" not in text_of(page)

    page = press(desk, page, pay="0")

    assert "Total €72.00" in text_of(page)
    assert "line-0-reward" not in page.content.decode()


def test_a_reward_goes_with_its_service_only(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    other = ServiceFactory(name_en="Foot bath", price_minor=3000)
    page = press(desk, opened(desk, client=alice.pk), reward=massage_reward.pk)

    page = press(desk, page, step="show", **{"line-0-service": other.pk})

    assert "line-0-reward" not in page.content.decode()


@pytest.mark.parametrize("sent", ["x", "0", "99999999999999999999", ""])
def test_nonsense_changes_nothing(
    desk: Browser, alice: Client, massage_reward: Reward, sent: str
) -> None:
    page = press(desk, opened(desk, client=alice.pk), reward=sent)

    assert page.status_code == 200
    assert "line-0-reward" not in page.content.decode()


def test_a_balance_that_went_meanwhile_is_refused_and_nothing_typed_is_lost(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    page = press(desk, opened(desk, day=DAY, client=alice.pk), reward=massage_reward.pk)
    give_points(alice, -500)

    answer = press(desk, page, hour="13:00", note="Ring twice", step="book")

    assert answer.status_code == 409
    words = text_of(answer)
    assert "The balance is 320 points; 80 more are needed." in words
    assert "Ring twice" in answer.content.decode()
    assert not Booking.objects.exists()


def test_what_stands_in_the_way_is_said(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    """On a Tuesday, a reward of Mondays."""
    Reward.objects.update(weekdays=0b1)

    words = text_of(opened(desk, day=DAY, at="13:00", client=alice.pk))

    assert "Not now" in words
    assert "Only on Mon" in words
    assert "Rewards you can book" not in words


def test_the_calendar_and_the_questions_name_the_reward(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    press(desk, opened(desk, day=DAY, at="13:00", client=alice.pk), reward=massage_reward.pk)
    booking = Booking.objects.get()

    assert "REWARD" in text_of(desk.get("/admin/calendar/", {"day": DAY}))
    for act in ("cancel", "remove"):
        words = text_of(desk.get(f"/admin/bookings/{booking.pk}/{act}/"))
        assert "400 points of a reward come back." in words


def test_points_of_a_no_show_are_returned_by_a_button(
    desk: Browser, daisy: User, alice: Client, massage_reward: Reward, clock: Clock
) -> None:
    press(desk, opened(desk, day=DAY, at="13:00", client=alice.pk), reward=massage_reward.pk)
    booking = Booking.objects.get()
    clock.move_to(at(13))
    desk = Browser()  # two hours without a press ended the first session
    desk.force_login(daisy)
    words = text_of(desk.get(f"/admin/bookings/{booking.pk}/no-show/"))
    assert "400 points of a reward stay spent." in words
    mark_no_show(booking=booking, actor=daisy)
    page = f"/admin/bookings/{booking.pk}/"
    assert "Return points" in text_of(desk.get(page))

    desk.post(f"{page}points/return/")

    assert balance_of(alice) == 820
    assert "They came back on 4 Nov 2025." in text_of(desk.get(page))
    assert "Return points" not in text_of(desk.get(page))


@pytest.mark.parametrize("many", [1, 20])
def test_the_list_costs_the_same_however_many_rewards_there_are(
    desk: Browser,
    alice: Client,
    massage_reward: Reward,
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    for _ in range(many):
        ServiceRewardFactory()
    desk.get("/admin/bookings/new/")
    with django_assert_num_queries(31):
        opened(desk, client=alice.pk)


def test_rewards_of_products_wait_for_the_checkout(
    desk: Browser, alice: Client, massage_reward: Reward
) -> None:
    for points, name in ((300, "Rosehip oil"), (5000, "Gold leaf")):
        Reward.objects.create(product=ProductFactory(name_en=name), points=points, enabled=True)

    words = text_of(opened(desk, client=alice.pk))

    assert "At checkout" in words
    assert "4,180 points missing" in words
