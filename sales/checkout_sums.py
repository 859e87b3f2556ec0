"""The sums of a sale: what is on it, what is paid, and the VAT that the prices include. Reads only.

VAT is rounded once per rate, half up, over everything sold at that rate: rounding line by line
would make the sum of the shown parts another one than the tax of the sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from business.models import Business
from foundation.percent import WHOLE, format_percent
from sales.models import LineKind, Payment, Sale, SaleLine, Tender
from sales.payments import open_payments


@dataclass(frozen=True)
class VatPart:
    """What was sold at one rate, and the VAT in it, in minor units."""

    hundredths: int
    amount_minor: int
    vat_minor: int

    @property
    def percent(self) -> str:
        return format_percent(self.hundredths)


def lines_of(sale: Sale) -> list[SaleLine]:
    """The lines in the order in which they came, with everything that a page shows of them."""
    related = (
        "booking__service",
        "booking__provider",
        "service",
        "product",
        "gift_card_type",
        "gift_card__type",
        "provider",
        "reward",
        "award",
        "spend_entry__reward__gift_card_type",
    )
    return list(sale.lines.select_related(*related).order_by("pk"))


def full_price(line: SaleLine) -> int:
    """What the line costs before its discount, in minor units."""
    return line.amount_minor + line.discount_minor


def rate_of(line: SaleLine, business: Business) -> int:
    """The line's VAT in hundredths of a per cent: as it was written down when it was sold, else as
    it is now. Gift cards are taxed when they pay, and a tip is a present."""
    if line.vat_hundredths is not None:
        return line.vat_hundredths
    if line.kind in (LineKind.GIFT_CARD, LineKind.TIP):
        return 0
    sold = line.booking.service if line.booking else line.service or line.product
    own = sold.vat_hundredths if sold else None
    return business.vat_hundredths if own is None else own


def vat_in(amount_minor: int, hundredths: int) -> int:
    """The VAT that ``amount_minor`` includes, rounded half up to whole minor units."""
    whole = WHOLE + hundredths
    return (2 * amount_minor * hundredths + whole) // (2 * whole)


def vat_parts(lines: Iterable[SaleLine], business: Business) -> list[VatPart]:
    """One part per rate, the highest first; what was refunded and what is free of VAT is left
    out."""
    sums: dict[int, int] = {}
    for line in lines:
        rate = rate_of(line, business)
        if rate and line.amount_minor and line.refunded_at is None:
            sums[rate] = sums.get(rate, 0) + line.amount_minor
    return [VatPart(rate, sums[rate], vat_in(sums[rate], rate)) for rate in sorted(sums)[::-1]]


def payments_of(sale: Sale) -> list[Payment]:
    """What was paid and has not gone back, the first one first, with what a page shows of it."""
    standing = open_payments(sale)
    return list(standing.select_related("own_tender", "card_entry__card").order_by("pk"))


def for_cards_left(sale: Sale) -> int:
    """What gift cards may still pay of the sale: other gift cards are bought with money."""
    lines = sale.lines.filter(refunded_at__isnull=True).exclude(kind=LineKind.GIFT_CARD)
    worth = sum(lines.values_list("amount_minor", flat=True))
    paid = open_payments(sale).filter(tender=Tender.GIFT_CARD)
    by_cards = sum(paid.values_list("amount_minor", flat=True))
    return max(0, min(worth - by_cards, sale.left_to_pay_minor))


def points_on(lines: Iterable[SaleLine]) -> int:
    """Points that the rewards among ``lines`` cost once the sale is completed."""
    return sum(line.reward_points or 0 for line in lines if line.spend_entry_id is None)
