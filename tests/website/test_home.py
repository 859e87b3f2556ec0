"""The front page (C1)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.sessions import create_session
from business.models import Business, SpecialDay
from clients.models import Client
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_points,
    turn_off,
    turn_on,
)
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db

NINE_TO_FIVE = (dt.time(9), dt.time(17))
EVENING = dt.datetime(2025, 11, 4, 15, 30, tzinfo=dt.UTC)


def test_home_answers_can_i_book_and_for_how_much(client: Browser) -> None:
    turn_on("loyalty")
    massage()
    page = client.get("/")
    words = text_of(page)
    assert "Book a time" in words
    assert "Deep tissue massage" in words
    assert "€72.00" in words
    assert "Earn 60 points" in words
    assert 'hx-get="/next-time/"' in page.content.decode()


def test_home_without_services_gives_the_phone(client: Browser) -> None:
    Business.objects.update(phone="+358 9 123 456")
    assert "Online booking opens soon. Call +358 9 123 456." in text_of(client.get("/"))


def test_next_time_is_the_earliest_of_the_first_services(client: Browser) -> None:
    late = ProviderFactory(hours=[(4, dt.time(9), dt.time(17))])
    ServiceFactory(name_en="Facial", providers=[late], position=1)
    ServiceFactory(name_en="Haircut", providers=[ProviderFactory()], position=2)
    words = text_of(client.get("/next-time/"))
    assert "Next free time: Tue 4 Nov 12:00 · Haircut · €72.00" in words


def test_next_time_says_until_when_it_is_full(client: Browser) -> None:
    ServiceFactory()
    assert "Fully booked until Tue 18 Nov." in text_of(client.get("/next-time/"))


def test_home_lists_the_classes_that_are_still_to_come_today(client: Browser) -> None:
    yoga = ClassServiceFactory(name_en="Yoga basics")
    provider = ProviderFactory(name="Freja")
    for hours in (-3, 0, 24):
        starts = EVENING + dt.timedelta(hours=hours * 2)
        create_session(service=yoga, provider=provider, starts_at=starts, actor=None)
    words = text_of(client.get("/"))
    assert "17:30" in words
    assert "11:30" in words
    assert words.split(" Team ")[0].count("Freja") == 2


def test_home_shows_points_to_clients_only(client: Browser, alice: Client) -> None:
    turn_on("loyalty")
    give_points(alice, 340)
    book(alice, massage(), THURSDAY_10)
    assert "Your points" not in text_of(client.get("/"))
    client.force_login(alice.user)
    words = text_of(client.get("/"))
    assert "340 points" in words
    assert "60 points are on the way." in words


def test_home_teases_gift_cards_while_they_are_on(client: Browser) -> None:
    GiftCardTypeFactory(value_minor=5000)
    GiftCardTypeFactory(value_minor=2000)
    GiftCardTypeFactory(value_minor=1000, shown_online=False)
    words = text_of(client.get("/"))
    assert "From €20.00" in words
    assert "See gift cards" in words
    turn_off("gift_cards")
    assert "See gift cards" not in text_of(client.get("/"))


@pytest.mark.parametrize("language", ["da", "fi"])
def test_home_speaks_the_language_of_its_address(
    client: Browser, language: str, clock: Clock
) -> None:
    massage(name_da="Dybdemassage", name_fi="Syväkudoshieronta")
    body = client.get(f"/{language}/").content.decode()
    assert f'<html lang="{language}"' in body
    assert {"da": "Dybdemassage", "fi": "Syväkudoshieronta"}[language] in body


def test_home_says_who_works_there_where_and_when(client: Browser) -> None:
    """Tuesday 4 November, 11:00 in Helsinki."""
    Business.objects.update(street="Bulevardi 1", postcode="00100", city="Helsinki")
    ProviderFactory(name="Aino", role_en="Stylist", hours=[(1, dt.time(9), dt.time(12))])
    ProviderFactory(name="Freja", hours=[(1, dt.time(11), dt.time(17)), (3, *NINE_TO_FIVE)])
    gone = ProviderFactory(name="Elsa", hours=[(6, *NINE_TO_FIVE)])
    gone.archived_at = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    gone.save()
    SpecialDay.objects.create(day=dt.date(2025, 11, 6), kind="closed", name_en="Inventory")
    SpecialDay.objects.create(
        day=dt.date(2025, 11, 9), kind="extra", opens=dt.time(10), closes=dt.time(14)
    )
    SpecialDay.objects.create(day=dt.date(2026, 3, 1), kind="closed", name_en="Far away")

    words = text_of(client.get("/"))

    assert "Aino Stylist Freja" in words
    assert "Bulevardi 1, 00100 Helsinki · Show on a map" in words
    assert "Open today until 17:00" in words
    assert "Thu 6 Nov: closed (Inventory) Sun 9 Nov: 10:00–14:00" in words
    assert "Far away" not in words
    assert (
        "Opening hours Mon closed Tue 09:00–17:00 Wed closed Thu 09:00–17:00 Fri–Sun closed"
        in words
    )
    assert "Elsa" not in words


@pytest.mark.parametrize(
    ("hour", "said"),
    [
        (5, "Opens today at 09:00"),
        (7, "Open today until 17:00"),
        (15, "Closed for today"),
    ],
)
def test_home_says_how_it_is_now(client: Browser, clock: Clock, hour: int, said: str) -> None:
    ProviderFactory(hours=[(1, *NINE_TO_FIVE)])
    clock.move_to(clock.now.replace(hour=hour))
    assert said in text_of(client.get("/"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [("closed", "Closed today"), ("shorter", "until 12:00"), ("extra", "until 12:00")],
)
def test_a_special_day_goes_before_the_week(client: Browser, kind: str, said: str) -> None:
    ProviderFactory(hours=[(1, *NINE_TO_FIVE)])
    opens = {} if kind == "closed" else {"opens": dt.time(8), "closes": dt.time(12)}
    SpecialDay.objects.create(day=dt.date(2025, 11, 4), kind=kind, **opens)
    words = text_of(client.get("/"))
    assert said in words
    hours = {"closed": "closed", "shorter": "09:00–12:00", "extra": "08:00–12:00"}[kind]
    assert f"Tue 4 Nov: {hours}" in words


def test_home_without_anybody_says_no_hours(client: Browser) -> None:
    assert "Opening hours" not in text_of(client.get("/"))
