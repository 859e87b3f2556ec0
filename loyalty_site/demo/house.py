"""What the demo's salon has beside its services: add-ons, rewards, products, rooms, own terms."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from business.models import SpecialDay, SpecialDayKind
from business.profile import get_business
from catalogue.models import (
    AddOn,
    AddOnService,
    DateHours,
    Product,
    Provider,
    Resource,
    ResourceKind,
    Service,
    ServiceProvider,
    ServiceResource,
)
from loyalty.models import Reward
from loyalty.rewards import suggest_points

_DATA = tomllib.loads(Path(__file__).with_name("house.toml").read_text(encoding="utf-8"))
# What may follow a service in one visit, by their addresses.
THEN: dict[str, str] = _DATA["then"]
# When the salon opens for an hour or two more, and who has a day off: days from today.
EXTRA_AFTER, DAYS_OFF_AFTER, DAYS_OFF = 12, 8, 2


def furnish(services: dict[str, Service], providers: dict[str, Provider]) -> None:
    """Make the add-ons, products, rooms and terms of ``services``, by their addresses."""
    for position, each in enumerate(_DATA["add_ons"]):
        add_on = AddOn.objects.create(
            **_names(each),
            minutes=each["minutes"],
            price_minor=each["price_minor"],
            position=position,
        )
        for slug in each["services"]:
            AddOnService.objects.create(add_on=add_on, service=services[slug])
    for position, each in enumerate(_DATA["products"]):
        Product.objects.create(
            **_names(each),
            barcode=each.get("barcode", ""),
            price_minor=each["price_minor"],
            vat_hundredths=each.get("vat_hundredths"),
            stock=each.get("stock"),
            warn_below=each.get("warn_below", 0),
            position=position,
        )
    for position, each in enumerate(_DATA["kinds"]):
        kind = ResourceKind.objects.create(name=each["name"], position=position)
        for number, name in enumerate(each["resources"]):
            Resource.objects.create(kind=kind, name=name, position=number)
        for slug in each["services"]:
            ServiceResource.objects.create(service=services[slug], kind=kind)
    business = get_business()
    for each in _DATA["rewards"]:
        service = services[each["service"]]
        Reward.objects.create(
            service=service,
            points=suggest_points(service.price_minor, business),
            enabled=each.get("enabled", True),
            online=each.get("online", False),
            first_time_only=each.get("first_time_only", False),
            weekdays=sum(1 << number for number in each.get("weekdays", range(7))),
        )
    for each in _DATA["terms"]:
        does = ServiceProvider.objects.filter(
            service=services[each["service"]], provider=providers[each["who"]]
        )
        does.update(price_minor=each.get("price_minor"), minutes=each.get("minutes"))


def add_ons_by_service() -> dict[int, list[AddOn]]:
    """What can go on top of each service, by its id."""
    found: dict[int, list[AddOn]] = {}
    for each in AddOnService.objects.select_related("add_on").order_by("pk"):
        found.setdefault(each.service_id, []).append(each.add_on)
    return found


def mark_special_days(first: dt.date, today: dt.date, last: dt.date) -> set[dt.date]:
    """The holidays from ``first`` to ``last``, and a Sunday soon on which everybody works.
    Returns the days on which nothing is planned."""
    for year in {first.year, last.year}:
        for each in _DATA["holidays"]:
            day = dt.date(year, *each["on"])
            if first <= day <= last:
                opens, closes = each.get("hours", (None, None))
                SpecialDay.objects.create(
                    day=day,
                    kind=SpecialDayKind.SHORTER if opens else SpecialDayKind.CLOSED,
                    opens=opens,
                    closes=closes,
                    **_names(each),
                )
    sunday = today + dt.timedelta(days=EXTRA_AFTER)
    sunday += dt.timedelta(days=6 - sunday.weekday())
    while SpecialDay.objects.filter(day=sunday).exists():
        sunday += dt.timedelta(days=7)
    SpecialDay.objects.create(
        day=sunday,
        kind=SpecialDayKind.EXTRA,
        opens=dt.time(11),
        closes=dt.time(15),
        name_en="Open Sunday",
        name_da="Søndagsåbent",
        name_fi="Sunnuntaiaukiolo",
    )
    return set(SpecialDay.objects.values_list("day", flat=True))


def take_days_off(provider: Provider, today: dt.date) -> set[dt.date]:
    """Two days off next week; which they are."""
    first = today + dt.timedelta(days=DAYS_OFF_AFTER)
    days = {first + dt.timedelta(days=number) for number in range(DAYS_OFF)}
    DateHours.objects.bulk_create(DateHours(provider=provider, day=day) for day in sorted(days))
    return days


def _names(each: dict[str, Any]) -> dict[str, str]:
    return dict(zip(("name_en", "name_da", "name_fi"), each["names"], strict=True))
