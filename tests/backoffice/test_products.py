"""Manage → Products: money, VAT, barcodes, and a count that warns."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.db.models.signals import pre_save
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from business.models import Business
from catalogue.models import Product, Service
from foundation.models import User
from tests.factories import ProductFactory, ServiceFactory

pytestmark = pytest.mark.django_db
PRODUCTS = "admin:catalogue_product"


def fields(**more: Any) -> dict[str, Any]:
    return {
        "name_en": "Rosehip oil 30 ml",
        "barcode": " 6430000000017 ",
        "price_minor": "24,00",
        "vat_hundredths": "13,5",
        "stock": "4",
        "warn_below": "5",
        "position": "0",
        **more,
    }


def change(browser: Browser, product: Product, **sent: Any) -> str:
    answer = browser.post(reverse(f"{PRODUCTS}_change", args=[product.pk]), fields(**sent))
    return answer.content.decode()


def test_a_product_is_added_with_price_rate_and_count(client: Browser, maria: User) -> None:
    client.force_login(maria)

    answer = client.post(reverse(f"{PRODUCTS}_add"), fields())

    product = Product.objects.get()
    assert answer.status_code == 302
    assert (product.price_minor, product.vat_hundredths) == (2400, 1350)
    assert (product.barcode, product.stock, product.is_short) == ("6430000000017", 4, True)
    assert product.history.get().history_user == maria


def test_a_product_without_rate_and_count(client: Browser, maria: User) -> None:
    client.force_login(maria)

    client.post(reverse(f"{PRODUCTS}_add"), fields(vat_hundredths="", stock="", barcode=""))

    product = Product.objects.get()
    assert (product.vat_hundredths, product.stock, product.is_short) == (None, None, False)


def test_a_barcode_that_another_product_has_names_it(client: Browser, maria: User) -> None:
    ProductFactory(name_en="Birch shampoo", barcode="6430000000017")
    client.force_login(maria)

    page = client.post(reverse(f"{PRODUCTS}_add"), fields()).content.decode()

    assert "Birch shampoo has this barcode already." in page
    assert Product.objects.count() == 1


@pytest.mark.parametrize("typed", ["101", "25.555", "much"])
def test_a_rate_that_is_none_is_refused(client: Browser, maria: User, typed: str) -> None:
    client.force_login(maria)

    page = client.post(reverse(f"{PRODUCTS}_add"), fields(vat_hundredths=typed)).content.decode()

    assert "Enter a rate from 0 to 100, like 25.5" in page
    assert f'value="{typed}"' in page
    assert not Product.objects.exists()


def test_a_name_corrected_leaves_the_count_to_the_till(client: Browser, maria: User) -> None:
    product = ProductFactory(**{**fields(), "price_minor": 2400, "vat_hundredths": 1350})
    client.force_login(maria)
    page = reverse(f"{PRODUCTS}_change", args=[product.pk])
    client.get(page)

    def sell_meanwhile(**kwargs: Any) -> None:
        Product.objects.filter(pk=product.pk).update(stock=3)

    pre_save.connect(sell_meanwhile, sender=Product)
    try:
        change(client, product, name_en="Rosehip oil", barcode=product.barcode)
    finally:
        pre_save.disconnect(sell_meanwhile, sender=Product)

    product.refresh_from_db()
    assert (product.name_en, product.stock) == ("Rosehip oil", 3)


def test_the_list_marks_what_runs_out_and_finds_it(client: Browser, maria: User) -> None:
    ProductFactory(name_en="Birch shampoo", stock=2, warn_below=6)
    ProductFactory(name_en="Massage ball", stock=9, warn_below=3)
    ProductFactory(name_en="Herbal tea")
    client.force_login(maria)

    everything = client.get(reverse(f"{PRODUCTS}_changelist")).content.decode()
    short = client.get(reverse(f"{PRODUCTS}_changelist"), {"stock": "short"}).content.decode()

    assert "2, running out" in everything
    assert re.search(r">\s*9\s*<", everything)
    assert "9, running out" not in everything
    assert "Herbal tea" in everything
    assert "Birch shampoo" in short
    assert "Massage ball" not in short


def test_the_list_asks_as_often_for_30_products(
    client: Browser, maria: User, django_assert_num_queries: Any
) -> None:
    client.force_login(maria)
    ProductFactory()
    page = reverse(f"{PRODUCTS}_changelist")
    client.get(page)
    with CaptureQueriesContext(connection) as one:
        client.get(page)
    ProductFactory.create_batch(29)

    with django_assert_num_queries(len(one)):
        client.get(page)


def test_a_product_goes_off_offer_and_comes_back(client: Browser, maria: User) -> None:
    product = ProductFactory()
    client.force_login(maria)
    page = reverse(f"{PRODUCTS}_changelist")

    client.post(page, {"action": "take_off_offer", ACTION_CHECKBOX_NAME: product.pk})
    product.refresh_from_db()
    assert product.archived_at is not None

    again = {"action": "put_on_offer", ACTION_CHECKBOX_NAME: product.pk}
    client.post(f"{page}?offer=all", again)
    product.refresh_from_db()
    assert product.archived_at is None


def test_a_service_shows_its_own_rate(client: Browser, maria: User) -> None:
    service: Service = ServiceFactory(vat_hundredths=1350)
    client.force_login(maria)

    page = client.get(reverse("admin:catalogue_appointmentservice_change", args=[service.pk]))

    assert 'value="13.5"' in page.content.decode()


def test_the_business_shows_its_rate(client: Browser, maria: User) -> None:
    Business.objects.update(vat_hundredths=2400)
    client.force_login(maria)

    page = client.get(reverse("admin:business_business_change", args=[1]))

    assert 'value="24"' in page.content.decode()
