"""The till in a browser: scanning, splitting, completing once; every page of it without a flaw."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from clients.models import Client
from foundation.models import User
from sales.models import Sale, SaleState
from tests.browser import Visitors
from tests.factories import GiftCardTypeFactory, ProductFactory, give_card
from tests.sales.till import walk_in

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.mark.parametrize(("device", "scheme"), [("desk", "light"), ("phone", "dark")])
def test_a_sale_from_scanner_to_refund(
    device: str,
    scheme: str,
    page_at: Visitors,
    axe: Callable[..., None],
    alice: Client,
    daisy: User,
) -> None:
    ProductFactory(name_en="Rosehip oil", barcode="6430000000017", stock=1)
    GiftCardTypeFactory()
    card = give_card(alice, 1000)
    sale = walk_in(daisy, alice)
    page = page_at(device, scheme=scheme, user=daisy, tolerate=("status of 422",))
    page.goto(reverse("backoffice:till", args=[sale.pk]))
    scanner = page.get_by_label("Barcode or product")

    for pieces in ("Rosehip oil", "2 × Rosehip oil"):
        scanner.fill("6430000000017")
        scanner.press("Enter")
        page.locator(".till-lines").get_by_text(pieces, exact=False).first.wait_for()
        assert scanner.evaluate("field => field === document.activeElement")
    page.locator(".till-lines").get_by_text("Change").click()
    page.get_by_label("Discount", exact=True).fill("8")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    axe(page)
    page.get_by_label("Reason for the discount").fill("Damaged box")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("8.00 off: Damaged box").wait_for()

    page.get_by_role("button", name=f"Gift card …{card.last_four}").click()
    page.locator(".till-left").get_by_text("€30.00").wait_for()
    page.get_by_label("Amount, or cash given").fill("50")
    page.get_by_role("button", name="Cash").click()
    page.get_by_text("change €20.00").wait_for()
    axe(page)
    page.get_by_role("button", name="Complete sale").dblclick()
    page.wait_for_url("**/admin/sales/*/")
    axe(page)

    done = Sale.objects.get()
    assert (done.state, done.number, done.total_minor) == (SaleState.COMPLETED, 1, 4000)
    page.get_by_role("link", name="Refund").click()
    page.get_by_label("2 × Rosehip oil").check()
    page.get_by_role("button", name="Refund €40.00").wait_for()
    axe(page)
    page.get_by_role("button", name="Refund €40.00").click()
    page.get_by_text("Everything that was paid and returned").wait_for()
    axe(page)
    page.goto(reverse("backoffice:checkout"))
    axe(page)
    page.goto(reverse("backoffice:sales"))
    axe(page)
