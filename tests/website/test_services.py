"""Services and prices, and the page of one (C2, C3)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from tests.factories import (
    CategoryFactory,
    ClassServiceFactory,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    turn_on,
)
from tests.website.booking import massage, text_of

pytestmark = pytest.mark.django_db


def test_services_stand_in_their_categories(client: Browser) -> None:
    hair, skin = CategoryFactory(name_en="Hair", position=2), CategoryFactory(name_en="Skin")
    ServiceFactory(name_en="Cut", category=hair)
    ServiceFactory(name_en="Facial", category=skin, summary_en="Cleans and calms")
    ServiceFactory(name_en="Hidden", category=skin, online=False)
    ClassServiceFactory(name_en="Yoga", category=skin)
    words = text_of(client.get("/services/"))
    assert words.index("Skin") < words.index("Facial") < words.index("Cleans and calms")
    assert words.index("Facial") < words.index("Cut")
    assert "Hidden" not in words
    assert "Yoga" not in words


def test_a_service_says_price_length_and_points(client: Browser) -> None:
    massage()
    assert "points" not in text_of(client.get("/services/"))
    turn_on("loyalty")
    page = client.get("/services/")
    words = text_of(page)
    assert 'aria-label="Deep tissue massage, 60 minutes, €72.00"' in page.content.decode()
    assert "€72.00 60 min" in words
    assert "Earn 60 points" in words


def test_the_same_list_begins_a_booking(client: Browser) -> None:
    massage()
    assert 'href="/services/deep-tissue/"' in client.get("/services/").content.decode()
    page = client.get("/book/")
    assert 'href="/book/deep-tissue/"' in page.content.decode()
    assert "What would you like to book?" in text_of(page)


def test_search_appears_with_many_services_and_finds_folded(client: Browser) -> None:
    massage(name_fi="Syväkudoshieronta")
    assert 'type="search"' not in client.get("/services/").content.decode()
    for _ in range(12):
        ServiceFactory()
    assert 'type="search"' in client.get("/services/").content.decode()
    words = text_of(client.get("/fi/services/?q=SYVÄ"))
    assert "Syväkudoshieronta" in words
    assert "Service" not in words.split("Syväkudoshieronta")[1].split("60")[0]


def test_search_without_hits_shows_the_way_out(client: Browser) -> None:
    massage()
    page = client.get("/services/?q=brow")
    assert "No service matches “brow”" in text_of(page)
    assert "Show all" in text_of(page)


def test_search_swaps_the_list_for_htmx(client: Browser) -> None:
    massage()
    headers = {"HX-Request": "true", "HX-Target": "services"}
    body = client.get("/services/?q=deep", headers=headers).content.decode()
    assert body.strip().startswith('<div id="services" data-say="1 service"')
    whole = client.get(
        "/services/?q=deep", headers=headers | {"HX-History-Restore-Request": "true"}
    )
    assert "<html" in whole.content.decode()


@pytest.mark.parametrize("query", ["q=%00", "q=" + "x" * 50_000, "q=%ED%A0%80", "q[]=1"])
def test_nasty_searches_show_the_list(client: Browser, query: str) -> None:
    massage()
    assert client.get(f"/services/?{query}").status_code == 200


def test_one_service(client: Browser) -> None:
    turn_on("loyalty")
    massage(summary_en="Slow and firm")
    words = text_of(client.get("/services/deep-tissue/"))
    for part in ("Slow and firm", "€72.00", "60 minutes", "Aino, Jonas", "Earn 60 points"):
        assert part in words
    assert "Free online until 24 hours before." in words
    times = client.get("/services/deep-tissue/next/")
    assert "Tuesday 4 November 12:00" in text_of(times)
    assert "?at=2025-11-04T10%3A00%3A00%2B00%3A00" in times.content.decode()


def test_one_service_without_free_times(client: Browser) -> None:
    massage(providers=[ProviderFactory(hours=[])])
    words = text_of(client.get("/services/deep-tissue/next/"))
    assert "No free times in the next two weeks." in words


def test_a_class_has_its_own_page(client: Browser) -> None:
    ClassServiceFactory(slug="yoga")
    assert client.get("/services/yoga/")["Location"] == "/classes/yoga/"
    assert client.get("/book/yoga/")["Location"] == "/classes/yoga/"
    assert client.get("/book/yoga/times/")["Location"] == "/classes/yoga/"


@pytest.mark.parametrize("path", ["/services/nothing/", "/book/nothing/", "/classes/nothing/"])
def test_an_unknown_service_is_not_found(client: Browser, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_list_costs_the_same_with_one_service_and_thirty(
    client: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    turn_on("loyalty")
    massage()
    with django_assert_num_queries(5):
        client.get("/services/")
    for _ in range(30):
        EarningRuleFactory(service=ServiceFactory())
    with django_assert_num_queries(5):
        client.get("/services/")
