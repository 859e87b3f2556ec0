"""What is on an open sale: adding, changing and taking off.

Every change locks the sale, so that its sums agree with its lines and two tabs follow each other. A
line of a visit goes with the visit; here it may only become cheaper. Nothing is issued, spent or
taken from the shelf before the sale is completed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Sum

from bookings.models import Booking
from business.profile import get_business, local_today
from catalogue.models import Product, Provider, Service
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from foundation.money import MAX_MINOR, BadAmount
from giftcards.models import GiftCardType
from loyalty.models import Reward
from loyalty.rewards import in_the_way
from sales.errors import (
    ClientMissing,
    DiscountReasonMissing,
    DiscountTooHigh,
    LineFixed,
    LineGone,
    NotSold,
    PaidMore,
    RewardNotNow,
    SaleClosed,
    TooManyPieces,
)
from sales.models import MOST_PIECES, LineKind, Sale, SaleLine, SaleState
from sales.rewards import products_had
from sales.visits import lock_visit

CHECK_OUT, DISCOUNT = "sales.check_out", "sales.give_discounts"


def lock_open(sale: Sale) -> Sale:
    """The sale, locked and fresh. Raises SaleClosed once it is completed or cancelled."""
    locked = lock_one(Sale.objects.all(), sale.pk)
    if locked.state != SaleState.OPEN:
        raise SaleClosed
    return locked


def lock_whole(sale: Sale) -> tuple[Sale, list[Booking]]:
    """The sale with its visit's sessions and bookings, locked in the project's order and fresh."""
    if sale.visit is None:
        return lock_one(Sale.objects.all(), sale.pk), []
    locked, bookings = lock_visit(sale.visit)
    assert locked is not None  # noqa: S101 (it is the visit's)
    return locked, bookings


def may_check_out(actor: User) -> None:
    """Raises NotAllowed."""
    if not actor.has_perm(CHECK_OUT):
        raise NotAllowed


def add_service(
    *, sale: Sale, service: Service, provider: Provider | None, form_token: str, actor: User
) -> Sale:
    """A service that was not booked. Raises NotSold, SaleClosed, NotAllowed."""
    if service.archived_at is not None:
        raise NotSold
    fields = {"kind": LineKind.SERVICE, "service": service, "provider": provider}
    fields |= _named(service) | {"unit_minor": service.price_minor}
    return _add(sale, fields, form_token, actor)


def add_product(*, sale: Sale, product: Product, form_token: str, actor: User) -> Sale:
    """One piece more of it: on its line, where there is one at today's price. What is out of stock
    is sold all the same. Raises NotSold, SaleClosed, NotAllowed, TooManyPieces."""
    if product.archived_at is not None:
        raise NotSold
    fields = {"kind": LineKind.PRODUCT, "product": product} | _named(product)
    return _add(sale, fields | {"unit_minor": product.price_minor}, form_token, actor)


def add_gift_card(*, sale: Sale, card_type: GiftCardType, form_token: str, actor: User) -> Sale:
    """A gift card that is issued once it is paid. Raises NotSold, SaleClosed, NotAllowed."""
    if card_type.archived_at is not None:
        raise NotSold
    fields = {"kind": LineKind.GIFT_CARD, "gift_card_type": card_type} | _named(card_type)
    return _add(sale, fields | {"unit_minor": card_type.value_minor}, form_token, actor)


def add_tip(
    *, sale: Sale, amount_minor: int, provider: Provider | None, form_token: str, actor: User
) -> Sale:
    """Something for whoever did it. Raises BadAmount, SaleClosed, NotAllowed."""
    if not 1 <= amount_minor <= MAX_MINOR:
        raise BadAmount
    fields = {"kind": LineKind.TIP, "unit_minor": amount_minor, "provider": provider}
    return _add(sale, fields, form_token, actor)


def add_reward(*, sale: Sale, reward: Reward, form_token: str, actor: User) -> Sale:
    """A product for points: free, and the points leave when the sale is completed.

    The points are fixed here: that is what the client was told. Raises ClientMissing, RewardNotNow,
    SaleClosed, NotAllowed.
    """
    product = reward.product
    if sale.client_id is None:
        raise ClientMissing
    today = local_today(get_business())
    had = products_had(sale.client_id)
    had |= {line.product_id for line in sale.lines.all() if line.product_id}
    reason = in_the_way(reward, day=today, provider_id=None, had=(), had_products=had)
    if product is None or reason:
        raise RewardNotNow(reason=reason)
    fields = {"kind": LineKind.PRODUCT, "product": product, "reward": reward} | _named(product)
    fields |= {"reward_points": reward.points, "unit_minor": 0}
    return _add(sale, fields, form_token, actor)


def change_line(
    *,
    sale: Sale,
    line_id: int,
    quantity: int,
    provider: Provider | None,
    discount_minor: int,
    discount_reason: str,
    actor: User,
) -> SaleLine:
    """How many, who did it, and how much cheaper. A repeat changes nothing more.

    Raises LineGone, LineFixed, TooManyPieces, DiscountTooHigh, DiscountReasonMissing, PaidMore,
    SaleClosed, NotAllowed (a discount has a right of its own).
    """
    may_check_out(actor)
    with _changing(sale) as locked:
        line = _line(locked, line_id)
        reason = discount_reason.strip()[:120] if discount_minor else ""
        is_cheaper = (discount_minor, reason) != (line.discount_minor, line.discount_reason)
        if is_cheaper and not actor.has_perm(DISCOUNT):
            raise NotAllowed
        if is_cheaper and (line.reward_id or line.kind in (LineKind.GIFT_CARD, LineKind.TIP)):
            raise LineFixed
        if quantity != line.quantity and (line.kind != LineKind.PRODUCT or line.reward_id):
            raise LineFixed
        if not 1 <= quantity <= MOST_PIECES:
            raise TooManyPieces
        if discount_minor and not reason:
            raise DiscountReasonMissing
        full = line.amount_minor + line.discount_minor
        if line.unit_minor is not None:
            full = line.unit_minor * quantity
        if not 0 <= discount_minor <= full:
            raise DiscountTooHigh
        line.quantity, line.discount_minor, line.discount_reason = quantity, discount_minor, reason
        line.amount_minor = full - discount_minor
        if line.booking_id is None:
            line.provider = provider
        line.save(
            update_fields=[
                "quantity",
                "discount_minor",
                "discount_reason",
                "amount_minor",
                "provider",
            ]
        )
    return line


def remove_line(*, sale: Sale, line_id: int, actor: User) -> None:
    """Take a line off; one that is gone already stays gone. Raises LineFixed for a visit's,
    PaidMore, SaleClosed, NotAllowed."""
    may_check_out(actor)
    with _changing(sale) as locked:
        line = locked.lines.filter(pk=line_id).first()
        if line is None:
            return
        if line.booking_id is not None:
            raise LineFixed
        line.delete()


def _add(sale: Sale, fields: dict[str, Any], form_token: str, actor: User) -> Sale:
    may_check_out(actor)
    content = [sale.pk, {name: getattr(each, "pk", each) for name, each in fields.items()}]
    with (
        _changing(sale) as locked,
        once(token=form_token, purpose="sale-line", content=content) as use,
    ):
        if not use.result:
            use.result = str(_one_more(locked, fields).pk)
    return locked


def _one_more(sale: Sale, fields: dict[str, Any]) -> SaleLine:
    same = None
    if fields["kind"] == LineKind.PRODUCT and "reward" not in fields:
        alike = sale.lines.filter(product=fields["product"], reward__isnull=True, discount_minor=0)
        same = alike.filter(unit_minor=fields["unit_minor"]).first()
    if same is None:
        return SaleLine.objects.create(sale=sale, amount_minor=fields["unit_minor"], **fields)
    if same.quantity >= MOST_PIECES:
        raise TooManyPieces
    same.quantity += 1
    same.amount_minor += fields["unit_minor"]
    same.save(update_fields=["quantity", "amount_minor"])
    return same


@contextmanager
def _changing(sale: Sale) -> Iterator[Sale]:
    """The sale is locked while its lines change, and its total is theirs afterwards."""
    with transaction.atomic():
        locked = lock_open(sale)
        yield locked
        total = locked.lines.aggregate(sum=Sum("amount_minor"))["sum"] or 0
        if total < locked.paid_minor:
            raise PaidMore
        if total > MAX_MINOR:
            raise BadAmount
        locked.total_minor = total
        locked.save(update_fields=["total_minor"])


def _line(sale: Sale, line_id: int) -> SaleLine:
    line = sale.lines.filter(pk=line_id).first()
    if line is None:
        raise LineGone
    return line


def _named(thing: Service | Product | GiftCardType) -> dict[str, str]:
    """The name under which it is sold, in every language."""
    return {name: getattr(thing, name) for name in ("name_en", "name_da", "name_fi")}
