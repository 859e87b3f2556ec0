"""Prices that depend on who does it: "from", and why (C2, C3)."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from catalogue.archive import archive_provider
from catalogue.models import Service, ServiceProvider
from tests.factories import ServiceFactory
from tests.website.booking import aino, massage, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def dear() -> Service:
    """72.00 and an hour with Jonas, 60.00 and 75 minutes with Aino."""
    service = massage()
    does = ServiceProvider.objects.filter(service=service, provider=aino(service))
    does.update(price_minor=6000, minutes=75)
    return service


@pytest.mark.parametrize("path", ["/", "/services/", "/book/"])
def test_a_list_says_from_and_why(client: Browser, dear: Service, path: str) -> None:
    page = client.get(path)
    words = text_of(page)
    assert "from €60.00 from 60 min" in words
    assert "The price depends on who does it." in words
    assert "60 minutes, from €60.00" in page.content.decode()


def test_the_page_of_a_service_says_who_asks_what(client: Browser, dear: Service) -> None:
    words = text_of(client.get("/services/deep-tissue/"))
    assert "from €60.00 The price depends on who does it." in words
    assert "Aino · €60.00 · 75 min" in words
    assert "Jonas · €72.00 · 60 min" in words


def test_the_same_price_for_all_is_plain(client: Browser) -> None:
    massage()
    for path in ("/services/", "/services/deep-tissue/"):
        words = text_of(client.get(path))
        assert "€72.00" in words
        assert "from €" not in words
        assert "from 60 min" not in words


def test_who_left_does_not_count(client: Browser, dear: Service) -> None:
    archive_provider(provider=aino(dear), actor=None)
    words = text_of(client.get("/services/"))
    assert "€72.00 60 min" in words


def test_thirty_services_cost_as_much_as_one(
    client: Browser, dear: Service, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/services/")
    with django_assert_num_queries(4):
        client.get("/services/")
    for _ in range(29):
        ServiceFactory(category=dear.category)
    with django_assert_num_queries(4):
        client.get("/services/")
