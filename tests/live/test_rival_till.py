"""Twenty posts at once at the till: /admin/checkout/<sale>/ and /admin/sales/<id>/refund/."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalogue.models import Product
from foundation.form_tokens import new_form_token
from sales.checkout_refunds import refund_effects
from sales.checkout_sums import lines_of
from sales.models import Payment, Sale
from tests.factories import ProductFactory, UserFactory, give_card
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import Salon
from tests.sales.till import by_card, cash, sell, sold, walk_in

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def an_open_sale() -> Sale:
    """A product for 24.00, nothing paid."""
    cashier = UserFactory(is_superuser=True)
    return sell(walk_in(cashier), cashier, ProductFactory(stock=10))


def test_a_sale_completed_twenty_times_is_one(salon: Salon) -> None:
    desk, sale = salon.desk(), an_open_sale()
    cash(sale, UserFactory(is_superuser=True), 2400)
    till = reverse("backoffice:till", args=[sale.pk])
    sent = desk.form(till, "form_token")

    # Twenty tabs: each has a form of its own.
    answers = together(
        [
            desk.press(till, **sent | {"step": "complete", "form_token": new_form_token()})
            for _tab in range(RIVALS)
        ]
    )

    assert statuses(answers) == {302: RIVALS}
    assert [each.number for each in Sale.objects.all()] == [1]
    assert Product.objects.get().stock == 9


def test_a_payment_sent_twenty_times_is_taken_once(salon: Salon) -> None:
    desk, sale = salon.desk(), an_open_sale()
    till = reverse("backoffice:till", args=[sale.pk])
    sent = desk.form(till, "form_token") | {"step": "cash", "amount": "10"}

    answers = together([desk.press(till, **sent)] * RIVALS)

    assert same_place(answers) == till
    assert Payment.objects.get().amount_minor == 1000


def test_one_card_at_twenty_tills_pays_once(salon: Salon) -> None:
    desk, client, presses = salon.desk(), salon.client(), []
    card = give_card(client, 1000)
    cashier = UserFactory(is_superuser=True)
    for _till in range(RIVALS):
        sale = sell(walk_in(cashier, client), cashier)
        till = reverse("backoffice:till", args=[sale.pk])
        sent = desk.form(till, "form_token")
        paying = {"step": "own-card", "card": str(card.pk), "balance": "1000"}
        presses.append(desk.press(till, **sent | paying))

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    card.refresh_from_db()
    assert card.balance == 0


def test_a_refund_pressed_twenty_times_gives_back_once(salon: Salon) -> None:
    desk, sale = salon.desk(), sold(UserFactory(is_superuser=True))
    path = reverse("backoffice:sale-refund", args=[sale.pk])
    seen = refund_effects(sale, lines_of(sale)).fingerprint
    sent = desk.form(path, "form_token") | {"step": "refund", "seen": seen}
    sent["line"] = str(sale.lines.get().pk)

    answers = together([desk.press(path, **sent)] * RIVALS)

    assert same_place(answers) == reverse("backoffice:sale", args=[sale.pk])
    assert sum(each.amount_minor for each in sale.payments.all()) == 0


def test_a_payment_is_taken_back_in_twenty_tabs(salon: Salon) -> None:
    desk, sale = salon.desk(), an_open_sale()
    payment = by_card(sale, UserFactory(is_superuser=True), 2400)
    till = reverse("backoffice:till", args=[sale.pk])
    sent = desk.form(till, "form_token") | {"step": "take-back", "payment": str(payment.pk)}

    answers = together([desk.press(till, **sent)] * RIVALS)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert Sale.objects.get().paid_minor == 0
