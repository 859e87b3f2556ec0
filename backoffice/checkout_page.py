"""What the till's page shows: the lines, what can be added, the money, and the client's points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backoffice.checkout_steps import Tried
from backoffice.new_booking_client import find_clients
from business.features import get_features
from business.profile import get_business, local_today
from catalogue.models import Product, Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import spendable_cards_of
from giftcards.models import GiftCardType
from loyalty.models import Reward
from loyalty.points import balance_of
from loyalty.rewards import in_the_way, product_rewards
from sales.checkout_lines import DISCOUNT
from sales.checkout_sums import (
    for_cards_left,
    full_price,
    lines_of,
    payments_of,
    points_on,
    vat_parts,
)
from sales.models import LineKind, OwnTender, Sale, SaleLine
from sales.rewards import products_had

FAVOURITES = 8


@dataclass(frozen=True)
class Shown:
    """A line as the page shows it. Amounts in minor units."""

    line: SaleLine
    full_minor: int
    points: int
    may_discount: bool
    may_count: bool
    is_short: bool

    @property
    def name(self) -> str:
        line = self.line
        if line.booking is not None:
            return line.booking.service_name
        return line.name or line.get_kind_display().capitalize()

    @property
    def provider(self) -> Provider | None:
        return self.line.booking.provider if self.line.booking else self.line.provider


@dataclass(frozen=True)
class Offered:
    """A product for points: how many it needs, and how many are missing."""

    reward: Reward
    points: int
    missing: int
    reason: str


def shown_line(line: SaleLine) -> Shown:
    """Also of a sale that is over."""
    entry = line.spend_entry
    is_reward = line.reward_id is not None or entry is not None
    product = line.product
    is_priced = line.kind in (LineKind.BOOKING, LineKind.SERVICE, LineKind.PRODUCT)
    return Shown(
        line=line,
        full_minor=full_price(line),
        points=line.reward_points or (-entry.amount if entry else 0),
        may_discount=is_priced and not is_reward and full_price(line) > 0,
        may_count=line.kind == LineKind.PRODUCT and not is_reward,
        is_short=product is not None
        and product.stock is not None
        and product.stock < line.quantity,
    )


def page_of_till(actor: User, sale: Sale, tried: Tried) -> dict[str, Any]:
    """Reads only, in a fixed number of queries besides the rewards on offer."""
    business, features = get_business(), get_features()
    lines = lines_of(sale)
    client = sale.client
    balance = balance_of(client) if client and features.loyalty else 0
    spent = points_on(lines)
    text = tried.sent.get("q", "")[:100].strip()
    products = Product.objects.filter(archived_at__isnull=True)
    cards = spendable_cards_of(client) if client else []
    payments = payments_of(sale)
    used = {each.card_entry.card_id for each in payments if each.card_entry}
    return {
        "sale": sale,
        "client": client,
        "tried": tried,
        "new_token": new_form_token,
        "lines": [shown_line(line) for line in lines],
        "payments": payments,
        "left_minor": sale.left_to_pay_minor,
        "full_minor": sum(full_price(line) for line in lines),
        "discount_minor": sum(line.discount_minor for line in lines),
        "vat": vat_parts(lines, business),
        "for_cards": for_cards_left(sale),
        "cards": [card for card in cards if card.pk not in used],
        "own_tenders": OwnTender.objects.filter(archived_at__isnull=True),
        "favourites": products[:FAVOURITES],
        "services": _services(),
        "card_types": _card_types(features.gift_cards),
        "people": Provider.objects.filter(archived_at__isnull=True),
        "balance": balance,
        "balance_after": balance - spent,
        "points_spent": spent,
        "rewards": _rewards(client, balance - spent) if client and features.loyalty else [],
        "may_discount": actor.has_perm(DISCOUNT),
        "may_choose": sale.visit_id is None and not spent,
        "found": find_clients(actor, text) if client is None else [],
        "text": text,
    }


def _services() -> Any:
    return (
        Service.objects.filter(archived_at__isnull=True)
        .select_related("category")
        .order_by("category__position", "category_id", "position", "pk")
    )


def _card_types(is_on: bool) -> Any:
    found = GiftCardType.objects.filter(archived_at__isnull=True)
    return found if is_on else found.none()


def _rewards(client: Client, left: int) -> list[Offered]:
    """Rewards of products, the cheapest first, with what stands in the way of each."""
    today = local_today(get_business())
    had = products_had(client.pk)
    return [
        Offered(
            each,
            each.points or 0,
            max(0, (each.points or 0) - left),
            in_the_way(each, day=today, provider_id=None, had=(), had_products=had),
        )
        for each in product_rewards()
    ]
