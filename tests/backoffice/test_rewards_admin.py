"""Manage → Rewards (S13)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.lines import Line
from bookings.models import Source
from business.models import Business
from catalogue.archive import archive_service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.models import ANY_DAY, Reward
from sales.rewards import Wanted
from sales.visits import book_visit
from tests.backoffice.booking_pages import at, text_of
from tests.factories import (
    ClassServiceFactory,
    ProductFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    give_points,
    turn_on,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/loyalty/reward/"
ADD = f"{LIST}add/"
EVERY_DAY = [str(number) for number in range(7)]


@pytest.fixture
def office(client: Browser, maria: User) -> Browser:
    """Maria at the panel."""
    client.force_login(maria)
    return client


def test_a_reward_is_set_up(office: Browser) -> None:
    jonas = ProviderFactory(name="Jonas")
    service = ServiceFactory(providers=[jonas])

    answer = office.post(
        ADD,
        {
            "service": service.pk,
            "points": 400,
            "enabled": "on",
            "first_time_only": "on",
            "weekdays": ["0", "1"],
            "first_day": "2025-11-01",
            "last_day": "2025-11-30",
            "providers": [jonas.pk],
        },
    )

    assert answer.status_code == 302, text_of(answer)
    reward = Reward.objects.get()
    assert (reward.service, reward.points, reward.enabled, reward.online) == (
        service,
        400,
        True,
        False,
    )
    assert (reward.weekdays, reward.first_time_only) == (0b11, True)
    assert (reward.first_day, reward.last_day) == (dt.date(2025, 11, 1), dt.date(2025, 11, 30))
    assert list(reward.providers.all()) == [jonas]
    assert "First time only · Mon, Tue · from" in text_of(office.get(LIST))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": ""}, "Enter how many points it costs"),
        ({"points": "0"}, "Enter how many points it costs"),
        ({"service": ""}, "Choose either a service or a product"),
        ({"weekdays": []}, "Choose at least one weekday"),
        ({"first_day": "2025-11-05", "last_day": "2025-11-04"}, "Choose a day after the first one"),
    ],
)
def test_what_is_wrong_is_said(office: Browser, changes: dict[str, object], said: str) -> None:
    sent = {"service": ServiceFactory().pk, "points": 400, "enabled": "on", "weekdays": EVERY_DAY}

    answer = office.post(ADD, sent | changes)

    assert answer.status_code == 200
    assert said in text_of(answer)
    assert not Reward.objects.exists()


def test_the_same_service_twice_leads_to_the_reward_that_is_there(office: Browser) -> None:
    there = ServiceRewardFactory()

    answer = office.post(ADD, {"service": there.service.pk, "points": 100, "weekdays": EVERY_DAY})

    assert "There is a reward of this service already." in text_of(answer)
    assert f'href="{LIST}{there.pk}/change/"' in answer.content.decode()


def test_points_are_suggested_from_the_price_and_the_factor(office: Browser) -> None:
    service = ServiceFactory(price_minor=4550)
    assert f"&quot;service-{service.pk}&quot;: 637" in office.get(ADD).content.decode()

    Business.objects.update(reward_factor=10)

    assert f"&quot;service-{service.pk}&quot;: 455" in office.get(ADD).content.decode()


def test_classes_and_what_is_archived_are_not_offered(office: Browser) -> None:
    yoga, gone = ClassServiceFactory(), ServiceFactory()
    archive_service(service=gone, actor=None)

    for each in (yoga, gone):
        sent = {"service": each.pk, "points": 400, "weekdays": EVERY_DAY}
        assert office.post(ADD, sent).status_code == 200
    assert not Reward.objects.exists()


def test_a_reward_stays_one_of_its_service(office: Browser) -> None:
    reward = ServiceRewardFactory()
    other = ServiceFactory()

    office.post(
        f"{LIST}{reward.pk}/change/",
        {"service": other.pk, "points": 500, "weekdays": EVERY_DAY},
    )

    reward.refresh_from_db()
    assert (reward.points, reward.enabled, reward.weekdays) == (500, False, ANY_DAY)
    assert reward.service != other


def test_a_gift_card_s_reward_is_changed_where_its_type_is(office: Browser) -> None:
    reward = RewardFactory()

    answer = office.get(f"{LIST}{reward.pk}/change/")

    assert answer.url == f"/admin/giftcards/giftcardtype/{reward.gift_card_type.pk}/change/"
    assert reward.gift_card_type.name in text_of(office.get(LIST))


def test_the_list_counts_uses_and_says_what_is_paused(office: Browser, alice: Client) -> None:
    turn_on("loyalty")
    give_points(alice, 1000)
    reward = ServiceRewardFactory(service=ServiceFactory(providers=[ProviderFactory()]))
    book_visit(
        client=alice,
        guest=None,
        lines=[Line(reward.service)],
        starts_at=at(13),
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
        rewards={0: Wanted(reward, 400)},
    )
    html = office.get(LIST).content.decode()
    cell = html.split("field-used", 1)[1].split("</td>")[0]
    assert cell.split(">", 1)[1].strip() == "1"

    archive_service(service=reward.service, actor=None)

    assert "Paused: the item is archived" in text_of(office.get(LIST))


def test_the_loyalty_tab_of_a_service_leads_to_its_reward(office: Browser) -> None:
    service = ServiceFactory()
    tab = f"/admin/catalogue/appointmentservice/{service.pk}/change/"
    assert f'href="{ADD}?service={service.pk}"' in office.get(tab).content.decode()

    reward = ServiceRewardFactory(service=service, points=400)

    page = office.get(tab).content.decode()
    assert f'href="{LIST}{reward.pk}/change/"' in page
    assert "As a reward: 400 points" in page


def test_a_product_is_a_reward_too(office: Browser) -> None:
    oil = ProductFactory(price_minor=2400)
    sent = {"product": oil.pk, "points": 336, "enabled": "on", "weekdays": EVERY_DAY}
    both = office.post(ADD, sent | {"service": ServiceFactory().pk})
    assert "Choose either a service or a product" in text_of(both)
    assert f"&quot;product-{oil.pk}&quot;: 336" in office.get(ADD).content.decode()

    office.post(ADD, sent)

    reward = Reward.objects.get()
    assert (reward.item, reward.points) == (oil, 336)
    page = text_of(office.get(f"{LIST}{reward.pk}/change/"))
    assert oil.name in page
    again = office.post(ADD, sent)
    assert "There is a reward of this product already." in text_of(again)
