"""How long a service takes and what it costs: by whom, and with what on top."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.models import AddOn, Service, ServiceProvider


@dataclass(frozen=True, slots=True)
class Terms:
    """Length in minutes and price in minor units, add-ons included."""

    minutes: int
    price_minor: int


def terms_of(
    service: Service,
    add_ons: Iterable[AddOn] = (),
    *,
    minutes: int | None = None,
    price_minor: int | None = None,
) -> Terms:
    """The service's own length and price unless the provider's are given, plus its add-ons."""
    length = service.minutes if minutes is None else minutes
    price = service.price_minor if price_minor is None else price_minor
    for add_on in add_ons:
        length += add_on.minutes
        price += add_on.price_minor
    return Terms(length, price)


def terms_by_provider(service: Service, add_ons: Iterable[AddOn] = ()) -> dict[int, Terms]:
    """What everybody who does the service takes for it, in the business's order. One query."""
    extra = tuple(add_ons)
    return {
        provider_id: terms_of(service, extra, minutes=minutes, price_minor=price_minor)
        for provider_id, minutes, price_minor in ServiceProvider.objects.filter(
            service=service, provider__archived_at__isnull=True
        )
        .order_by("provider__position", "provider_id")
        .values_list("provider_id", "minutes", "price_minor")
    }
