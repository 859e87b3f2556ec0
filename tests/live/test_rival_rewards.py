"""Twenty posts at once on what takes and returns the points of rewards."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bookings.lines import Line
from bookings.models import Booking, Hold, Source, Visit
from clients.models import Client
from foundation import clock as project_clock
from foundation.form_tokens import new_form_token
from loyalty.models import Reward
from loyalty.points import balance_of
from sales.marking import mark_no_show
from sales.rewards import Wanted
from sales.visits import book_visit
from tests.factories import ServiceRewardFactory, give_points
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import DAYS_AGO, DAYS_AHEAD, Salon, to_now, workday

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_a_reward_chosen_twenty_times_is_booked_once(salon: Salon) -> None:
    client = salon.client(points=820)
    reward: Reward = ServiceRewardFactory(service=salon.massage(), online=True)
    assert reward.service is not None
    visitor = salon.visitor(client)
    times = reverse("website:book_times", args=[reward.service.slug])
    chosen = {"with": "any", "draft": "", "starts_at": workday(DAYS_AHEAD).isoformat()}
    visitor.post(times, visitor.token(times) | chosen)
    token = Hold.objects.get(service=reward.service).token
    review = reverse("website:book_review", args=[token])
    choose = reverse("website:book_rewards", args=[token])
    press = visitor.press(choose, **visitor.token(review), reward="0")

    answers = together([press] * RIVALS)

    assert same_place(answers) == review
    form = visitor.form(review, "form_token")
    assert form["total"] == "0"
    answers = together([visitor.press(review, **form)] * RIVALS)
    assert same_place(answers) == reverse("website:visit", args=[Visit.objects.get().ref])
    assert balance_of(client) == 420


def test_points_of_a_no_show_come_back_once(salon: Salon) -> None:
    client = salon.client()
    booking = missed(salon, client)
    desk = salon.desk()
    token = desk.token(reverse("backoffice:booking", args=[booking.pk]))
    path = reverse("backoffice:booking-points-return", args=[booking.pk])

    answers = together([desk.press(path, **token)] * RIVALS)

    assert statuses(answers) == {302: RIVALS}
    assert balance_of(client) == 820


def missed(salon: Salon, client: Client) -> Booking:
    """A reward two weeks ago to which nobody came."""
    reward: Reward = ServiceRewardFactory(service=salon.massage())
    assert reward.service is not None
    starts_at = workday(DAYS_AGO)
    project_clock.set_fixed(starts_at - dt.timedelta(days=1))
    give_points(client, 820)
    try:
        visit = book_visit(
            client=client,
            guest=None,
            lines=[Line(reward.service)],
            starts_at=starts_at,
            source=Source.DESK,
            form_token=new_form_token(),
            actor=salon.owner,
            rewards={0: Wanted(reward, 400)},
        )
        project_clock.set_fixed(starts_at + dt.timedelta(minutes=10))
        return mark_no_show(booking=visit.bookings.get(), actor=salon.owner)
    finally:
        to_now()
