"""What happened on a gift card, in its owner's words (ux C16).

A card is bearer value: somebody else may have paid with its code. The owner is told what the
owner's own visits cost, and of anybody else's only that the card was used.
"""

from __future__ import annotations

from dataclasses import dataclass

from babel.lists import format_list
from django.utils.translation import gettext as _

from bookings.models import Visit
from business.models import Business
from clients.models import Client
from foundation.money import locale_for
from foundation.writing import write_day_time
from giftcards.models import CardEntry, CardKind, GiftCard
from sales.models import Payment

MOST_MOVEMENTS = 100


@dataclass(frozen=True)
class Movement:
    """One row. ``what`` is empty where the kind says it all."""

    entry: CardEntry
    what: str


def movements_of(card: GiftCard, client: Client, business: Business) -> list[Movement]:
    """The newest movements, newest first, for the card's owner. Two queries."""
    entries = (
        card.entries.select_related("payment__sale__visit")
        .prefetch_related("payment__sale__visit__bookings")
        .order_by("-sequence")[:MOST_MOVEMENTS]
    )
    return [Movement(entry, _what(entry, client, business)) for entry in entries]


def _what(entry: CardEntry, client: Client, business: Business) -> str:
    """The visit that was paid, or whose payment came back (its entry has a payment too)."""
    payment: Payment | None = getattr(entry, "payment", None)
    visit = payment.sale.visit if payment is not None else None
    if visit is not None and visit.client_id == client.pk:
        return _("%(service)s, %(when)s") % {
            "service": _services(visit),
            "when": write_day_time(visit.starts_at, business.zone),
        }
    return _("Used with its code") if entry.kind == CardKind.SPEND else ""


def _services(visit: Visit) -> str:
    names = [booking.service_name for booking in visit.bookings.all()]
    return format_list(names, locale=locale_for())
