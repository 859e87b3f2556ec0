"""What a service costs whoever does it, for lists and pages that name nobody yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from catalogue.models import Service, ServiceProvider
from catalogue.terms import Terms, terms_of


@dataclass(frozen=True)
class Price:
    """The least that anybody asks (minor units) and takes (minutes). ``varies`` says whether
    others ask more, ``takes_longer`` whether others take longer."""

    price_minor: int
    minutes: int
    varies: bool
    takes_longer: bool


def prices_of(services: Iterable[Service]) -> dict[int, Price]:
    """The price of each of ``services``, by its id; one query."""
    wanted = {service.pk: service for service in services}
    found: dict[int, list[Terms]] = defaultdict(list)
    does = ServiceProvider.objects.filter(service__in=wanted, provider__archived_at__isnull=True)
    for pk, minutes, price_minor in does.values_list("service_id", "minutes", "price_minor"):
        found[pk].append(terms_of(wanted[pk], minutes=minutes, price_minor=price_minor))
    return {pk: _price(found[pk] or [terms_of(service)]) for pk, service in wanted.items()}


def _price(terms: list[Terms]) -> Price:
    prices = {each.price_minor for each in terms}
    lengths = {each.minutes for each in terms}
    return Price(min(prices), min(lengths), len(prices) > 1, len(lengths) > 1)
