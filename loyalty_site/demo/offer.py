"""What the demo's salon offers: services, classes, the people who do them, gift card types."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Names = tuple[str, str, str]
Stretches = tuple[tuple[dt.time, dt.time], ...]


@dataclass(frozen=True)
class Offered:
    """One service or class. ``points`` 0: earns nothing. ``who`` are first names of providers;
    ``runs`` are a class's weekdays and local times."""

    slug: str
    names: Names
    summary: Names
    minutes: int
    price_minor: int
    points: int
    who: tuple[str, ...]
    after: int = 0
    places: int = 1
    runs: tuple[tuple[int, dt.time], ...] = ()


@dataclass(frozen=True)
class Performer:
    """A provider; ``week`` holds the stretches of each weekday, and a gap is a break."""

    name: str
    roles: Names
    week: dict[int, Stretches]


@dataclass(frozen=True)
class CardOnOffer:
    slug: str
    names: Names
    value_minor: int
    points: int | None = None


def _fixed(value: Any) -> Any:
    return tuple(_fixed(each) for each in value) if isinstance(value, list) else value


def _row(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _fixed(value) for name, value in fields.items()}


_DATA = tomllib.loads(Path(__file__).with_name("offer.toml").read_text(encoding="utf-8"))

PROVIDERS = tuple(
    Performer(
        name=each["name"],
        roles=_fixed(each["roles"]),
        week={int(weekday): _fixed(stretches) for weekday, stretches in each["week"].items()},
    )
    for each in _DATA["providers"]
)
CATEGORIES: tuple[tuple[Names, tuple[Offered, ...]], ...] = tuple(
    (_fixed(each["names"]), tuple(Offered(**_row(service)) for service in each["services"]))
    for each in _DATA["categories"]
)
CLASSES_CATEGORY: Names = _fixed(_DATA["classes_category"])
CLASSES = tuple(Offered(**_row(each)) for each in _DATA["classes"])
CARD_TYPES = tuple(CardOnOffer(**_row(each)) for each in _DATA["card_types"])
