"""A till for tests: who stands at it, and shorthands over its commands."""

from __future__ import annotations

from typing import Any

from catalogue.models import Product
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.models import Reward
from sales.checkout import complete_sale, open_sale
from sales.checkout_lines import add_product
from sales.checkout_payments import pay_cash, pay_otherwise
from sales.models import Payment, Sale
from tests.factories import ProductFactory


def walk_in(actor: User, client: Client | None = None) -> Sale:
    return open_sale(client=client, form_token=new_form_token(), actor=actor)


def sell(sale: Sale, actor: User, product: Product | None = None, pieces: int = 1) -> Sale:
    """Put a product on the sale; it comes back fresh."""
    product = product or ProductFactory()
    for _piece in range(pieces):
        add_product(sale=sale, product=product, form_token=new_form_token(), actor=actor)
    return Sale.objects.get(pk=sale.pk)


def cash(sale: Sale, actor: User, given_minor: int) -> Payment:
    return pay_cash(sale=sale, given_minor=given_minor, form_token=new_form_token(), actor=actor)


def by_card(sale: Sale, actor: User, amount_minor: int) -> Payment:
    return pay_otherwise(
        sale=sale,
        amount_minor=amount_minor,
        own_tender=None,
        form_token=new_form_token(),
        actor=actor,
    )


def complete(sale: Sale, actor: User) -> Sale:
    return complete_sale(sale=sale, form_token=new_form_token(), actor=actor)


def sold(actor: User, client: Client | None = None, **product: Any) -> Sale:
    """One product, paid in cash, completed."""
    sale = sell(walk_in(actor, client), actor, ProductFactory(**product))
    if sale.total_minor:
        cash(sale, actor, sale.total_minor)
    return complete(sale, actor)


def product_reward(points: int = 400, **product: Any) -> Reward:
    return Reward.objects.create(product=ProductFactory(**product), enabled=True, points=points)
